"""What a successful call gives: the declared 2xx responses as one Python type."""

from dataclasses import dataclass
from typing import Any

from codegen.document import Json, OperationAt, resolve
from codegen.lenient import Lenient
from codegen.problems import Problems, pointer
from codegen.schemas import Shape, type_of

__all__ = ["Success", "success_of"]


@dataclass(frozen=True)
class Success:
    """The result of an operation.

    Attributes:
        type: What the function gives back.
        decoded: What the body is decoded to; a list that Go may send as null has `| None`.
        empty: What a null body becomes (`[]`, `{}`), empty text where null stays None.
        wants_json: Whether the body is JSON.
    """

    type: str
    decoded: str
    empty: str = ""
    wants_json: bool = True


def success_of(
    document: Json, at: OperationAt, lenient: Lenient, problems: Problems, hint: str
) -> Success:
    """The result of an operation, from its 2xx responses (or `default`, if there are none)."""
    responses = at.body["responses"]
    statuses = sorted(status for status in responses if status.startswith("2"))
    if not statuses and "default" in responses:
        statuses = ["default"]
    results: dict[str, Success] = {}
    has_empty = False
    for status in statuses:
        where = at.where + pointer("responses", status)
        result = _of_response(document, responses[status], where, lenient, problems, hint)
        has_empty |= result is None
        if result is not None:
            results[result.decoded] = result
    if len(results) > 1:
        kinds = ", ".join(sorted(results))
        problems.add(at.where + "/responses", f"successes of different types: {kinds}")
    if not results:
        return Success("None", "None", wants_json=False)
    only = next(iter(results.values()))
    if has_empty and not only.empty and only.wants_json and only.decoded != "Any":
        kind = only.type.removesuffix(" | None") + " | None"
        return Success(kind, kind)
    return only


def _of_response(
    document: Json,
    raw: Any,  # noqa: ANN401 - unchecked input
    where: str,
    lenient: Lenient,
    problems: Problems,
    hint: str,
) -> Success | None:
    try:
        response = resolve(document, raw["$ref"]) if "$ref" in raw else raw
    except (LookupError, TypeError) as exc:
        problems.add(where, str(exc))
        return None
    content = response.get("content") or {}
    if not content:
        return None
    media = min(content, key=lambda name: (not _is_json(name), name))
    if not _is_json(media):
        return Success("bytes", "bytes", wants_json=False)
    at = where + pointer("content", media, "schema")
    shape = lenient.of_operation(content[media].get("schema", {}), at, hint)
    return _of_shape(shape)


def _of_shape(shape: Shape) -> Success:
    plain = {key: value for key, value in shape.items() if key != "nullable"}
    kind = type_of(plain)
    if plain.get("type") == "array":
        return Success(kind, f"{kind} | None", "[]")
    if plain.get("type") == "object":
        return Success(kind, f"{kind} | None", "{}")
    return Success(type_of(shape), type_of(shape))


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind in {"application/json", "*/*", "text/json"} or kind.endswith("+json")
