"""A client package of its own from any OpenAPI document, on top of `energy_async`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codegen import docs, naming
from codegen.areas import Area, Decimals
from codegen.documents.document import Json, operations
from codegen.functions.functions import Function
from codegen.functions.security import Key, client_docstring, keys_of, takes_basic
from codegen.functions.servers import base_url
from codegen.interface import offered
from codegen.proof.running import Trial, trial_of
from codegen.render import operations_values, public_names, render
from codegen.schemas.models import ModelsModule, models_module

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

    def text(template: str, what: str, **values: Any) -> str:  # noqa: ANN401
        return render(
            template, header=header, package=package, docstring=_docstring(what), **values
        )

    files = _package_files(effective, package, title, areas, models_module(named), text)
    files["_generated/__init__.py"] = f'{header}\n"""Code generated from a document."""\n'
    for name, functions in areas.items():
        about = f"Endpoint functions of {title}: {name.replace('_', ' ')}."
        module = f"{package}._generated.{name}"
        files[f"_generated/{name}.py"] = text(
            "operations.py.jinja",
            about,
            area=name,
            **operations_values(functions, named, f"{package}._generated.models"),
        )
        files[f"{name}.py"] = text(
            "face.py.jinja", about, module=module, names=public_names(functions)
        )
    trials = [
        trial_of(f"{package}._generated.{name}", source, effective, functions)
        for name, functions in areas.items()
    ]
    return Made({f"{package}/{path}": text for path, text in files.items()}, trials)


def _package_files(
    document: Json,
    package: str,
    title: str,
    areas: Mapping[str, list[Function]],
    module: ModelsModule,
    text: Callable[..., str],
) -> dict[str, str]:
    """What there is besides the modules of functions."""
    client, keys, address = naming.class_name(package), keys_of(document), base_url(document)
    structs = f"Structs of {title}."
    generated = f"{package}._generated.models"
    return {
        "py.typed": "",
        "README.md": _readme(package, client, title, areas, keys, address),
        "__init__.py": text(
            "package.py.jinja",
            f"A client of {title}.",
            client=client,
            modules=sorted([*areas, "models"]),
        ),
        "_client.py": text(
            "client.py.jinja",
            f"The client of {title}.",
            client=client,
            about=client_docstring(document),
            keys=keys,
            takes_basic=takes_basic(document),
            base_url=address,
        ),
        "models.py": text("face.py.jinja", structs, module=generated, names=list(module.public)),
        "_generated/models.py": text("models.py.jinja", structs, module=module),
    }


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


def _docstring(text: str) -> str:
    summary, rest = docs.summary_and_rest(text, text, 0)
    return docs.block(summary, rest, (), 0)


def _readme(
    package: str,
    client: str,
    title: str,
    areas: Mapping[str, Sequence[Function]],
    keys: Sequence[Key],
    base_url: str | None,
) -> str:
    """How the package is used, shown with the function that takes least; empty without any."""
    functions = [one for every in areas.values() for one in every]
    if not functions:
        return f"# {package}\n\nStructs of {title}: `{package}.models`.\n"
    # Reading comes first, then what takes few arguments.
    example = min(
        functions,
        key=lambda one: (one.method != "GET", bool(one.deprecation), len(one.needed), one.name),
    )
    arguments = ["'token'"] if any(one.authenticated for one in functions) else []
    arguments += [f"{key.python}='...'" for key in keys[:1] if not arguments]
    arguments += [] if base_url else ["base_url='https://...'"]
    return render(
        "readme.md.jinja",
        package=package,
        client=client,
        title=" ".join(title.split()),
        areas=areas,
        base_url=base_url,
        example=example,
        arguments=[one.replace("'", '"') for one in arguments],
        call=["client"]
        + [one.python if one.place == "path" else f"{one.python}=..." for one in example.needed],
    )
