"""Bodies of requests -> arguments of functions: in JSON, as forms, in parts, as text or bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from codegen import naming
from codegen.documents.document import Json, OperationAt, opened
from codegen.functions.encodings import form_styles, how_to_send, is_json, part_types
from codegen.functions.parameters import Parameter
from codegen.problems import Problems, pointer
from codegen.schemas.library import Library, Use
from codegen.schemas.shapes import bare, limits_of, reached_from, refs_in, type_of

__all__ = ["Body", "DeclaredBody", "body_of", "declared_body"]

_JSON = "application/json"


@dataclass(frozen=True)
class Media:
    """One media type that a body may have, how it is sent, and the use of its schema, if any."""

    name: str
    how: str
    use: Use | None = None
    styles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DeclaredBody:
    """A body as it is declared: its media types, the preferred one first."""

    media: tuple[Media, ...]
    required: bool
    about: str


@dataclass(frozen=True)
class Body:
    """What a function does with its body.

    Attributes:
        arguments: The body itself and, where there is a choice, its media type.
        call: The expression for the body.
        content_type: The media type; None where `call` gives it along with the body.
    """

    arguments: tuple[Parameter, ...] = ()
    call: str = ""
    content_type: str | None = None


def declared_body(
    document: Json, at: OperationAt, hint: str, problems: Problems
) -> DeclaredBody | None:
    """The body of an operation; `hint` names a schema without a name."""
    raw = at.body.get("requestBody")
    if raw is None:
        return None
    where = at.where + "/requestBody"
    try:
        body = opened(document, raw)
    except LookupError as exc:
        problems.add(where + "/$ref", str(exc))
        return None
    content: Mapping[str, Json] = body.get("content") or {}
    if not content:
        problems.add(where + "/content", "expected at least one media type")
        return None
    media = tuple(_media(name, content[name], where, hint) for name in _offered(content))
    about = body.get("description")
    return DeclaredBody(
        media, body.get("required") is True, about if isinstance(about, str) else ""
    )


def _offered(content: Mapping[str, Json]) -> list[str]:
    """The media types that differ in more than their names: JSON, forms, parts, then the rest."""
    order = ("json", "form", "parts", "text", "bytes")
    names = sorted(content, key=lambda name: (order.index(how_to_send(name)), name))
    names.sort(key=lambda name: name != _JSON)
    plain = [name for name in names if "*" not in name] or names[:1]
    others = [name for name in plain if is_json(name) and name != plain[0]]
    same = [name for name in others if name == "text/json" and content[name] == content[plain[0]]]
    return [name for name in plain if name not in same]


def _media(name: str, content: Json, where: str, hint: str) -> Media:
    how = how_to_send(name)
    at = where + pointer("content", name, "schema")
    if how in {"text", "bytes"}:
        return Media(name, how)
    way: Literal["body", "parts"] = "parts" if how == "parts" else "body"
    styles = {"form": form_styles, "parts": part_types}.get(how, lambda _: {})(content)
    return Media(name, how, Use(((content.get("schema", {}), at),), hint, way), styles)


def body_of(declared: DeclaredBody | None, library: Library, taken: Iterable[str]) -> Body:
    """The arguments for a body, its schemas read."""
    if declared is None:
        return Body()
    first = declared.media[0]
    types = dict.fromkeys(_type_of(one, library) for one in declared.media)
    python = naming.unique("body", {*taken})
    kind = " | ".join(types)
    body = Parameter("body", python, "body", kind, declared.required, about=declared.about)
    if len(declared.media) == 1:
        call = _call(first, python)
        if first.how == "json" and declared.required and (limits := _limits(first, library)):
            call = f"checked_json({python}, {limits})"
        return Body((body,), call, None if first.how == "parts" else first.name)
    names = [one.name for one in declared.media]
    chosen = naming.unique("content_type", {*taken, python})
    literal = f"Literal[{', '.join(map(repr, names))}]"
    choice = Parameter(
        "content type", chosen, "choice", literal, required=False,
        about="The media type that the body is sent as.", default=repr(names[0]),
    )  # fmt: skip
    styles = {one.name: dict(one.styles) for one in declared.media if one.styles}
    more = f", {styles!r}" if styles else ""
    return Body((body, choice), f"encoded_body({python}, {chosen}{more})")


def _type_of(media: Media, library: Library) -> str:
    if media.use is None:
        return "str | bytes" if media.how == "text" else "bytes"
    return type_of(bare(library.shapes[media.use])).replace("AwareDatetime", "datetime")


def _limits(media: Media, library: Library) -> str:
    """The type that a body is held against, where it says more than is sent unchecked."""
    if media.use is None:
        return ""
    own, shape = limits_of(media.use.schemas[0][0]), library.shapes[media.use]
    inside = reached_from(refs_in([shape]), library.named)
    fields = [one for name in inside for one in library.named[name].fields or ()]
    if not own and not any(limits_of(one.source) for one in fields):
        return ""
    return ", ".join(filter(None, [_type_of(media, library), own]))


def _call(media: Media, python: str) -> str:
    more = f", {dict(media.styles)!r}" if media.styles else ""
    return {
        "json": python,
        "form": f"form_body({python}{more})",
        "parts": f"multipart_body({python}{more})",
    }.get(media.how, f"raw_body({python})")
