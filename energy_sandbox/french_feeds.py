"""The French market feeds API: eight endpoints without parameters, behind a fixed token."""

from __future__ import annotations

from functools import lru_cache, partial
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

import msgspec

from energy_sandbox.feeds import market
from energy_sandbox.feeds.behaviour import FeedBehaviour, FeedName
from energy_sandbox.feeds.edition import Edition, corrected, edition
from energy_sandbox.feeds.energy import BalancingEnergy
from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal
from energy_sandbox.tokens import bearer_token
from energy_sandbox.world.calendar import Calendar, stamp_milliseconds
from energy_sandbox.world.prices import FRANCE, PriceCurve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from energy_sandbox.world.noise import Noise

_NO_SUBSCRIPTION = "no active subscription"
_OUT_OF_ORDER = "the feeds are out of order"
_ENDPOINTS: dict[str, dict[str, FeedName]] = {
    "day_ahead_prices": {"": "day-ahead"},
    "fcr_capacity": {"": "fcr-capacity"},
    "afrr_capacity": {"": "afrr-capacity"},
    "mfrr_capacity": {"": "mfrr-capacity"},
    "afrr_energy": {"": "afrr-energy"},
    "mfrr_energy": {"": "mfrr-energy"},
    "balancing_capacity": {
        "fcr": "fcr-capacity",
        "afrr": "afrr-capacity",
        "mfrr": "mfrr-capacity",
    },
    "balancing_energy": {"afrr": "afrr-energy", "mfrr": "mfrr-energy"},
}
"""Which feeds an endpoint shows, under which name; a single one is the whole answer."""
_LISTS = ("rows", "chartRows", "recentRows")


class FrenchFeeds:
    """Answers for every feed, as they stand at the clock's time."""

    def __init__(
        self,
        noise: Noise,
        token: str,
        now: Callable[[], datetime],
        behaviour: FeedBehaviour = FeedBehaviour(),  # noqa: B008 - frozen
    ) -> None:
        self._noise, self._token, self._now = noise, token, now
        self._behaviour = behaviour
        self._calendar = Calendar("Europe/Paris")
        self._curve = PriceCurve(noise, self._calendar, FRANCE)
        self._energy = BalancingEnergy(noise, self._calendar, self._curve)
        self._encoded = lru_cache(maxsize=12)(self._encode)

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each operation."""
        return {
            f"market_feeds.get_{name}": Handler(
                partial(self._answer, parts),
                headers=partial(self._headers, name.replace("_", "-"), parts),
            )
            for name, parts in _ENDPOINTS.items()
        }

    def authorise(self, authorization: str | None) -> None:
        """Let a request with the sandbox's token pass."""
        token = bearer_token(authorization)
        if token is None or not compare_digest(token.encode(), self._token.encode()):
            raise Refusal(401, _NO_SUBSCRIPTION)

    def edition(self, feed: FeedName, now: datetime) -> Edition:
        """Give what a feed shows at a time."""
        return edition(feed, self._behaviour, now)

    def answer(self, feed: FeedName, now: datetime) -> Any:  # noqa: ANN401 - JSON
        """Give the answer of a single feed at a time, as JSON values."""
        return msgspec.json.decode(self._encoded(feed, self.edition(feed, now)))

    def _headers(self, name: str, parts: Mapping[str, FeedName]) -> dict[str, str]:
        now, behaviour = self._now(), self._behaviour
        if behaviour.is_out(now):
            raise Refusal(503, _OUT_OF_ORDER)
        shown = [self.edition(feed, now) for feed in parts.values()]
        newest = max(shown, key=lambda one: one.changed)
        found = {}
        if behaviour.etags:
            found["ETag"] = f'"{"+".join(one.etag(name) for one in shown)}"'
        if behaviour.last_modified:
            found["Last-Modified"] = newest.last_modified()
        return found

    def _answer(self, parts: Mapping[str, FeedName], _: object) -> object:
        now = self._now()
        shown = {name: (feed, self.edition(feed, now)) for name, feed in parts.items()}
        bodies = {name: msgspec.Raw(self._encoded(*one)) for name, one in shown.items()}
        if "" in bodies:
            return bodies[""]
        newest = max(one.published for _, one in shown.values())
        return {"latestFetchedAtUtc": stamp_milliseconds(newest), **bodies}

    def _encode(self, feed: FeedName, shown: Edition) -> bytes:
        answer: dict[str, Any] = self._made(feed, shown)
        if shown.corrections:
            for name in _LISTS:
                if name in answer:
                    answer[name] = corrected(answer[name], shown.corrections, self._calendar)
            if answer.get("latestRow") and answer["recentRows"]:
                answer["latestRow"] = answer["recentRows"][0]
        return msgspec.json.encode(answer)

    def _made(self, feed: FeedName, shown: Edition) -> market.Row:
        day, fetched = shown.days[-1], stamp_milliseconds(shown.published)
        if feed == "day-ahead":
            return market.day_ahead_prices(self._curve, self._calendar, shown)
        if feed == "afrr-energy":
            return self._energy.afrr(day, fetched, all_steps=self._behaviour.all_steps)
        if feed == "mfrr-energy":
            return self._energy.mfrr(day, fetched)
        product = {"fcr": "FCR", "afrr": "aFRR", "mfrr": "mFRR"}[feed.partition("-")[0]]
        return market.capacity(self._noise, self._calendar, product, shown)
