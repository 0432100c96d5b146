"""From method and path to an operation and its path values."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from api_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api_sandbox.documents import Operation


class Router:
    """The routes of one API. Where several paths fit, the one with more fixed text wins."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._routes: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            self._routes.setdefault(operation.path, {})[operation.method] = operation
        self._paths = sorted(self._routes, key=lambda path: path.count("{"))

    def find(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]]:
        """Give the operation that answers, and the texts of its path parameters.

        `raw_path` is still percent-encoded, so an encoded slash stays inside its segment.

        Raises:
            Refusal: 404 for an unknown path, 405 for a known one with another method.
        """
        segments = raw_path.split("/")
        for template in self._paths:
            values = _match(template.split("/"), segments)
            if values is not None:
                methods = self._routes[template]
                if method in methods:
                    return methods[method], values
                allowed = ", ".join(sorted(methods))
                raise Refusal(
                    405, f"{template} answers {allowed}, not {method}", {"Allow": allowed}
                )
        raise Refusal(404, f"no such path: {unquote(raw_path)}")


def _match(template: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    values = {}
    for expected, given in zip(template, segments, strict=True):
        if expected.startswith("{"):
            if not given:
                return None
            values[expected[1:-1]] = unquote(given)
        elif expected != unquote(given):
            return None
    return values
