"""Limits that no submission passes: of prices, money, power, change and number, and a stop switch.

They are compared with the request itself, just before it would be sent, whoever made it: whatever
reads like a price, a power or a capacity counts. What cannot be compared with a limit is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl

from trlyr_async.trading.bids import product
from trlyr_async.trading.numbers import number_of

if TYPE_CHECKING:
    from trlyr_async.trading.standing import Standing

__all__ = ["LimitExceeded", "Limits"]

STANDING: ContextVar[Standing | None] = ContextVar("trlyr_async.trading.standing", default=None)
"""What upstream has in the place of what is being sent, where a helper has read it."""

_HOUR: Final = 3600.0
_KW_PER_MW: Final = 1000
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_TRADE: Final = re.compile(
    r"/auth/public/\w+"
    r"|/physical-assets(/[\w%-]+(/(eex-notifications|logbook|metadata|unavailability)(/[\w%-]+)?)?)?"
)
"""Paths of what is written and is no submission; all others are checked."""
_AUCTION: Final = re.compile(r"(^|/)auctions/", re.IGNORECASE)
_CAPACITY_PRICE: Final = "capacityprice"
_BY_MARKET: Final = frozenset({_CAPACITY_PRICE, "energyprice"})
_NAMES_A_THING: Final = re.compile(r"(id|code|product|day|time)$", re.IGNORECASE)


class LimitExceeded(ValueError):
    """A submission is beyond a limit that was set; nothing was sent.

    Attributes:
        reasons: Every limit that it is beyond, in words.
    """

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return f"not sent: {'; '.join(self.reasons)}"


@dataclass(kw_only=True, eq=False, slots=True)
class Limits:
    """What submissions of a client may say, at most; set once, `Trlyr(limits=...)`.

    A limit that is None is not set. Prices are known by name: `capacityPrice` (EUR/MW/h),
    `energyPrice` (EUR/MWh), `price` (EUR, of an auction).

    Args:
        min_price: No price may be below it.
        max_price: No capacity or energy price may be above it.
        max_auction_price: No bid in an auction may be above it, EUR.
        max_notional: EUR that one request may come to: of a capacity bid price x MW x hours of the
            product, whatever the sign; of an auction the price. What has no such sum, an energy
            price alone, does not count.
        max_power: No power of a schedule and no capacity of a bid may be above it, kW, either sign.
        max_change: No power of a schedule may differ by more kW from what upstream has, which
            `submit_schedule` reads; a schedule sent without reading it first is refused.
        max_per_hour: Submissions in any 3,600 s, of this object; a client's retries do not count.
    """

    min_price: float | None = None
    max_price: float | None = None
    max_auction_price: float | None = None
    max_notional: float | None = None
    max_power: float | None = None
    max_change: float | None = None
    max_per_hour: float | None = None
    _sent: deque[float] = field(init=False, repr=False, default_factory=deque)
    _stopped: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        for one in fields(self):
            if not one.init or (value := getattr(self, one.name)) is None:
                continue
            if (number := number_of(value)) is None:
                raise ValueError(f"{one.name} must be a number, got {value!r}")
            setattr(self, one.name, float(number))

    @property
    def stopped(self) -> str:
        """Why nothing may be submitted at present; empty if it may."""
        return self._stopped

    def stop(self, reason: str) -> None:
        """Refuse every submission from now on; reading goes on. May be called from any thread."""
        self._stopped = reason or "stopped"

    def resume(self) -> None:
        """Allow submissions again."""
        self._stopped = ""

    def check(self, method: str, target: str, body: bytes | None, now: float) -> bool:
        """Compare a request with the limits, and count it; called by the client before it waits.

        Args:
            method: Of the request.
            target: Its path and query, percent-encoded.
            body: Its body as it will be sent.
            now: Seconds, by a clock that never goes back.

        Returns:
            Whether it is a submission.

        Raises:
            LimitExceeded: It is beyond a limit, or cannot be compared with one.
        """
        path, _, query = target.partition("?")
        if (method in _READING and not body) or _NO_TRADE.fullmatch(path):
            return False
        reasons = tuple(self._reasons(path, query, body, now))
        if reasons:
            raise LimitExceeded(reasons)
        self._sent.append(now)
        return True

    def check_stop(self) -> None:
        """Called again just before a submission leaves, each time that it does.

        Raises:
            LimitExceeded: `stop` was called meanwhile.
        """
        if self._stopped:
            raise LimitExceeded((f"submissions are stopped: {self._stopped}",))

    def _reasons(self, path: str, query: str, body: bytes | None, now: float) -> Iterator[str]:
        self.check_stop()
        while self._sent and self._sent[0] <= now - _HOUR:
            self._sent.popleft()
        if self.max_per_hour is not None and len(self._sent) >= self.max_per_hour:
            yield f"{len(self._sent)} submissions in the last hour, {self.max_per_hour:g} allowed"
        try:
            content = json.loads(body, object_pairs_hook=_object) if body else None
        except (ValueError, RecursionError) as error:
            yield f"its body is not JSON that can be compared with the limits: {error}"
            return
        day, _, name = path.rpartition("/")[2].partition("_")
        values = [
            *_values([content, dict(parse_qsl(query))], {"deliveryday": day, "product": name})
        ]
        is_auction = _AUCTION.search(path) is not None
        if {*self._of_prices, self.max_power, self.max_change} == {None}:
            return
        if is_auction and self._of_prices and not any(one.kind == "price" for one in values):
            yield "no price can be read in the bid"
        for one in values:
            yield from self._beyond(one, is_auction=is_auction)
        total = sum(one.notional(is_auction=is_auction) for one in values)
        if self.max_notional is not None and not total <= self.max_notional:
            yield f"it comes to {total:,.2f} EUR, and {self.max_notional:,g} EUR are allowed"

    @property
    def _of_prices(self) -> list[float]:
        limits = self.max_price, self.min_price, self.max_auction_price, self.max_notional
        return [one for one in limits if one is not None]

    def _beyond(self, one: _Value, *, is_auction: bool) -> Iterator[str]:
        if one.kind == "price":
            yield from self._price(one, is_auction=is_auction)
        elif one.kind in {"power", "capacity"}:
            if self.max_power is not None and not abs(one.number) <= self.max_power:
                yield f"{one.name} {one.raw} kW is beyond {self.max_power:,g} kW"
            if self.max_change is not None and one.kind == "power":
                yield from _changed(one, self.max_change)
        else:
            yield f"what {one.name or 'a number'} ({one.raw!r}) means is not known here"

    def _price(self, one: _Value, *, is_auction: bool) -> Iterator[str]:
        by_market = not is_auction and one.name.lower() in _BY_MARKET
        known = (
            None if by_market else self.max_auction_price,
            None if is_auction else self.max_price,
        )
        most = min([limit for limit in known if limit is not None], default=math.inf)
        least = -math.inf if self.min_price is None else self.min_price
        if self._of_prices and not math.isfinite(one.number):
            yield f"{one.name} is {one.raw!r}, which is no number"
        elif not one.number <= most:
            yield f"{one.name} {one.number:,g} EUR is above {most:,g} EUR"
        elif not one.number >= least:
            yield f"{one.name} {one.number:,g} EUR is below {least:,g} EUR"


def _changed(one: _Value, most: float) -> Iterator[str]:
    time = one.around.get("time")
    before = (STANDING.get() or {}).get(str(time))
    if not isinstance(before, int | float):
        yield f"what upstream has for {time} is not known, and max_change is set"
    elif not abs(one.number - before) <= most:
        change = f"power at {time} changes from {before:,g} to {one.number:,g} kW"
        yield f"{change}, by more than {most:,g} kW"


class _Value(NamedTuple):
    """A number in a request: its name, and the members around it by name in lower case."""

    name: str
    raw: Any
    number: float
    around: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return _kind(self.name)

    def notional(self, *, is_auction: bool) -> float:
        """What it comes to, EUR: of an energy price nothing; infinity where nobody can say."""
        if self.kind != "price":
            return 0.0
        if is_auction or self.name.lower() not in _BY_MARKET:
            return abs(self.number)
        if self.name.lower() != _CAPACITY_PRICE:
            return 0.0
        megawatts = _float(self.around.get("offeredcapacity")) / _KW_PER_MW
        return abs(self.number * megawatts * _hours(self.around))


def _kind(name: str) -> str:
    return next((word for word in ("price", "power", "capacity") if word in name.lower()), "")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice, in whatever case: who reads it may take either."""
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands in it twice")
    return dict(pairs)


