"""Bodies of requests -> arguments of functions: in JSON, as forms, in parts, as text or bytes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codegen import naming
from codegen.documents.document import Json, OperationAt, opened
from codegen.functions.encodings import form_styles, how_to_send, is_json, part_types
from codegen.functions.parameters import Parameter
from codegen.problems import Problems, pointer
from codegen.schemas.library import Library
from codegen.schemas.shapes import Shape, bare, limits_of, reached_from, refs_in, type_of

_JSON = "application/json"


@dataclass(frozen=True)
class _Media:
    """A media type of a body and how it is sent; `limits` is what its value is checked against."""

    name: str
    how: str
    type: str
    limits: str = ""
    styles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """What a function does with its body; `content_type` is None where `call` gives it along."""

    arguments: tuple[Parameter, ...] = ()
    call: str = ""
    content_type: str | None = None


def body_of(
    document: Json,
    at: OperationAt,
    hint: str,
    taken: Iterable[str],
    library: Library,
    problems: Problems,
) -> Body:
    """The arguments for the body of an operation; `hint` names a schema without a name."""
    raw = at.body.get("requestBody")
    if raw is None:
        return Body()
    where = at.where + "/requestBody"
    declared = opened(document, raw)
    content: Mapping[str, Json] = declared.get("content") or {}
    if not content:
        problems.add(where + "/content", "expected at least one media type")
        return Body()
    media = [_media(name, content[name], where, hint, library) for name in _offered(content)]
    about = declared.get("description")
    body = Parameter(
        "body",
        naming.unique("body", {*taken}),
        "body",
        " | ".join(dict.fromkeys(one.type for one in media)),
        declared.get("required") is True,
        about=about if isinstance(about, str) else "",
    )
    return _one(body, media[0]) if len(media) == 1 else _choice(body, media, taken)


def _offered(content: Mapping[str, Json]) -> list[str]:
    """The media types that differ in more than their names: JSON, forms, parts, then the rest."""
    order = ("json", "form", "parts", "text", "bytes")
    names = sorted(content, key=lambda name: (order.index(how_to_send(name)), name))
    names.sort(key=lambda name: name != _JSON)
    plain = [name for name in names if "*" not in name] or names[:1]
    others = [name for name in plain if is_json(name) and name != plain[0]]
    same = [name for name in others if name == "text/json" and content[name] == content[plain[0]]]
    return [name for name in plain if name not in same]


def _media(name: str, content: Json, where: str, hint: str, library: Library) -> _Media:
    how = how_to_send(name)
    if how in {"text", "bytes"}:
        return _Media(name, how, "str | bytes" if how == "text" else "bytes")
    schema, at = content.get("schema", {}), where + pointer("content", name, "schema")
    shape = library.shape([(schema, at)], hint, "parts" if how == "parts" else "body")
    kind = type_of(bare(shape)).replace("AwareDatetime", "datetime")
    styles = {"form": form_styles, "parts": part_types}.get(how, lambda _: {})(content)
    limits = _limits(schema, shape, kind, library) if how == "json" else ""
    return _Media(name, how, kind, limits, styles)


def _limits(schema: object, shape: Shape, kind: str, library: Library) -> str:
    """The type that a body is checked against, where it says more than is sent unchecked."""
    own = limits_of(schema)
    inside = reached_from(refs_in([shape]), library.named)
    fields = [one for name in inside for one in library.named[name].fields or ()]
    if not own and not any(limits_of(one.source) for one in fields):
        return ""
    return ", ".join(filter(None, [kind, own]))


def _one(body: Parameter, media: _Media) -> Body:
    call = _call(media, body.python)
    if body.required and media.limits:
        call = f"checked_json({body.python}, {media.limits})"
    return Body((body,), call, None if media.how == "parts" else media.name)


def _choice(body: Parameter, media: Sequence[_Media], taken: Iterable[str]) -> Body:
    names = [one.name for one in media]
    chosen = naming.unique("content_type", {*taken, body.python})
    literal = f"Literal[{', '.join(map(repr, names))}]"
    choice = Parameter(
        "content type", chosen, "choice", literal, required=False,
        about="The media type that the body is sent as.", default=repr(names[0]),
    )  # fmt: skip
    styles = {one.name: dict(one.styles) for one in media if one.styles}
    more = f", {styles!r}" if styles else ""
    return Body((body, choice), f"encoded_body({body.python}, {chosen}{more})")


def _call(media: _Media, python: str) -> str:
    more = f", {dict(media.styles)!r}" if media.styles else ""
    return {
        "json": python,
        "form": f"form_body({python}{more})",
        "parts": f"multipart_body({python}{more})",
    }.get(media.how, f"raw_body({python})")
