"""A battery as upstream knows it now: what a simulation of its schedules needs, read at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

from energy_async.delivery import BERLIN, QUARTER_HOUR, delivery_day, delivery_day_of
from energy_async.transport.errors import EnergyApiError
from trlyr_async.trading.deadlines import read
from trlyr_async.trading.findings import Finding
from trlyr_async.trading.planned import Commitment
from trlyr_async.trading.schedule_check import inspect_schedule
from trlyr_async.trading.simulation import Simulation, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from energy_async.delivery import Interval
    from energy_async.transport.client import ApiClient
    from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset
    from trlyr_async.trading.schedule import ScheduleSource

__all__ = ["Battery", "read_battery"]


class Battery(NamedTuple):
    """A virtual asset with all that upstream says of it for a range of time.

    Attributes:
        asset: The asset.
        blocks: All its blocks, with their schedules.
        start: Start of the range, a quarter-hour.
        end: End of the range, excluded.
        stored_kwh: Energy that is projected to be there at `start`; None if it could not be read.
        capacity: Usable kWh by quarter-hour.
        deliverable: kW (minimum, maximum) by quarter-hour; None if it could not be read.
        commitments: FCR and aFRR capacity that was sold.
        discharges_used: Available energy discharges of the first delivery day before `start`.
        findings: What could not be read, and so is not checked.
    """

    asset: VirtualAsset
    blocks: Sequence[Block]
    start: datetime
    end: datetime
    stored_kwh: float | None
    capacity: Mapping[datetime, float]
    deliverable: Mapping[datetime, tuple[float, float]] | None
    commitments: Sequence[Commitment]
    discharges_used: float | None
    findings: tuple[Finding, ...]

    def simulate(self, schedules: Mapping[str, ScheduleSource]) -> Simulation:
        """Follow the battery through new schedules by block id, laid over those that it has."""
        return simulate(
            self.asset,
            self.blocks,
            schedules,
            stored_kwh=self.stored_kwh,
            start=self.start,
            end=self.end,
            commitments=self.commitments,
            capacity=self.capacity or None,
            deliverable=self.deliverable,
            discharges_used=self.discharges_used,
        )

    def check(
        self,
        block: Block,
        points: Sequence[SchedulePoint],
        *,
        period: Interval | date | None = None,
        now: datetime | None = None,
    ) -> tuple[Finding, ...]:
        """Do what `check_schedule` does, with all that is known here."""

        def follow(points: Sequence[SchedulePoint]) -> Simulation:
            return self.simulate({block.id or "": list(points)})

        found = inspect_schedule(points, self.asset, block, period, now, follow)
        return (*found, *self.findings)


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
    span = {"start": start, "end": last}
    blocks: list[Block] = await read(client, "virtual_assets.get_blocks", path, span) or []
    morning = delivery_day(delivery_day_of(start, BERLIN), BERLIN).start
    names = "minimumDeliverablePower", "maximumDeliverablePower", "availableEnergyDischargesTotal"
    queries: dict[str, dict[str, Any]] = {
        "get_energy_capacity": span,
        "get_projected_state_of_charge": span,
        "get_operational_data": {"start": morning, "end": last, "categories": ",".join(names)},
        "get_ancillary_results": {"start": morning, "end": end},
    }
    answers: dict[str, Any] = {}
    findings: list[Finding] = []

    async def ask(name: str) -> None:
        try:
            answers[name] = await read(client, f"virtual_assets.{name}", path, queries[name])
        except EnergyApiError as error:
            answers[name] = None
            findings.append(_unread(name, str(error)))

    async with anyio.create_task_group() as group:
        for name in queries:
            group.start_soon(ask, name)
    energy, charge, operational, results = (answers[name] for name in queries)
    points = () if energy is None else energy.energy_capacity_timeseries
    capacity = {point.time: point.energy_capacity.available for point in points or ()}
    series = None if operational is None else _series(operational, names)
    if series is None and operational is not None:
        findings.append(_unread("get_operational_data", "its shape is another one"))
    least, most, discharges = series or ({}, {}, {})
    used = sum(value for at, value in discharges.items() if at < start)
    deliverable = {at: (least[at], most[at]) for at in least if at in most}
    return Battery(
        asset=asset,
        blocks=blocks,
        start=start,
        end=end,
        stored_kwh=_stored(charge, capacity.get(start), start),
        capacity=capacity,
        deliverable=None if series is None else deliverable,
        commitments=_sold(results or ()),
        discharges_used=None if series is None else used,
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


def _series(answer: Any, names: Sequence[str]) -> list[dict[datetime, float]] | None:  # noqa: ANN401
    """Read series by name: points of `time` and `value`, as revenue data have them."""
    try:
        return [
            {
                datetime.fromisoformat(point["time"]): float(point["value"])
                for point in answer["data"][name]
            }
            for name in names
        ]
    except (KeyError, TypeError, ValueError):
        return None