def _values(content: Any, around: Mapping[str, Any], name: str = "") -> Iterator[_Value]:  # noqa: ANN401
    """Give every number, and all that is named like one, however deep it stands.

    What says nothing by its own name goes by the name that it stands under.
    """
    if isinstance(content, Mapping):
        around = {**around, **{key.lower(): value for key, value in content.items()}}
        for key, value in content.items():
            yield from _values(value, around, name if _kind(name) and not _kind(key) else key)
    elif isinstance(content, list):
        for value in content:
            yield from _values(value, around, name)
    elif content is not None:
        one = _Value(name, content, _float(content), around)
        is_number = isinstance(content, int | float) and not isinstance(content, bool)
        reads_so = not math.isnan(one.number) and not _NAMES_A_THING.search(name)
        if is_number or reads_so or one.kind:
            yield one


def _hours(around: Mapping[str, Any]) -> float:
    """Give the hours of the product that a bid is for; infinity if it cannot be read."""
    try:
        day = date.fromisoformat(str(around.get("deliveryday")))
        delivery = product(str(around.get("product")), day).delivery
    except ValueError:
        return math.inf
    return delivery.duration.total_seconds() / _HOUR


def _float(value: object) -> float:
    """Read a number, or a text that is one; NaN for anything else, which is within no limit."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
