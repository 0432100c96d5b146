"""Python values to URLs: every value checked and percent-encoded before anything is sent."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin, urlsplit
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "Encoded",
    "PathTemplate",
    "base_url_from",
    "query_text",
    "redirected",
    "rfc3339",
    "text_of",
]

_IN_QUERY: Final = "~:,"
_SEVERAL: Final = (list, tuple, set, frozenset)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_VISIBLE: Final = re.compile(r"[!-~]+").fullmatch
_DOT_SEGMENT: Final = re.compile(r"(?:^|[/\\])\.{1,2}(?:$|[/\\])").search


class Encoded(str):
    """Text that is percent-encoded already; what is left in it separates its parts."""

    __slots__ = ()


@lru_cache(maxsize=4096)
def _utc_text(value: datetime, fold: int) -> str:  # noqa: ARG001 - a part of the key
    """Equal values have equal texts, so that this may be kept whatever zone they came in.

    But for the fold: Python takes the two 02:30 of an October night in one zone for equal.
    """
    return value.astimezone(UTC).isoformat()[:-6] + "Z"


def rfc3339(value: datetime, name: str) -> str:
    """RFC 3339 in UTC with `Z`; ValueError naming the parameter if `value` has no time zone."""
    if value.tzinfo is not UTC and value.utcoffset() is None:
        message = f"{name} has no time zone: {value!r}; pass an aware datetime, e.g. tzinfo=UTC"
        raise ValueError(message)
    return _utc_text(value, value.fold)


def _number(value: float | Decimal, name: str) -> str:
    if not math.isfinite(value):
        message = f"{name} must be a finite number, got {value!r}"
        raise ValueError(message)
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


_TEXT_OF: Final[dict[type, Callable[[Any, str], str]]] = {
    str: lambda value, _: value,
    datetime: rfc3339,
    UUID: lambda value, _: str(value),
    bool: lambda value, _: "true" if value else "false",
    int: lambda value, _: str(value),
    float: _number,
    date: lambda value, _: value.isoformat(),
    Decimal: _number,
}


def text_of(value: object, name: str) -> str:
    """The text that upstream expects for one value of the parameter `name`."""
    to_text = _TEXT_OF.get(type(value))
    if to_text is not None:
        return to_text(value, name)
    if isinstance(value, Enum):
        return text_of(value.value, name)
    for kind, to_text in _TEXT_OF.items():
        if isinstance(value, kind):
            return to_text(value, name)
    message = f"{name} cannot be sent as a parameter: {type(value).__name__}"
    raise TypeError(message)


class PathTemplate:
    """A path such as `/auctions/{auctionID}`, taken apart once."""

    __slots__ = ("_expected", "_format", "_names", "_text")

    def __init__(self, text: str) -> None:
        if not text.startswith("/"):
            message = f"a path template starts with a slash, got {text!r}"
            raise ValueError(message)
        tokens = _PLACEHOLDER.split(text)
        self._text = text
        self._names = tokens[1::2]
        self._expected = dict.fromkeys(self._names).keys()
        self._format = "%s".join(token.replace("%", "%%") for token in tokens[::2])

    def fill(self, values: Mapping[str, Any]) -> str:
        """The path with each placeholder replaced by its value as a single, encoded segment."""
        if values.keys() != self._expected:
            raise self._mismatch(values)
        segments = []
        for name in self._names:
            value = values[name]
            is_text = type(value) is str  # by far the most frequent
            segments.append(_encoded_segment(value, name) if is_text else _segment(value, name))
        return self._format % tuple(segments)

    @property
    def names(self) -> list[str]:
        """The parameters, in order."""
        return self._names

    def _mismatch(self, values: Mapping[str, Any]) -> ValueError:
        expected = ", ".join(self._names) or "none"
        came = ", ".join(values) or "none"
        return ValueError(f"{self._text} takes path parameters {expected}; got {came}")


def _segment(value: object, name: str) -> str:
    if type(value) is Encoded:
        return _encoded_segment(value, name, "~%;=,.")
    return _encoded_segment(text_of(value, name), name)


@lru_cache(maxsize=4096)  # the same few identifiers come again and again
def _encoded_segment(text: str, name: str, safe: str = "~") -> str:
    if not text or text.isspace():
        message = f"{name} is empty; it is a part of the path"
        raise ValueError(message)
    if _DOT_SEGMENT(text):
        message = f"{name} must not contain a `.` or `..` path segment: {text!r}"
        raise ValueError(message)
    return quote(text, safe=safe)


def query_text(values: Mapping[str, Any]) -> str:
    """`?a=1&b=2`, or nothing; None is left out and a sequence repeats its name.

    Raises:
        ValueError: A datetime has no time zone, or `end` lies before `start`.
    """
    if not values:
        return ""
    pairs = []
    for name, value in values.items():
        if type(value) is datetime:  # by far the most frequent
            pairs.append(f"{name}={rfc3339(value, name)}")
        elif isinstance(value, _SEVERAL):
            pairs += [_pair(name, item) for item in value]
        elif value is not None:
            pairs.append(_pair(name, value))
    if "start" in values and "end" in values:
        _check_range(values["start"], values["end"])
    return "?" + "&".join(pairs) if pairs else ""


def _pair(name: str, value: object) -> str:
    text = value if type(value) is Encoded else quote(text_of(value, name), safe=_IN_QUERY)
    return f"{quote(name, safe='~')}={text}"


def _check_range(start: object, end: object) -> None:
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return
    # In UTC: two times of one other zone are compared by their clocks, whatever their fold.
    if not start.tzinfo is end.tzinfo is UTC:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end < start:
        message = f"end ({end.isoformat()}) lies before start ({start.isoformat()})"
        raise ValueError(message)


def base_url_from(text: str) -> str:
    """`text` checked as a base URL, without a slash at its end.

    Plain `http` is accepted, for servers on the own machine and for tests; tokens then travel
    unencrypted.
    """
    parts = urlsplit(text)
    problem = None
    if parts.scheme not in {"http", "https"}:
        problem = "it must start with https:// (or http://)"
    elif not parts.hostname:
        problem = "it names no host"
    elif parts.username is not None or parts.password is not None:
        problem = "credentials do not belong into it"
    elif parts.query or parts.fragment or "?" in text or "#" in text:
        problem = "it must have no query and no fragment"
    if problem is not None:
        shown = f"{parts.scheme}://{parts.hostname or ''}"
        message = f"not a usable base URL ({shown}): {problem}"
        raise ValueError(message)
    _ = parts.port  # raises ValueError if it is not a port
    return text.rstrip("/")


def redirected(url: str, location: str) -> str | None:
    """Where a `Location` in the answer from `url` leads; None if elsewhere, or to no usable URL."""
    target = location.partition("#")[0]
    if not _VISIBLE(target):
        return None
    try:
        target = urljoin(url, target)
        return target if _origin(target) == _origin(url) else None
    except ValueError:  # brackets or a port that make no sense
        return None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
