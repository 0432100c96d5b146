"""Plain data -> formatted Python text: Jinja templates, then ruff."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from codegen.functions.functions import Function, helpers_of, names_used
from codegen.schemas.shapes import Named

_TEMPLATES = Path(__file__).with_name("templates")
_FIXES = "F401,I001,RUF022,UP037"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the output is Python; strings go through `python`
    )
    environment.filters["python"] = repr
    return environment


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template takes
    """The text of a template, not yet formatted."""
    return _environment().get_template(template).render(**values)


def public_names(functions: Sequence[Function]) -> list[str]:
    """What a module of functions offers, sorted."""
    return sorted(["OPERATIONS", *(name for one in functions for name in one.public)])


def operations_values(
    functions: Sequence[Function], named: Mapping[str, Named], models: str
) -> dict[str, Any]:
    """What the template of a module of functions takes; its structs are in the module `models`."""
    return {
        "functions": functions,
        "names": public_names(functions),
        "helpers": helpers_of(functions),
        "models": sorted(names_used(functions) & named.keys()),
        "models_module": models,
    }


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write texts by their paths below `folder`."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8", newline="\n")


def formatted(files: Mapping[str, str], root: Path, own: Iterable[str]) -> dict[str, str]:
    """The files (by path) without unused imports, sorted and laid out as `ruff format` does.

    `root` holds the `pyproject.toml` whose settings count; `own` are the packages of this project,
    some of which may not exist yet.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_files(files, Path(folder))
        first_party = f"lint.isort.known-first-party = {sorted(own)!r}"
        settings = ["--config", str(root / "pyproject.toml"), "--config", first_party]
        # Or ruff would skip a temporary folder that lies in `.nox`, `build` or the like.
        settings += ["--config", "exclude = []", "--no-cache", "--quiet", folder]
        _ruff(["check", "--fix-only", "--select", _FIXES, *settings])
        _ruff(["format", *settings])
        _ruff(["check", "--fix-only", "--select", _FIXES, *settings])
        return {path: Path(folder, path).read_text("utf-8") for path in files}


def _ruff(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "ruff", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"ruff refused generated code:\n{done.stdout}{done.stderr}")
