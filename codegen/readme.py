"""The README of a package that is made of one document."""

from collections.abc import Mapping, Sequence

from codegen.functions.functions import Function
from codegen.functions.security import Key
from codegen.render import render


def readme(
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
