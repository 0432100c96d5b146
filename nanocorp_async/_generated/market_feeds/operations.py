# Do not edit: `python -m codegen build`, specs/nanocorp/market-feeds.json sha256:da9507870749
"""Endpoint functions of the French electricity market feeds."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Unpack

from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from nanocorp_async._generated.market_feeds.models import (
    AfrrCapacity,
    AfrrEnergy,
    BalancingCapacity,
    BalancingEnergy,
    DayAheadPrices,
    FcrCapacity,
    MfrrCapacity,
    MfrrEnergy,
)

__all__ = [
    "OPERATIONS",
    "get_afrr_capacity",
    "get_afrr_energy",
    "get_balancing_capacity",
    "get_balancing_energy",
    "get_day_ahead_prices",
    "get_fcr_capacity",
    "get_mfrr_capacity",
    "get_mfrr_energy",
]

_GET_AFRR_CAPACITY: Final = Operation[AfrrCapacity](
    name="market_feeds.get_afrr_capacity",
    method="GET",
    path="/api/afrr-capacity",
    returns=AfrrCapacity,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_AFRR_ENERGY: Final = Operation[AfrrEnergy](
    name="market_feeds.get_afrr_energy",
    method="GET",
    path="/api/afrr-energy",
    returns=AfrrEnergy,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_BALANCING_CAPACITY: Final = Operation[BalancingCapacity](
    name="market_feeds.get_balancing_capacity",
    method="GET",
    path="/api/balancing-capacity",
    returns=BalancingCapacity,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_BALANCING_ENERGY: Final = Operation[BalancingEnergy](
    name="market_feeds.get_balancing_energy",
    method="GET",
    path="/api/balancing-energy",
    returns=BalancingEnergy,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_DAY_AHEAD_PRICES: Final = Operation[DayAheadPrices](
    name="market_feeds.get_day_ahead_prices",
    method="GET",
    path="/api/day-ahead-prices",
    returns=DayAheadPrices,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_FCR_CAPACITY: Final = Operation[FcrCapacity](
    name="market_feeds.get_fcr_capacity",
    method="GET",
    path="/api/fcr-capacity",
    returns=FcrCapacity,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_MFRR_CAPACITY: Final = Operation[MfrrCapacity](
    name="market_feeds.get_mfrr_capacity",
    method="GET",
    path="/api/mfrr-capacity",
    returns=MfrrCapacity,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)
_GET_MFRR_ENERGY: Final = Operation[MfrrEnergy](
    name="market_feeds.get_mfrr_energy",
    method="GET",
    path="/api/mfrr-energy",
    returns=MfrrEnergy,
    repeatable=True,
    provenance="documented",
    client="Nanocorp",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "get_afrr_capacity": _GET_AFRR_CAPACITY,
    "get_afrr_energy": _GET_AFRR_ENERGY,
    "get_balancing_capacity": _GET_BALANCING_CAPACITY,
    "get_balancing_energy": _GET_BALANCING_ENERGY,
    "get_day_ahead_prices": _GET_DAY_AHEAD_PRICES,
    "get_fcr_capacity": _GET_FCR_CAPACITY,
    "get_mfrr_capacity": _GET_MFRR_CAPACITY,
    "get_mfrr_energy": _GET_MFRR_ENERGY,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def get_afrr_capacity(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> AfrrCapacity:
    """Fetch aFRR capacity of France.

    The price is in EUR/MW, but the period it is for (15 minutes, hour, block, day) is not
    documented: never multiply it by a duration on a guess. Volumes are in MW; times are aware and
    in UTC.

    The page describes this feed only as a part of `/api/balancing-capacity`, which repeats it.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_AFRR_CAPACITY)
    return await client.send(request, **options)


async def get_afrr_energy(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> AfrrEnergy:
    """Fetch aFRR energy of France: 4-second steps and 5-minute buckets.

    Prices are in EUR/MWh, volumes in MW; times are aware and in UTC. Missing is None, never zero.

    The page describes this feed only as a part of `/api/balancing-energy`, which repeats it.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_AFRR_ENERGY)
    return await client.send(request, **options)


async def get_balancing_capacity(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> BalancingCapacity:
    """Fetch FCR, aFRR and mFRR capacity of France in one answer.

    The price is in EUR/MW, but the period it is for (15 minutes, hour, block, day) is not
    documented: never multiply it by a duration on a guess. Volumes are in MW; times are aware and
    in UTC.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        NotSubscribed: 401 No active subscription.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_BALANCING_CAPACITY)
    return await client.send(request, **options)


async def get_balancing_energy(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> BalancingEnergy:
    """Fetch aFRR and mFRR energy of France in one answer.

    Prices are in EUR/MWh, volumes in MW; times are aware and in UTC. For mFRR a zero price or
    volume may stand for no activation; it is passed on as it came.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        NotSubscribed: 401 No active subscription.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_BALANCING_ENERGY)
    return await client.send(request, **options)


async def get_day_ahead_prices(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> DayAheadPrices:
    """Fetch the day-ahead prices of France, by quarter-hour.

    Prices are in EUR/MWh; times are aware and in UTC; `latest_date` and `earliest_date` are
    delivery days in Paris. The window is upstream's choice: the feed takes no dates.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_DAY_AHEAD_PRICES)
    return await client.send(request, **options)


async def get_fcr_capacity(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> FcrCapacity:
    """Fetch FCR capacity of France.

    The price is in EUR/MW, but the period it is for (15 minutes, hour, block, day) is not
    documented: never multiply it by a duration on a guess. Volumes are in MW; times are aware and
    in UTC.

    The page describes this feed only as a part of `/api/balancing-capacity`, which repeats it.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_FCR_CAPACITY)
    return await client.send(request, **options)


async def get_mfrr_capacity(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> MfrrCapacity:
    """Fetch mFRR capacity of France.

    The price is in EUR/MW, but the period it is for (15 minutes, hour, block, day) is not
    documented: never multiply it by a duration on a guess. Volumes are in MW; times are aware and
    in UTC.

    The page describes this feed only as a part of `/api/balancing-capacity`, which repeats it.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_MFRR_CAPACITY)
    return await client.send(request, **options)


async def get_mfrr_energy(
    client: ApiClient[Literal["Nanocorp"]], **options: Unpack[CallOptions]
) -> MfrrEnergy:
    """Fetch mFRR energy of France, by quarter-hour.

    Prices are in EUR/MWh, volumes in MW; times are aware and in UTC. A zero price or volume may
    stand for no activation; it is passed on as it came.

    The page describes this feed only as a part of `/api/balancing-energy`, which repeats it.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://energysignal.fr/en/api-docs (read 2026-11-21)
    """
    request = Request(_GET_MFRR_ENERGY)
    return await client.send(request, **options)
