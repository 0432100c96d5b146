"""`specs/specs.lock`: where each document comes from, when and how it was obtained."""

import json
from pathlib import Path
from typing import Literal

import msgspec

from codegen.problems import Problem, ProblemsError

How = Literal["published", "pages", "written"]
NAME = "specs/specs.lock"


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A documentation page that a document was rebuilt from."""

    url: str
    sha256: str


class Entry(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is known of the origin of one document.

    `how`: `published` (the document itself), `pages` (rebuilt from excerpts on documentation
    pages) or `written` (by us, from prose). `prose` is a fingerprint of the sentences left out.
    """

    sha256: str
    version: str
    obtained: str
    how: How
    url: str | None = None
    etag: str | None = None
    pages: tuple[Page, ...] = ()
    prose: str | None = None


def load(root: Path) -> dict[str, Entry]:
    """The entries by area key, such as `trlyr/auth`; none when there is no lock file yet."""
    path = root / NAME
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Entry])
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ProblemsError([Problem(NAME, "", str(exc))]) from exc


def render(entries: dict[str, Entry]) -> bytes:
    """The text of the lock file: JSON with sorted keys."""
    plain = msgspec.to_builtins(entries)
    return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
