"""What no page says: ranges, quota headers, the life of a token, clocks, sizes. Pure.

Figures are rounded to one digit: none of them can say whose they are.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.contact.shapes import shape_of
from energy_async.delivery import time_zone
from energy_async.transport.headers import http_date
from energy_async.transport.limiter.quota import quota_from
from energy_async.transport.tokens.token_life import Grant, lifetime_of, seconds_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from energy_async.transport.request import Reply

__all__ = [
    "Period",
    "bucket_of",
    "meaning_of",
    "of_replies",
    "of_token",
    "offset",
    "periods_in",
    "questions_of",
]

_TAILS: Final = ("limit", "remaining", "reset", "used")
_NAMES: Final = ("x-ratelimit", "ratelimit", "x-rate-limit")
_QUOTA: Final = {f"{x}-{tail}" for x in _NAMES for tail in _TAILS} | {
    "ratelimit", "ratelimit-policy", "retry-after",
}  # fmt: skip
_CODINGS: Final = frozenset({"gzip", "br", "zstd", "deflate"})
_LONGEST: Final = 30 * 86_400
"""The longest life that the maker of such tokens lets one set; beyond it are milliseconds."""
_SECONDS: Final = 1e8
_MILLISECONDS: Final = 1e11

_DAY: Final = timedelta(days=1)
_LENGTHS: Final = {
    timedelta(seconds=4): "4 s", timedelta(minutes=1): "1 min", timedelta(minutes=5): "5 min",
    timedelta(minutes=15): "15 min", timedelta(minutes=30): "30 min", timedelta(hours=1): "1 h",
    timedelta(hours=4): "4 h", _DAY: "1 day",
}  # fmt: skip
_ZONES: Final = ("UTC", "Europe/Berlin")


def offset(headers: Mapping[str, str], before: datetime, after: datetime) -> float | None:
    """Seconds by which the server's clock is ahead; None if it does not tell the time."""
    there = http_date(headers.get("date", ""))
    return None if there is None else (there - (before + (after - before) / 2)).total_seconds()


def of_token(value: Any) -> tuple[dict[str, str], dict[str, str]]:  # noqa: ANN401 - any JSON
    """Measures and surprises in the answer to a login."""
    answer = value if isinstance(value, dict) else {}
    token, stated = str(answer.get("access_token", "")), seconds_from(answer.get("expires_in"))
    life = lifetime_of(Grant(token), wall=0.0)
    found = {"token": "JWT" if token.count(".") == 2 else "opaque"}  # noqa: PLR2004 - three parts
    if stated is None:
        return {
            **found,
            "token life": f"{_about(life)} s by its claims" if life else "not stated",
        }, {}
    is_off = stated > _LONGEST or (life is not None and 900 < stated / life < 1100)  # noqa: PLR2004
    unit = "ms" if is_off else "s"
    found["token life"] = f"{_about(stated)} {unit} by expires_in"
    said = "expires_in looks like milliseconds; seconds are assumed"
    return found, {"expires_in in milliseconds": said} if is_off else {}


