"""The struct that every generated struct is built on."""

import functools
import typing
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

__all__ = ["AwareDatetime", "Model", "Unknown", "field_extras"]

AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time with a time zone; an answer that leaves the zone open is refused."""


@functools.cache
def field_extras(struct_type: type[msgspec.Struct]) -> Mapping[str, Mapping[str, Any]]:
    """What the annotations say of each field beyond its type: python field name -> `Meta.extra`."""
    hints = typing.get_type_hints(struct_type, include_extras=True)
    found: dict[str, dict[str, Any]] = {}
    for name in struct_type.__struct_fields__:
        for note in getattr(hints[name], "__metadata__", ()):
            if isinstance(note, msgspec.Meta) and note.extra:
                found.setdefault(name, {}).update(note.extra)
    return found


@typing.dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,)
)
class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Base of all generated structs: frozen, keyword-only, unknown fields ignored.

    `repr()` shows `...` in place of secrets such as passwords and tokens.

    Garbage-collector tracking is off, since decoded JSON holds no cycles. Do not put an object
    that refers back to the struct into one of its fields.
    """

    def __repr__(self) -> str:
        if not _secrets(type(self)):
            return super().__repr__()
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What `rich` prints: names and values, secrets hidden."""
        secrets = _secrets(type(self))
        pairs = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [
            (name, _HIDDEN if name in secrets and value is not None else value)
            for name, value in pairs
        ]


class Unknown(Model, kw_only=True):
    """A member of a union that came with a tag which this release does not know.

    Sent again, it is what it came as.

    Attributes:
        tag: The tag as it came; None where there was none.
        raw: The whole object as it came, the tag included.
    """

    tag: str | None = None
    raw: dict[str, Any] = msgspec.field(name="__unknown__")


class _Hidden:
    """Stands for a secret where it is shown."""

    def __repr__(self) -> str:
        return "..."


_HIDDEN = _Hidden()


@functools.cache
def _secrets(struct_type: type[msgspec.Struct]) -> frozenset[str]:
    extras = field_extras(struct_type)
    return frozenset(name for name, extra in extras.items() if extra.get("secret") is True)
