"""Whether an answer is about what was asked: identifiers in it, held against those in the path."""

from __future__ import annotations

from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin
from uuid import UUID

import msgspec

from energy_async.transport.errors import ConnectionBroken
from energy_async.transport.urls import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from energy_async.transport.request import Operation

__all__ = ["Identity", "identity_of"]


class Identity:
    """The fields of an operation's answer that repeat a value of its path."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs: list[tuple[Callable[[Any], Any], str, str]] = [
            (attrgetter(name), name, parameter) for name, parameter in pairs
        ]

    def check(self, value: Any, path: Mapping[str, Any]) -> None:  # noqa: ANN401 - of any operation
        """Raise `ConnectionBroken` if `value`, one row or several, is about something else.

        A field without a value says nothing, and only UUIDs are certain to be identifiers.
        """
        rows = value if isinstance(value, list) else () if value is None else (value,)
        for get, name, parameter in self._pairs:
            asked = path[parameter]
            if not isinstance(asked, str):
                asked = text_of(asked, parameter)
            named = [*map(get, rows)]
            if named.count(asked) == len(named):
                continue
            for found in set(named):
                if _differ(found, asked):
                    message = (
                        f"the answer is to another question: its {name} is {found}, asked for"
                        f" was {asked}; it was thrown away"
                    )
                    raise ConnectionBroken(message)


def identity_of(operation: Operation[Any]) -> Identity | None:
    """What an answer to `operation` can be known by; None if by nothing.

    A field that is called like a parameter of the path repeats it, and so does `id` in the answer
    to a path that ends in a parameter.
    """
    row, is_list = _row_of(operation.returns)
    if not (isinstance(row, type) and issubclass(row, msgspec.Struct)):
        return None
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(row)}
    parts = [part[1:-1] for part in operation.path.split("/") if part[:1] == "{"]
    pairs = [(fields[part], part) for part in parts if part in fields]
    if operation.path.endswith("}") and "id" in fields and not is_list:
        pairs.append((fields["id"], parts[-1]))
    return Identity(pairs) if pairs else None


def _row_of(kind: Any) -> tuple[Any, bool]:  # noqa: ANN401 - a type expression
    if get_origin(kind) is list:
        return _row_of(get_args(kind)[0])[0], True
    others = [one for one in get_args(kind) if one is not NoneType]
    return _row_of(others[0]) if len(others) == 1 else (kind, False)


def _differ(one: object, other: str) -> bool:
    try:
        return UUID(str(one)) != UUID(other)
    except ValueError:
        return False
