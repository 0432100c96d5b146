"""What a server says about its own limits: `RateLimit`, `RateLimit-Policy` and older spellings."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.transport.headers import every, http_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Quota", "has_quota", "parse_retry_after", "quota_from", "retry_after_from"]

_PARAMETER: Final = re.compile(r"([a-z]+)\s*=\s*\"?(-?\d+(?:\.\d+)?)")
_UNIT: Final = re.compile(r"\bqu\s*=\s*\"?([a-z-]+)")
_OURS: Final = "requests"
_ITEM: Final = re.compile(r'(?:"[^"]*"|[^,"])+')
_OLD_POLICY: Final = re.compile(r"\s*(\d+)\s*(?:;|$)")
_EPOCH: Final = 1e8  # a "reset" beyond this is a point in time, not a number of seconds
_EPOCH_MS: Final = 1e11  # and beyond this, in milliseconds
_LONGEST: Final = 86400.0  # a window longer than a day is no window; most likely another unit
_DATE: Final = re.compile(r"[A-Za-z]{3}, [^,]+")
_STEADY: Final = 60.0  # a policy over more seconds than this is a store to draw on, not a pace


class Quota(msgspec.Struct, frozen=True):
    """The tightest of the limits that one answer reports.

    Attributes:
        rate: Requests a second that the policy allows, if it was given.
        remaining: Requests left in the present window.
        reset: Seconds until the window ends.
    """

    rate: float | None = None
    remaining: float | None = None
    reset: float | None = None


def has_quota(headers: Mapping[str, str]) -> bool:
    """Whether it is worth calling `quota_from`; cheap, since it runs for every answer."""
    return (
        "ratelimit" in headers
        or "ratelimit-policy" in headers
        or "ratelimit-remaining" in headers
        or "x-ratelimit-remaining" in headers
    )


def quota_from(headers: Mapping[str, str], *, now: float) -> Quota:
    """Read the headers; `now` is seconds since the epoch. What cannot be read is left out.

    A reset that is a point in time is measured from the server's own `Date`, if there is one.
    """
    policies = _items(_policy(headers))
    foreign = {_name(item) for item in policies if _is_foreign(item)}
    remaining, reset = _tightest(every(headers, "ratelimit").lower(), foreign)
    for prefix in ("ratelimit-", "x-ratelimit-"):
        if remaining is None:
            remaining = _number(headers.get(prefix + "remaining"))
            reset = _number(headers.get(prefix + "reset-after"))
            if reset is None:
                reset = _number(headers.get(prefix + "reset"))
    if reset is not None and reset > _EPOCH:
        moment = reset / 1000 if reset > _EPOCH_MS else reset
        server = http_date(headers.get("date", ""))
        reset = moment - (now if server is None else server.timestamp())
    longest = _STEADY if remaining is not None else math.inf
    return Quota(
        rate=_policy_rate((item for item in policies if not _is_foreign(item)), longest),
        remaining=remaining,
        reset=None if reset is None or reset > _LONGEST else max(0.0, reset),
    )


def retry_after_from(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds that it asks to wait, in `Retry-After` or `Retry-After-Ms`; None if it does not.

    `now` is seconds since the epoch.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None and milliseconds >= 0:
        return milliseconds / 1000
    return parse_retry_after(every(headers, "retry-after"), date=headers.get("date"), now=now)


def _items(text: str) -> list[str]:
    return _ITEM.findall(text.lower())


def _name(item: str) -> str:
    return item.partition(";")[0].strip(' "')


def _is_foreign(item: str) -> bool:
    """Whether a policy counts something else than requests, such as bytes."""
    unit = _UNIT.search(item)
    return unit is not None and unit[1] != _OURS


def _policy(headers: Mapping[str, str]) -> str:
    """The policies; drafts before the seventh had them in `RateLimit-Limit`."""
    return every(headers, "ratelimit-policy") or every(headers, "ratelimit-limit")


def _policy_rate(items: Iterable[str], longest: float) -> float | None:
    """`"minute";q=100;w=60` or the older `100;w=60`; several are separated by commas.

    A thousand a day is no reason to wait 86 seconds between two requests, so windows above
    `longest` seconds are left to what remains of them.
    """
    rates = []
    for item in items:
        fields = {name: float(number) for name, number in _PARAMETER.findall(item)}
        old = _OLD_POLICY.match(item)
        quota = fields.get("q", float(old.group(1)) if old else 0.0)
        window = fields.get("w", 0.0)
        if quota > 0 and 0 < window <= longest:
            rates.append(quota / window)
    return min(rates, default=None)


def _tightest(text: str, foreign: set[str]) -> tuple[float | None, float | None]:
    """`"minute";r=30;t=12` or the older `limit=100, remaining=30, reset=12`.

    Policies in `foreign` are of something else than requests.
    """
    if "remaining" in text:
        fields = {name: float(number) for name, number in _PARAMETER.findall(text)}
        return fields.get("remaining"), fields.get("reset")
    found: list[tuple[float, float | None]] = []
    for item in _items(text):
        fields = {name: float(number) for name, number in _PARAMETER.findall(item)}
        if "r" not in fields or _name(item) in foreign:
            continue
        found.append((fields["r"], fields.get("t")))
    return min(found, key=_pace_of, default=(None, None))


def _pace_of(one: tuple[float, float | None]) -> float:
    remaining, reset = one
    return remaining / reset if reset else math.inf if remaining > 0 else 0.0


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parse_retry_after(value: str | None, *, date: str | None = None, now: float) -> float | None:
    """Seconds to wait according to a `Retry-After` header; None if it says nothing usable.

    An HTTP date is measured from the server's own `date` header if that can be read, so that a
    wrong clock on this machine does no harm, else from `now` (seconds since the epoch). Of several
    values, which proxies and gateways add, the longest counts.
    """
    if value is None or not (text := value.strip()):
        return None
    seconds = [number for part in text.split(",") if (number := _number(part)) is not None]
    if len(seconds) == text.count(",") + 1:
        return max(0.0, *seconds)
    dates = [found for part in _DATE.findall(text) or [text] if (found := http_date(part))]
    if not dates:
        return None
    base = http_date(date or "")
    return max(0.0, max(dates).timestamp() - (now if base is None else base.timestamp()))
