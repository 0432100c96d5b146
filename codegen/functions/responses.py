"""What a successful call gives: the declared 2xx responses as one Python type."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from codegen.documents.document import Json, OperationAt, resolve
from codegen.problems import Problems, pointer
from codegen.schemas.lenient import Lenient
from codegen.schemas.shapes import Shape, type_of

__all__ = ["Success", "success_of"]

_OTHER = re.compile(r"2(?!04)[0-9][0-9]")
_BYTES: Shape = {"type": "bytes"}


@dataclass(frozen=True)
class Success:
    """The result of an operation.

    Attributes:
        type: What the function gives back.
        decoded: What the body is decoded to; a list that Go may send as null has `| None`.
        empty: What a null body becomes (`[]`, `{}`), empty text where null stays None.
        wants_json: Whether the body is JSON.
        bodiless: Statuses without a body, besides 204.
    """

    type: str
    decoded: str
    empty: str = ""
    wants_json: bool = True
    bodiless: tuple[int, ...] = ()


def success_of(
    document: Json, at: OperationAt, lenient: Lenient, problems: Problems, hint: str
) -> Success:
    """The result of an operation, from its 2xx responses (or `default`, if there are none)."""
    responses = at.body["responses"]
    statuses = sorted(status for status in responses if status.startswith("2"))
    if not statuses and "default" in responses:
        statuses = ["default"]
    shapes: dict[str, Shape] = {}
    results: dict[str, Success] = {}
    empty: list[str] = []
    for status in statuses:
        where = at.where + pointer("responses", status)
        shape = _of_response(document, responses[status], where, lenient, problems, hint)
        if shape is None:
            empty.append(status)
        else:
            result = _of_shape(shape)
            results[result.decoded] = result
            shapes[result.decoded] = shape
    if len(results) > 1:  # one type that takes what any of them gives
        where = at.where + "/responses"
        joined = (
            _BYTES
            if _BYTES in shapes.values()
            else lenient.unions.combined([*shapes.values()], where, hint)
        )
        results = {"": _of_shape(lenient.as_root(joined))}
    if not results:
        return Success("None", "None", wants_json=False)
    only = next(iter(results.values()))
    return _or_nothing(only, empty) if empty and only.wants_json else only


def _or_nothing(success: Success, statuses: Sequence[str]) -> Success:
    """The same, with None for the statuses that have no body."""
    bodiless = tuple(int(one) for one in statuses if _OTHER.fullmatch(one))
    if success.empty or success.decoded == "Any":
        return replace(success, bodiless=bodiless)
    kind = success.type.removesuffix(" | None") + " | None"
    return Success(kind, kind, bodiless=bodiless)


def _of_response(
    document: Json,
    raw: Any,  # noqa: ANN401 - unchecked input
    where: str,
    lenient: Lenient,
    problems: Problems,
    hint: str,
) -> Shape | None:
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
        return _BYTES
    at = where + pointer("content", media, "schema")
    return lenient.of_operation(content[media].get("schema", {}), at, hint)


def _of_shape(shape: Shape) -> Success:
    if shape == _BYTES:
        return Success("bytes", "bytes", wants_json=False)
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
