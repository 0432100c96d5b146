"""A client package of its own from any OpenAPI document, on top of `energy_async`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codegen import docs, naming
from codegen.areas import Area, Decimals
from codegen.documents.document import Json, operations
from codegen.functions.functions import Function
from codegen.functions.security import client_docstring, keys_of, takes_basic
from codegen.functions.servers import base_url
from codegen.interface import offered
from codegen.proof.running import Trial, trial_of
from codegen.readme import readme
from codegen.render import operations_module, render
from codegen.schemas.models import ModelsModule, models_module
from codegen.schemas.shapes import Named

MARK = "# Do not edit: `python -m codegen build --spec`"
_LONGEST_MODULE = 60  # the name of a file
_RESERVED = frozenset({"models", "client"})


@dataclass(frozen=True)
class Made:
    """The modules of a package by path, not yet formatted, and what is to be tried with them."""

    files: dict[str, str]
    trials: list[Trial]


def made_of(
    effective: Json,
    source: str,
    digest: str,
    package: str,
    *,
    tolerant: bool = False,
    decimals: Decimals = "",
) -> Made:
    """The package of an effective document. `Area` says what its options mean.

    Raises:
        ProblemsError: Everything in the document that cannot be expressed, or was lost.
    """
    parts = _by_tag(effective)
    options: dict[str, Any] = {
        "api": package,
        "package": package,
        "tolerant": tolerant,
        "decimals": decimals,
    }
    tagged = [(Area(name=name, title=name, **options), part) for name, part in parts.items()]
    nothing = [(Area(name="api", title="", **options), effective)]
    made, named = offered(effective, tagged or nothing, source, is_own=True)
    areas = dict(zip(parts, made, strict=False))
    title = str(effective.get("info", {}).get("title") or package)
    header = f"{MARK}, sha256:{digest[:12]}"
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
    trials = [
        trial_of(f"{package}._generated.{name}", source, effective, functions)
        for name, functions in areas.items()
    ]
    return Made(files | _face(effective, module, title, shared), trials)


def modules_of(document: Json) -> dict[str, str]:
    """The module of each operation (`GET /path`), named after its first tag."""
    modules: dict[str, str] = {}
    found: dict[str, str] = {}
    for one in operations(document):
        tags = one.body.get("tags")
        tag = str(tags[0]) if isinstance(tags, list) and tags else "api"
        if tag not in modules:
            name = naming.snake_name(tag, fallback="area")[:_LONGEST_MODULE]
            modules[tag] = naming.unique(name, {*modules.values(), *_RESERVED})
        found[one.label] = modules[tag]
    return found


def _by_tag(document: Json) -> dict[str, Json]:
    modules = modules_of(document)
    parts: dict[str, Json] = {}
    for one in operations(document):
        part = parts.setdefault(modules[one.label], {**document, "paths": {}})
        item = part["paths"].setdefault(one.path, {"parameters": one.inherited})
        holder = item.setdefault(one.under, {}) if one.under else item
        holder[one.method] = {**one.body, "servers": list(one.servers)}
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
    models = f"{package}._generated.models"
    return {
        f"{package}/_generated/{name}.py": operations_module(
            functions, named, models, **shared, area=name, docstring=docstring
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
            package, client, title, shared["areas"], keys_of(document), base_url(document)
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
            base_url=base_url(document),
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
