"""A battery as upstream knows it now: what a simulation of its schedules needs, read at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio

from energy_async.delivery import BERLIN, QUARTER_HOUR, delivery_day, delivery_day_of
from energy_async.transport.errors import EnergyApiError
from trlyr_async.trading.deadlines import read
from trlyr_async.trading.findings import Finding
from trlyr_async.trading.planned import Commitment
from trlyr_async.trading.violations import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from energy_async.transport.client import ApiClient
    from trlyr_async.models.virtual_assets import Block, VirtualAsset
    from trlyr_async.trading.schedule import ScheduleSource
    from trlyr_async.trading.simulation import Simulation

__all__ = ["Battery", "read_battery"]

_SERIES: Final = (
    "minimumDeliverablePower",
    "maximumDeliverablePower",
    "availableEnergyDischargesTotal",
)


class Battery(NamedTuple):
    """A virtual asset with all that upstream says of it for a range of time.

    Attributes are those that `simulate` takes; None is what could not be read, and `findings` says
    so.
    """

    asset: VirtualAsset
    blocks: Sequence[Block]
    start: datetime
    end: datetime
    stored_kwh: float | None = None
    capacity: Mapping[datetime, float] | None = None
    deliverable: Mapping[datetime, tuple[float, float]] | None = None
    commitments: Sequence[Commitment] = ()
    discharges_used: float | None = None
    findings: tuple[Finding, ...] = ()

    def simulate(self, schedules: Mapping[str, ScheduleSource]) -> Simulation:
        """Follow the battery through new schedules by block id, laid over those that it has."""
        known: dict[str, Any] = self._asdict()
        del known["findings"]
        return simulate(schedules=schedules, **known)


async def read_battery(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
) -> Battery:
    """Read what a simulation needs: asset, blocks, energy, capacity, deliverable power, reserve.

    The energy at `start` is upstream's projected state of charge times the capacity at that time,
    with the schedules that it has; it is dependable for 48 hours. The shape of operational data is
    not documented: what reads otherwise is left out, which is a finding.

    Args:
        client: Sends six requests.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        start: Aware, the start of a quarter-hour.
        end: Aware, excluded.

    Raises:
        EnergyApiError: The asset or its blocks cannot be read.
    """
    path = {"organisationID": organisation_id, "virtualAssetID": virtual_asset_id}
    last = end - QUARTER_HOUR
    asset: VirtualAsset = await read(client, "virtual_assets.get_virtual_asset", path)
    whole = {"start": start, "end": last}
    blocks: list[Block] = await read(client, "virtual_assets.get_blocks", path, whole) or []
    morning = delivery_day(delivery_day_of(start, BERLIN), BERLIN).start
    queries: dict[str, dict[str, Any]] = {
        "get_energy_capacity": whole,
        "get_projected_state_of_charge": whole,
        "get_operational_data": {"start": morning, "end": last, "categories": ",".join(_SERIES)},
        "get_ancillary_results": {"start": morning, "end": end},
    }
    answers: dict[str, Any] = dict.fromkeys(queries)
    findings: list[Finding] = []

    async def ask(name: str) -> None:
        try:
            answers[name] = await read(client, f"virtual_assets.{name}", path, queries[name])
        except EnergyApiError as error:
            findings.append(_unread(name, str(error)))

    async with anyio.create_task_group() as group:
        for name in queries:
            group.start_soon(ask, name)
    energy, charge, operational, results = answers.values()
    points = () if energy is None else energy.energy_capacity_timeseries
    capacity = {point.time: point.energy_capacity.available for point in points or ()}
    series = None if operational is None else _series(operational)
    if series is None and operational is not None:
        findings.append(_unread("get_operational_data", "its shape is another one"))
    deliverable = discharges_used = None
    if series is not None:
        least, most, discharges = series
        deliverable = {at: (least[at], most[at]) for at in least if at in most}
        discharges_used = sum(value for at, value in discharges.items() if at < start)
    return Battery(
        asset,
        blocks,
        start,
        end,
        stored_kwh=_stored(charge, capacity.get(start), start),
        capacity=capacity or None,
        deliverable=deliverable,
        commitments=_sold(results or ()),
        discharges_used=discharges_used,
        findings=tuple(findings),
    )


def _unread(name: str, why: str) -> Finding:
    message = f"{name} could not be read, and what it says was not looked at: {why}"
    return Finding("not_checked", message, "try again, or look at it by hand", "info")


def _stored(answer: Any, usable: float | None, start: datetime) -> float | None:  # noqa: ANN401
    points = () if answer is None else answer.state_of_charge_percentage_timeseries
    percent = next((one.soc for one in points or () if one.time == start), None)
    return None if percent is None or usable is None else percent / 100 * usable


def _sold(groups: Any) -> list[Commitment]:  # noqa: ANN401
    """Give what was sold of FCR and aFRR capacity; aFRR energy reserves nothing by itself."""
    return [
        Commitment.of(group.product, group.delivery_day, one.accepted_capacity)
        for group in groups
        if group.market != "AFRREnergy" and group.product and group.delivery_day
        for one in group.results or ()
        if one.accepted and one.accepted_capacity
    ]


def _series(answer: Any) -> list[dict[datetime, float]] | None:  # noqa: ANN401
    """Read series by name: points of `time` and `value`, as revenue data have them."""
    try:
        return [
            {
                datetime.fromisoformat(point["time"]): float(point["value"])
                for point in answer["data"][name]
            }
            for name in _SERIES
        ]
    except (KeyError, TypeError, ValueError):
        return None
