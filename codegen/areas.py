"""Which documents there are and where their code goes, read from `areas.toml`."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from codegen.problems import Problem, ProblemsError

Mend = Literal["authorization", "bodies", "formats", "times"]
"""A mend of `documents/mends.py`."""

Decimals = Literal["", "format", "all"]
"""Which numbers become `Decimal`: none, those of `format: decimal`, or all."""

_FILE = Path(__file__).with_name("areas.toml")


class Area(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One document and the code that comes of it; `areas.toml` explains the rest."""

    api: str
    package: str
    name: str
    title: str
    url: str | None = None
    client: str = ""
    index: str | None = None
    pages_under: str | None = None
    pages: tuple[str, ...] = ()
    environments: dict[str, str] = {}
    tolerant: bool = False
    decimals: Decimals = ""
    omit_nulls: bool = False
    mends: tuple[Mend, ...] = ()

    @property
    def key(self) -> str:
        """`trlyr/virtual-assets`: how the lock file and the command line call it."""
        return f"{self.api}/{self.name}"

    @property
    def module(self) -> str:
        """`virtual_assets`: the name of its Python module."""
        return self.name.replace("-", "_")

    @property
    def document(self) -> str:
        """Path of the stored document, from the root of the repository."""
        return f"specs/{self.key}.json"

    @property
    def overlay(self) -> str:
        """Path of the overlay, from the root of the repository; the file is optional."""
        return f"specs/{self.key}.overlay.yaml"

    def url_in(self, environment: str | None) -> str | None:
        """Where the document is published, on the host of `environment` when one is named."""
        if self.url is None or environment is None:
            return self.url
        wanted = self.environments[environment]
        for base in self.environments.values():
            if self.url.startswith(base + "/"):
                return wanted + self.url.removeprefix(base)
        return self.url


def load(path: Path = _FILE) -> list[Area]:
    """Every area of every API, in the order of the file."""
    apis = tomllib.loads(path.read_text("utf-8"))
    return [
        msgspec.convert({**shared, "api": api, **area}, Area)
        for api, entry in apis.items()
        for shared in [{key: value for key, value in entry.items() if key != "areas"}]
        for area in entry["areas"]
    ]


def select(areas: Sequence[Area], names: Sequence[str]) -> list[Area]:
    """The areas called `names` (`auth` or `trlyr/auth`), or all; raises ProblemsError."""
    known = {area.key: area for area in areas} | {area.name: area for area in areas}
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f"no such area; there are {', '.join(area.key for area in areas)}"
        raise ProblemsError(Problem("codegen/areas.toml", f"/{name}", message) for name in unknown)
    return [known[name] for name in names] if names else list(areas)
