"""The French market feeds API: eight endpoints without parameters, behind a fixed token."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from api_sandbox.feeds import market
from api_sandbox.feeds.energy import BalancingEnergy
from api_sandbox.feeds.schedule import AFRR_ENERGY, MFRR_ENERGY
from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal
from api_sandbox.tokens import bearer_token
from api_sandbox.world.calendar import Calendar, stamp_milliseconds
from api_sandbox.world.prices import FRANCE, PriceCurve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from api_sandbox.world.noise import Noise

_NO_SUBSCRIPTION = "no active subscription"


class FrenchFeeds:
    """Answers for every feed, as they stand at the clock's time."""

    def __init__(self, noise: Noise, token: str, now: Callable[[], datetime]) -> None:
        self._noise, self._token, self._now = noise, token, now
        self._calendar = Calendar("Europe/Paris")
        self._curve = PriceCurve(noise, self._calendar, FRANCE)
        self._energy = BalancingEnergy(noise, self._calendar, self._curve)

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        feeds: dict[str, Callable[[datetime], object]] = {
            "day-ahead-prices": lambda now: market.day_ahead_prices(
                self._curve, self._calendar, now
            ),
            "fcr-capacity": lambda now: self._capacity("FCR", now),
            "afrr-capacity": lambda now: self._capacity("aFRR", now),
            "mfrr-capacity": lambda now: self._capacity("mFRR", now),
            "afrr-energy": self._afrr_energy,
            "mfrr-energy": self._mfrr_energy,
            "balancing-capacity": self._balancing_capacity,
            "balancing-energy": self._balancing_energy,
        }
        return {f"GET /api/{name}": self._handler(feed) for name, feed in feeds.items()}

    def authorise(self, authorization: str | None) -> None:
        """Let a request with the sandbox's token pass.

        Raises:
            Refusal: 401 otherwise; upstream says no more than that there is no active subscription.
        """
        token = bearer_token(authorization)
        if token is None or not compare_digest(token.encode(), self._token.encode()):
            raise Refusal(401, _NO_SUBSCRIPTION)

    def _handler(self, feed: Callable[[datetime], object]) -> Handler:
        return Handler(lambda _: feed(self._now()))

    def _capacity(self, product: str, now: datetime) -> market.Row:
        return market.capacity(self._noise, self._calendar, product, now)

    def _afrr_energy(self, now: datetime) -> market.Row:
        day, fetched = AFRR_ENERGY.latest(now)
        return self._energy.afrr(day, stamp_milliseconds(fetched))

    def _mfrr_energy(self, now: datetime) -> market.Row:
        day, fetched = MFRR_ENERGY.latest(now)
        return self._energy.mfrr(day, stamp_milliseconds(fetched))

    def _balancing_capacity(self, now: datetime) -> market.Row:
        parts = {name.lower(): self._capacity(name, now) for name in ("FCR", "aFRR", "mFRR")}
        return {"latestFetchedAtUtc": _newest(parts), **parts}

    def _balancing_energy(self, now: datetime) -> market.Row:
        parts = {"afrr": self._afrr_energy(now), "mfrr": self._mfrr_energy(now)}
        return {"latestFetchedAtUtc": _newest(parts), **parts}


def _newest(parts: Mapping[str, market.Row]) -> str:
    return max(str(part["latestFetchedAtUtc"]) for part in parts.values())