def of_replies(
    replies: Sequence[Reply], offsets: Sequence[float]
) -> tuple[dict[str, str], dict[str, str]]:
    """Measures and surprises in all answers."""
    codings = {one.headers.get("content-encoding", "") for one in replies} & _CODINGS
    largest = max((len(one.body) for one in replies), default=0)
    found = {
        "compression": ", ".join(sorted(codings)) or "none",
        "largest answer": f"about {_about(largest)} bytes",
    }
    if offsets:
        ahead = sorted(offsets)[len(offsets) // 2]
        found["clock"] = f"{_about(ahead)} s ahead" if abs(ahead) > 1 else "within a second or so"
    names = sorted({name for one in replies for name in one.headers if name in _QUOTA})
    if not names:
        return {**found, "quota headers": "none"}, {}
    found["quota headers"] = ", ".join(names)
    reset = next((text for one in replies if (text := _reset(one.headers))), "")
    rates = [rate for one in replies if (rate := quota_from(one.headers, now=0.0).rate)]
    parts = [reset, *([f"about {_about(rates[0])} requests a second"] if rates else [])]
    text = (
        f"quota headers, which no page names: {'; '.join(filter(None, [', '.join(names), *parts]))}"
    )
    if reset:
        found["quota reset"] = reset
    return found, {"quota headers": text}


def _reset(headers: Mapping[str, str]) -> str:
    for name in _NAMES:
        value = seconds_from(headers.get(f"{name}-reset"))
        if value is not None:
            unit = "ms since 1970" if value > _MILLISECONDS else "s since 1970"
            return f"reset in {'s' if value < _SECONDS else unit}"
    return ""


def _about(value: float) -> str:
    """The value with one digit that counts."""
    if not value or not math.isfinite(value):
        return "0"
    return f"{round(value, -math.floor(math.log10(abs(value)))):,.10g}"


class Period(NamedTuple):
    """From when to when a row is; None where it is a point in time."""

    start: datetime
    end: datetime | None


def periods_in(value: Any) -> list[Period]:  # noqa: ANN401 - any JSON
    """The periods of the first list of rows that have times, in their order, each once."""
    if isinstance(value, dict):
        return next((found for one in value.values() if (found := periods_in(one))), [])
    rows = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    if not rows:
        return []
    times = [
        name
        for name, one in shape_of(rows[0]).members.items()
        if one.formats == {"date-time"}
    ]  # fmt: skip
    start = next((name for name in times if "start" in name.lower()), next(iter(times), None))
    end = next((name for name in times if "end" in name.lower()), None)
    if start is None:
        return periods_in(next(iter(rows[0].values()), None))
    periods = {Period(a, _moment(row, end)) for row in rows if (a := _moment(row, start))}
    return sorted(periods, key=lambda one: one.start)


def _moment(row: dict[str, Any], name: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(row.get(name or "", ""))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def bucket_of(periods: Sequence[Period]) -> str:
    """How long most rows are, and where they begin: `1 day, from midnight UTC`."""
    following = [b.start - a.start for a, b in itertools.pairwise(periods)]
    lengths = Counter(following or [one.end - one.start for one in periods if one.end])
    if not lengths:
        return ""
    length = lengths.most_common(1)[0][0]
    name = _LENGTHS.get(length, "another length")
    for zone in _ZONES if length == _DAY else ():
        if all(one.start.astimezone(time_zone(zone)).hour == 0 for one in periods):
            return f"{name}, from midnight {zone}"
    return name


def questions_of(periods: Sequence[Period]) -> list[tuple[datetime, datetime]]:
    """Two ranges that tell the meaning of ranges: from edge to edge, and from middle to middle."""
    middle = len(periods) // 2
    if len(periods) < 3 or not 0 < middle < len(periods) - 1:  # noqa: PLR2004 - one on each side
        return []
    first, last = periods[middle - 1], periods[middle + 1]
    half = (periods[middle].start - first.start) / 2
    return [
        (first.start, last.start),
        *([(first.start + half, last.start + half)] if first.end else []),
    ]


def meaning_of(periods: Sequence[Period], answers: Sequence[Sequence[Period]]) -> str:
    """What the answers to `questions_of` have shown, in words of a closed list."""
    middle = len(periods) // 2
    first, last = periods[middle - 1].start, periods[middle + 1].start
    starts = [{one.start for one in answer} for answer in answers]
    ends = {
        (True, True): "both ends included",
        (True, False): "start included, end not",
        (False, True): "end included, start not",
        (False, False): "neither end included",
    }[first in starts[0], last in starts[0]]
    if len(starts) == 1:
        return ends
    cut = {
        (True, True): "rows that overlap",
        (False, True): "rows that start within",
        (True, False): "rows that end within",
        (False, False): "rows that lie within",
    }[first in starts[1], last in starts[1]]
    return f"{ends}; {cut}"
