"""What no page says: quota headers, the life of a token, clocks, compression, sizes. Pure.

Figures are rounded to one digit: none of them can say whose they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from energy_async.transport.headers import http_date
from energy_async.transport.limiter.quota import quota_from
from energy_async.transport.tokens.token_life import Grant, lifetime_of, seconds_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from energy_async.transport.request import Reply

__all__ = ["of_replies", "of_token", "offset"]

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
