"""What a call gives: the declared 2xx responses as one Python type, and the bodies of errors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from codegen.documents.document import Json, OperationAt, opened
from codegen.functions.encodings import is_json, kind_of_media
from codegen.problems import pointer
from codegen.schemas.library import Library
from codegen.schemas.shapes import Shape, bare, type_of

_OTHER = re.compile(r"2(?!04)[0-9][0-9]")
_JSON = "application/json"
_LINES = frozenset({
    "application/json-seq", "application/jsonl", "application/jsonlines", "application/ndjson",
    "application/stream+json", "application/x-jsonlines", "application/x-ndjson",
})  # fmt: skip
_EVENTS = "text/event-stream"


@dataclass(frozen=True)
class Streaming:
    """An answer read bit by bit: `lines` of JSON, `events` or `bytes`, each decoded to `item`."""

    how: str
    item: str
    accept: str

    @property
    def type(self) -> str:
        """What the function gives back."""
        item = f"ServerSentEvent[{self.item}]" if self.how == "events" else self.item
        return f"Stream[{item}]"


@dataclass(frozen=True)
class Success:
    """The result of an operation.

    Attributes:
        decoded: What the body is decoded to; a list that Go may send as null has `| None`.
        empty: What a null body becomes (`[]`, `{}`), empty text where null stays None.
        bodiless: Statuses without a body, besides 204.
        is_stream: Whether `streaming` is the only way to read it.
    """

    type: str
    decoded: str
    empty: str = ""
    wants_json: bool = True
    bodiless: tuple[int, ...] = ()
    accept: str = _JSON
    streaming: Streaming | None = None
    is_stream: bool = False


def success_of(document: Json, at: OperationAt, hint: str, library: Library) -> Success:
    """The result of an operation; `hint` names a schema without a name."""
    json: list[tuple[object, str]] = []
    accept: dict[str, None] = {}
    plain: dict[str, None] = {}
    empty: list[str] = []
    lines = None
    for status in _successes(at):
        where = at.where + pointer("responses", status)
        content = _content(document, at.body["responses"][status])
        lines = lines or _lines(content, where)
        whole = [name for name in content if _how(name) == "bytes"]
        best = min(whole, key=lambda name: (not _is_json(name), name != _JSON, name), default=None)
        if best is None:
            empty += [] if content else [status]
            continue
        accept[_JSON if "*" in best else best.partition(";")[0].strip()] = None
        if _is_json(best):
            schema = content[best].get("schema", {})
            json.append((schema, where + pointer("content", best, "schema")))
        else:
            plain[_plain(best, content[best])] = None
    accepted = ", ".join(accept) or _JSON
    if json and not plain:
        made = _of_shape(library.shape(json, hint, "answer"))
        made = _or_nothing(made, empty) if empty else made
        return replace(made, accept=accepted, streaming=_streaming(lines, hint, library))
    streaming = _streaming(lines, hint, library)
    if plain:
        kind = next(iter(plain)) if len(plain) == 1 and not json else "bytes"
        if kind == "bytes":
            streaming = streaming or Streaming("bytes", "bytes", accepted)
        return Success(kind, kind, wants_json=False, accept=accepted, streaming=streaming)
    if streaming is not None:
        return Success(
            streaming.type, streaming.item, accept=streaming.accept, streaming=streaming,
            wants_json=streaming.item not in {"str", "bytes"}, is_stream=True,
        )  # fmt: skip
    return Success("None", "None", wants_json=False)


def _successes(at: OperationAt) -> list[str]:
    responses = at.body["responses"]
    statuses = sorted(status for status in responses if status.startswith("2"))
    return statuses or (["default"] if "default" in responses else [])


def _content(document: Json, raw: object) -> dict[str, Json]:
    content = opened(document, raw).get("content")
    return {name: one or {} for name, one in content.items()} if isinstance(content, dict) else {}


def _how(media: str) -> str:
    kind = kind_of_media(media)
    if kind in _LINES:
        return "lines"
    return "events" if kind == _EVENTS else "bytes"


def _is_json(media: str) -> bool:
    return is_json(media) or kind_of_media(media) == "*/*"


def _plain(media: str, content: Json) -> str:
    match content.get("schema"):
        case {"type": "string", "format": "binary"}:
            return "bytes"
        case {"type": "string"} if kind_of_media(media) == "text/plain":
            return "str"
    return "bytes"


def _lines(content: Mapping[str, Json], where: str) -> tuple[str, object, str] | None:
    """What comes bit by bit: its media type, the schema of a bit, and the pointer of that."""
    media = min((name for name in content if _how(name) != "bytes"), default=None)
    if media is None:
        return None
    key = "itemSchema" if "itemSchema" in content[media] else "schema"
    schema, at = content[media].get(key, {}), where + pointer("content", media, key)
    if isinstance(schema, dict) and key == "schema" and schema.get("type") == "array":
        schema, at = schema.get("items", {}), at + "/items"
    if _how(media) == "events" and isinstance(schema, dict) and key == "itemSchema":
        data = schema.get("properties", {}).get("data", {"type": "string"})
        schema = data.get("contentSchema", data) if isinstance(data, dict) else data
    return media, schema, at


def _streaming(
    lines: tuple[str, object, str] | None, hint: str, library: Library
) -> Streaming | None:
    if lines is None:
        return None
    media, schema, where = lines
    item = type_of(library.shape([(schema, where)], hint + "Item", "answer"))
    how = _how(media)
    return Streaming(how, "str" if how == "events" and item == "Any" else item, media)


def errors_of(document: Json, at: OperationAt, hint: str, library: Library) -> dict[str, str]:
    """The types of the bodies of errors, by status: of those in JSON that say more than that."""
    found = {}
    for status, raw in sorted(at.body["responses"].items()):
        if status in _successes(at) or not (status[:1] in {"4", "5"} or status == "default"):
            continue
        where = at.where + pointer("responses", status)
        content = _content(document, raw)
        for media in sorted(filter(_is_json, content))[:1]:
            if schema := content[media].get("schema"):
                places = [(schema, where + pointer("content", media, "schema"))]
                name = hint.replace("Response", "Error" if status == "default" else status)
                found[status] = type_of(library.shape(places, name, "answer"))
    return {status: kind for status, kind in found.items() if kind != "Any"}


def _or_nothing(success: Success, statuses: Sequence[str]) -> Success:
    bodiless = tuple(int(one) for one in statuses if _OTHER.fullmatch(one))
    if success.empty or success.decoded == "Any":
        return replace(success, bodiless=bodiless)
    kind = success.type.removesuffix(" | None") + " | None"
    return replace(success, type=kind, decoded=kind, bodiless=bodiless)


def _of_shape(shape: Shape) -> Success:
    plain = bare(shape)
    kind = type_of(plain)
    if plain.get("type") == "array":
        return Success(kind, f"{kind} | None", "[]")
    if plain.get("type") == "object":
        return Success(kind, f"{kind} | None", "{}")
    return Success(type_of(shape), type_of(shape))
