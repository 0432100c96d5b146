"""Limits that no submission passes: of prices, money, power, change and number, and a stop switch.

They are held against the request itself, just before it would be sent: whatever reads like a price,
a power or a capacity in it counts, so that generated functions and requests made by hand are held
to them as the helpers of `trading` are. What cannot be held against a limit is refused.
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

from trlyr_async.trading.numbers import number_of
from trlyr_async.trading.products import product

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trlyr_async.trading.standing import Standing

__all__ = ["LimitExceeded", "Limits"]

STANDING: ContextVar[Standing | None] = ContextVar("trlyr_async.trading.standing", default=None)
"""What upstream holds in the place of what is being sent, where a helper has read it."""

_HOUR: Final = 3600.0
_KW_PER_MW: Final = 1000
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_TRADE: Final = re.compile(
    r"/auth/public/\w+"
    r"|/physical-assets(/[\w%-]+(/(eex-notifications|logbook|metadata|unavailability)(/[\w%-]+)?)?)?"
)
"""Paths of what is written and is no submission; all others are held against the limits."""
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

    A limit that is None is not set. Prices are held against by name: `capacityPrice` (EUR/MW/h),
    `energyPrice` (EUR/MWh), `price` (EUR, of an auction).

    Args:
        min_price: No price may be below it.
        max_price: No capacity or energy price may be above it.
        max_auction_price: No bid in an auction may be above it, EUR.
        max_notional: EUR that one request may come to: of a capacity bid price x MW x hours of the
            product, whatever the sign; of an auction the price. What has no such sum, an energy
            price alone, does not count.
        max_power: No power of a schedule and no capacity of a bid may be above it, kW, either sign.
        max_change: No power of a schedule may differ by more kW from what upstream holds, which
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
            if not one.init:
                continue
            value = getattr(self, one.name)
            number = None if value is None else number_of(value)
            if number is None and value is not None:
                raise ValueError(f"{one.name} must be a number, got {value!r}")
            setattr(self, one.name, None if number is None else float(number))

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
        """Hold a request against the limits, and count it; called by the client before it waits.

        Args:
            method: Of the request.
            target: Its path and query, percent-encoded.
            body: Its body as it will be sent.
            now: Seconds, by a clock that never goes back.

        Returns:
            Whether it is a submission.

        Raises:
            LimitExceeded: It is beyond a limit, or cannot be held against one.
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
            said = json.loads(body, object_pairs_hook=_object) if body else None
        except (ValueError, RecursionError) as error:
            yield f"its body is not JSON that can be held against the limits: {error}"
            return
        said = [said, dict(parse_qsl(query))]
        values = list(_values(said))
        is_auction = _AUCTION.search(path) is not None
        if {*self._of_prices, self.max_power, self.max_change} == {None}:
            return
        if is_auction and self._of_prices and not any(one.kind == "price" for one in values):
            yield "no price can be read in the bid"
        for one in values:
            yield from self._beyond(one, is_auction=is_auction)
        yield from self._money(said, values, path, is_auction=is_auction)

    @property
    def _of_prices(self) -> list[float]:
        limits = self.max_price, self.min_price, self.max_auction_price, self.max_notional
        return [one for one in limits if one is not None]

    def _beyond(self, one: _Value, *, is_auction: bool) -> Iterator[str]:
        """Hold one number against the limits of its kind."""
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

    def _money(
        self, said: object, values: Iterable[_Value], path: str, *, is_auction: bool
    ) -> Iterator[str]:
        if self.max_notional is None:
            return
        prices = [one for one in values if one.kind == "price"]
        total = sum(
            abs(one.number) for one in prices if is_auction or one.name.lower() not in _BY_MARKET
        )
        total += 0.0 if is_auction else sum(_notionals(said, {}, path))
        if not total <= self.max_notional:
            yield f"it comes to {total:,.2f} EUR, and {self.max_notional:,g} EUR are allowed"


def _changed(one: _Value, most: float) -> Iterator[str]:
    before = (STANDING.get() or {}).get(one.time)
    if not isinstance(before, int | float):
        yield f"what upstream holds for {one.time} is not known, and max_change is set"
    elif not abs(one.number - before) <= most:
        yield (
            f"power at {one.time} changes from {before:,g} to {one.number:,g} kW, by more"
            f" than {most:,g} kW"
        )


class _Value(NamedTuple):
    """A number in a request: what it is called, and the time it is for."""

    name: str
    raw: Any
    number: float
    time: str

    @property
    def kind(self) -> str:
        return _says(self.name)


def _says(name: str) -> str:
    """Which of these words a name has, the first of them; empty if none."""
    return next((word for word in ("price", "power", "capacity") if word in name.lower()), "")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice, in whatever case: who reads it may take either."""
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands in it twice")
    return dict(pairs)


def _values(said: Any, name: str = "", time: str = "") -> Iterator[_Value]:  # noqa: ANN401
    """Give every number, and all that is named like one, however deep it stands.

    What says nothing by its own name goes by the name that it stands under.
    """
    if isinstance(said, Mapping):
        at = said.get("time")
        time = at if isinstance(at, str) else time
        for key, value in said.items():
            yield from _values(value, name if _says(name) and not _says(key) else key, time)
    elif isinstance(said, list):
        for value in said:
            yield from _values(value, name, time)
    elif said is not None:
        one = _Value(name, said, _float(said), time)
        is_number = isinstance(said, int | float) and not isinstance(said, bool)
        reads_so = not math.isnan(one.number) and not _NAMES_A_THING.search(name)
        if is_number or reads_so or one.kind:
            yield one


def _notionals(said: Any, group: Mapping[str, Any], path: str) -> Iterator[float]:  # noqa: ANN401
    """Give what each capacity bid of a request comes to, EUR; infinity where nobody can say."""
    if isinstance(said, list):
        for one in said:
            yield from _notionals(one, group, path)
    if not isinstance(said, Mapping):
        return
    known = {**group, **{name.lower(): value for name, value in said.items()}}
    price = next((value for name, value in said.items() if name.lower() == _CAPACITY_PRICE), None)
    if price is not None:
        megawatts = _float(known.get("offeredcapacity")) / _KW_PER_MW
        yield abs(_float(price) * megawatts * _hours(known, path))
    for value in said.values():
        yield from _notionals(value, known, path)


def _hours(group: Mapping[str, Any], path: str) -> float:
    """Give the hours of the product that a bid is for; infinity if it cannot be read."""
    day, name = group.get("deliveryday"), group.get("product")
    if day is None and name is None:
        day, _, name = path.rpartition("/")[2].partition("_")
    try:
        delivery = product(str(name), date.fromisoformat(str(day))).delivery
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
