"""A client package of its own from any OpenAPI document, on top of `energy_async`."""

import keyword
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from codegen import docs, naming
from codegen.areas import Area
from codegen.documents.document import Json, operations, sha256
from codegen.documents.normalise import normalise
from codegen.documents.reading import load_file, parse
from codegen.functions.functions import (
    Function,
    drafts_of,
    functions_of,
    helpers_of,
    names_used,
    uses_of,
)
from codegen.functions.security import client_docstring, keys_of, takes_basic
from codegen.problems import Problem, Problems, ProblemsError
from codegen.readme import readme
from codegen.render import formatted, render
from codegen.schemas.library import library_of
from codegen.schemas.models import ModelsModule, models_module
from codegen.schemas.shapes import Named

__all__ = ["package_files", "write_package"]

_MARK = "# Do not edit: `python -m codegen build --spec`"
_PACKAGE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_RESERVED = frozenset({"models", "client"})


def write_package(spec: Path, package: str, out: Path, settings: Path) -> list[str]:
    """Build a package from the document in a file and write it to `out`; give its files.

    `settings` is the folder with the `pyproject.toml` that says how code is laid out.

    Raises:
        ProblemsError: Everything that is wrong; nothing has been written then.
    """
    check_name(package)
    try:
        content = spec.read_bytes()
    except OSError as exc:
        raise ProblemsError([Problem(str(spec), "", f"cannot be read: {exc.strerror}")]) from exc
    document = parse(content, str(spec), spec.resolve().as_uri(), load_file)
    files = package_files(document, str(spec), sha256(content), package)
    texts = formatted(files, settings, {package, "energy_async"})
    target = out / package
    _check_target(target)
    for old in _generated_in(target):
        old.unlink()
    for path, text in texts.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, "utf-8", newline="\n")
    return sorted(texts)


def check_name(package: str) -> None:
    """Refuse what is no name for a package, or the name of one that is there already."""
    taken = keyword.iskeyword(package) or package in sys.stdlib_module_names
    if not _PACKAGE.fullmatch(package) or taken or package == "energy_async":
        message = "expected the name of a new package: small letters, digits and underscores"
        raise ProblemsError([Problem(package, "", message)])


def _check_target(target: Path) -> None:
    """Never write over what somebody wrote by hand, nor through a link to elsewhere."""
    strangers = [
        path.name
        for path in (target.rglob("*") if target.exists() else ())
        if path.is_symlink() or (path.suffix == ".py" and not _is_ours(path))
    ]
    if target.is_symlink() or strangers:
        message = f"holds files that were not generated: {', '.join(sorted(strangers)[:5])}"
        raise ProblemsError([Problem(str(target), "", message)])


def _is_ours(path: Path) -> bool:
    return path.read_text("utf-8", "replace").startswith(_MARK)


def _generated_in(target: Path) -> list[Path]:
    return [path for path in target.rglob("*.py") if _is_ours(path)] if target.exists() else []


def package_files(document: Json, source: str, digest: str, package: str) -> dict[str, str]:
    """The modules of the package by path, not yet formatted.

    Raises:
        ProblemsError: Everything in the document that cannot be expressed.
    """
    effective = normalise(document)
    problems = Problems(source)
    drafts = {
        name: drafts_of(part, _area(package, name), problems, is_own=True)
        for name, part in _by_tag(effective).items()
    }
    uses = [use for every in drafts.values() for use in uses_of(every)]
    library = library_of(effective, uses, problems)
    areas = {name: functions_of(every, library, problems) for name, every in drafts.items()}
    problems.raise_if_any()
    named = library.named
    header = f"{_MARK}, sha256:{digest[:12]}"
    title = str(effective["info"].get("title") or package)
    shared: dict[str, Any] = {"header": header, "package": package, "areas": areas}
    module = models_module(named)
    files = {
        f"{package}/_generated/models.py": render(
            "models.py.jinja",
            **shared,
            docstring=_docstring(f"Structs of {title}."),
            module=module,
        ),
        f"{package}/_generated/__init__.py": f'{header}\n"""Code generated from a document."""\n',
        f"{package}/py.typed": "",
    }
    for name, functions in areas.items():
        files |= _area_files(name, functions, named, title, shared)
    return files | _face(effective, module, title, shared)


def _area(package: str, name: str) -> Area:
    return Area(api=package, package=package, name=name, title=name)


def _by_tag(document: Json) -> dict[str, Json]:
    """Parts of the document: the operations of each first tag, under a name for a module."""
    modules: dict[str, str] = {}
    parts: dict[str, Json] = {}
    for one in operations(document):
        tags = one.body.get("tags")
        tag = str(tags[0]) if isinstance(tags, list) and tags else "api"
        if tag not in modules:
            taken = {*modules.values(), *_RESERVED}
            modules[tag] = naming.unique(naming.snake_name(tag, fallback="area"), taken)
        part = parts.setdefault(modules[tag], {**document, "paths": {}})
        item = part["paths"].setdefault(one.path, {"parameters": one.inherited})
        item[one.method] = one.body
    return dict(sorted(parts.items()))


def _area_files(
    name: str,
    functions: list[Function],
    named: Mapping[str, Named],
    title: str,
    shared: Mapping[str, Any],
) -> dict[str, str]:
    package = shared["package"]
    docstring = _docstring(f"Endpoint functions of {title}: {name.replace('_', ' ')}.")
    return {
        f"{package}/_generated/{name}.py": render(
            "operations.py.jinja",
            **shared,
            area=name,
            functions=functions,
            helpers=helpers_of(functions),
            docstring=docstring,
            models=sorted(names_used(functions) & named.keys()),
            models_module=f"{package}._generated.models",
        ),
        f"{package}/{name}.py": render(
            "face.py.jinja",
            **shared,
            docstring=docstring,
            module=f"{package}._generated.{name}",
            names=sorted(["OPERATIONS", *(name for one in functions for name in one.public)]),
        ),
    }


def _face(
    document: Json, module: ModelsModule, title: str, shared: Mapping[str, Any]
) -> dict[str, str]:
    package, client = shared["package"], naming.class_name(shared["package"])
    return {
        f"{package}/README.md": readme(
            package, client, title, shared["areas"], keys_of(document), _base_url(document)
        ),
        f"{package}/__init__.py": render(
            "package.py.jinja",
            **shared,
            client=client,
            docstring=_docstring(f"A client of {title}."),
            modules=sorted([*shared["areas"], "models"]),
        ),
        f"{package}/_client.py": render(
            "client.py.jinja",
            **shared,
            client=client,
            docstring=_docstring(f"The client of {title}."),
            about=client_docstring(document),
            keys=keys_of(document),
            takes_basic=takes_basic(document),
            base_url=_base_url(document),
        ),
        f"{package}/models.py": render(
            "face.py.jinja",
            **shared,
            docstring=_docstring(f"Structs of {title}."),
            module=f"{package}._generated.models",
            names=list(module.public),
        ),
    }


def _docstring(text: str) -> str:
    summary, rest = docs.summary_and_rest(text, text, 0)
    return docs.block(summary, rest, (), 0)


def _base_url(document: Json) -> str | None:
    """The first server, its variables at their defaults; None if it is no whole URL."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(url, str):
        return None
    variables = first.get("variables")
    known = variables if isinstance(variables, dict) else {}

    def default(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        return str(variable.get("default", "")) if isinstance(variable, dict) else ""

    url = _VARIABLE.sub(default, url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
    return url if is_whole and "@" not in parts.netloc and url.isprintable() else None
