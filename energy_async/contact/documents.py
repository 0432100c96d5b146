"""Upstream's own documents against the installed interface. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from energy_async.contact.differences import Finding, differences
from energy_async.contact.shapes import schema_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from energy_async.contact.interface import Function

__all__ = ["Documented", "compared"]

_PLACE = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[a-z]+")
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head"})


class Documented(NamedTuple):
    """What a document says of the operations of an area.

    Attributes:
        findings: By operation, what is otherwise than expected.
        absent: Operations that it does not have.
        moved: Where the most likely of those are now.
        fresh: What the client does not have, such as `GET /health`.
    """

    findings: Mapping[str, tuple[Finding, ...]]
    absent: tuple[str, ...]
    moved: Mapping[str, str]
    fresh: tuple[str, ...]


def compared(document: Mapping[str, Any], functions: Iterable[Function]) -> Documented:
    """Hold a document against the operations of its area."""
    there = {
        (method.upper(), _PLACE.sub("{}", path)): (path, operation)
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if method in _METHODS
    }
    findings: dict[str, tuple[Finding, ...]] = {}
    absent: list[Function] = []
    for one in functions:
        found = there.pop((one.operation.method, _PLACE.sub("{}", one.operation.path)), None)
        if found is None:
            absent.append(one)
        elif differing := tuple(_of_operation(one, found[1], document)):
            findings[one.operation.name] = differing
    moved: dict[str, str] = {}
    for one in absent:
        scores = sorted(
            (_likeness(one, path, operation), path, method)
            for (method, _), (path, operation) in there.items()
            if method == one.operation.method and path not in moved.values()
        )
        if scores and scores[-1][0] > 0:
            moved[one.operation.name] = scores[-1][1]
    fresh = sorted(
        f"{method} {path}"
        for (method, _), (path, _op) in there.items()
        if path not in moved.values()
    )
    return Documented(findings, tuple(one.operation.name for one in absent), moved, tuple(fresh))


def _likeness(one: Function, path: str, operation: Mapping[str, Any]) -> float:
    """The share of its own words that are there; 0 if it takes other values in its path."""
    mine, theirs = (_PLACE.findall(text.lower()) for text in (one.operation.path, path))
    if sorted(mine) != sorted(theirs):
        return 0.0
    words = {*_WORD.findall(one.operation.name.partition(".")[2])} - {"get", "revenue"}
    there = {*_WORD.findall(f"{path} {operation.get('summary', '')}".lower())}
    return len(words & there) / len(words) if words & there else 0.0


def _of_operation(
    one: Function, operation: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Finding]:
    for parameter in operation.get("parameters", ()):
        name = str(parameter.get("name", ""))
        taken = {_plain(known) for known in one.hints}
        is_sent = parameter.get("in") in {"query", "header"} and name != "Authorization"
        if is_sent and parameter.get("required") and _plain(name) not in taken:
            yield Finding("parameter", "$", (name,))
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {}).get("application/json", {})
        if status.startswith("2") and "schema" in content:
            yield from differences(one.returns, schema_shape(content["schema"], document))


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
