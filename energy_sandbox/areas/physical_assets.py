"""Physical assets: facts, metadata, schedule, logbook, EEX notifications, unavailabilities.

Little is known of their shapes. Objects that are sent are kept as they came, with an `id` and a
`createdAt` added where they are new; a schedule is laid out as that of a block.
"""

from __future__ import annotations

from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Final

from energy_sandbox.areas.blocks import AHEAD, BACK
from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal
from energy_sandbox.reading import moment, period_around, quarters
from energy_sandbox.state.schedules import Limits, check_points
from energy_sandbox.world.calendar import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_sandbox.state.registry import Object, PhysicalAsset
    from energy_sandbox.state.state import State
    from energy_sandbox.validation import Call

_OUTAGES_BACK, _OUTAGES_AHEAD = timedelta(days=30), timedelta(days=365)
"""What a call for unavailabilities is about without a range."""


def _all(state: State, _: Call) -> object:
    return [asset.facts for asset in state.registry.all()]


def _create(state: State, call: Call) -> object:
    return state.registry.create(call.body, state.now()).facts


def _one(state: State, call: Call) -> object:
    return state.physical(call).facts


def _change(state: State, call: Call) -> object:
    asset = state.physical(call)
    state.registry.change(asset, call.body, state.now())
    return asset.facts


def _metadata(state: State, call: Call) -> Object:
    asset, category = state.physical(call), call.path["category"]
    if category not in asset.metadata:
        raise Refusal(404, f"no metadata of category {category!r}")
    return asset.metadata[category]


def _set_metadata(state: State, call: Call) -> object:
    state.physical(call).metadata[call.path["category"]] = call.body
    return call.body


def _delete_metadata(state: State, call: Call) -> None:
    _metadata(state, call)
    del state.physical(call).metadata[call.path["category"]]


def _schedule(state: State, call: Call) -> object:
    """Give the asset's own schedule where it has one, else that of the block it stands for."""
    asset = state.physical(call)
    own = state.schedules.of(asset.id)
    block = state.storage.scheduled(asset.battery) if asset.battery else {}
    points = [
        {"power": own.get(second, block.get(second, 0)), "time": stamp(second)}
        for second in quarters(period_around(call, state.now(), BACK, AHEAD))
    ]
    return {"schedule": points, "unitsPower": "kW"}


def _set_schedule(state: State, call: Call) -> None:
    """Check points as those of a block; their effect ends with the schedule that is read."""
    asset, listed = state.physical(call), call.body.get("schedule")
    if not isinstance(listed, list) or not all(isinstance(point, dict) for point in listed):
        raise Refusal(400, "request body: expected `schedule`, a list of `time` and `power`")
    limits = Limits(0, 2**40, lambda _: (inf, inf))
    if asset.battery is not None:
        limits = state.limits(asset.battery)
    state.schedules.update(asset.id, check_points(listed, limits, state.now()))


def _entries(of: Callable[[PhysicalAsset], list[Object]]) -> tuple[Handler, Handler]:
    """Build the handlers that read a list (within a range, if one is given) and that add to it."""

    def read(state: State, call: Call) -> object:
        start, end = (
            moment(f"query parameter {name!r}", call.query[name]) if name in call.query else None
            for name in ("start", "end")
        )
        return [
            entry
            for entry in of(state.physical(call))
            if (start is None or start <= entry["createdAt"])
            and (end is None or entry["createdAt"] <= end)
        ]

    def add(state: State, call: Call) -> object:
        entries, entry = of(state.physical(call)), state.registry.stamped
        entries.append(entry("entry", call.body, state.now()))
        return entries[-1]

    return Handler(read), Handler(add)


def _outages(state: State, call: Call) -> object:
    asset = state.physical(call)
    period = period_around(call, state.now(), _OUTAGES_BACK, _OUTAGES_AHEAD)
    return [each.answer() for each in state.outages.within(asset.id, period)]


def _announce(state: State, call: Call) -> object:
    return state.outages.announce(state.physical(call).id, call.body).answer()


def _outage(state: State, call: Call) -> object:
    return state.outages.find(*_outage_ids(state, call)).answer()


def _replace_outage(state: State, call: Call) -> object:
    return state.outages.replace(*_outage_ids(state, call), call.body).answer()


def _withdraw_outage(state: State, call: Call) -> None:
    state.outages.withdraw(*_outage_ids(state, call))


def _outage_ids(state: State, call: Call) -> tuple[str, str]:
    return state.physical(call).id, call.path["unavailabilityID"].lower()


_read_logbook, _enter = _entries(lambda asset: asset.logbook)
_read_notifications, _notify = _entries(lambda asset: asset.notifications)
HANDLERS: Final = {
    "physical_assets.get_health": Handler(lambda _, __: None),
    "physical_assets.get_physical_assets": Handler(_all),
    "physical_assets.create_physical_asset": Handler(_create),
    "physical_assets.get_physical_asset": Handler(_one),
    "physical_assets.update_physical_asset": Handler(_change),
    "physical_assets.get_metadata": Handler(_metadata),
    "physical_assets.update_metadata": Handler(_set_metadata),
    "physical_assets.delete_metadata": Handler(_delete_metadata),
    "physical_assets.get_schedule": Handler(_schedule),
    "physical_assets.update_schedule": Handler(_set_schedule),
    "physical_assets.get_logbook_entries": _read_logbook,
    "physical_assets.create_logbook_entry": _enter,
    "physical_assets.get_eex_notifications": _read_notifications,
    "physical_assets.create_eex_notification": _notify,
    "physical_assets.get_unavailabilities": Handler(_outages),
    "physical_assets.create_unavailability": Handler(_announce),
    "physical_assets.get_unavailability": Handler(_outage),
    "physical_assets.update_unavailability": Handler(_replace_outage),
    "physical_assets.delete_unavailability": Handler(_withdraw_outage),
}
