"""Physical assets: their facts, metadata, schedule, logbook and EEX notifications.

Little is known of their shapes. Objects that are sent are kept as they came, with an `id` and a
`createdAt` added where they are new; a schedule is laid out as that of a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api_sandbox.areas.blocks import AHEAD, BACK
from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal
from api_sandbox.reading import moment, period_around, quarters
from api_sandbox.state.schedules import Limits, check_points
from api_sandbox.world.calendar import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api_sandbox.state.registry import Object, PhysicalAsset
    from api_sandbox.state.state import State
    from api_sandbox.validation import Call

ASSETS: Final = "/physical-assets"
ASSET: Final = f"{ASSETS}/{{physicalAssetID}}"


class PhysicalAssets:
    """The operations of physical assets but for unavailabilities and bids."""

    def __init__(self, state: State) -> None:
        self._state, self._registry = state, state.registry

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        answers: dict[str, Callable[[Call, PhysicalAsset], object]] = {
            f"GET {ASSET}": lambda _, asset: asset.facts,
            f"PATCH {ASSET}": self._change,
            f"GET {ASSET}/metadata/{{category}}": self._metadata,
            f"PUT {ASSET}/metadata/{{category}}": self._set_metadata,
            f"DELETE {ASSET}/metadata/{{category}}": self._delete_metadata,
            f"GET {ASSET}/schedule": self._schedule,
            f"PUT {ASSET}/schedule": self._set_schedule,
            f"GET {ASSET}/logbook": lambda call, asset: self._entries(call, asset.logbook),
            f"POST {ASSET}/logbook": lambda call, asset: self._enter(call, asset.logbook),
            f"GET {ASSET}/eex-notifications": (
                lambda call, asset: self._entries(call, asset.notifications)
            ),
            f"POST {ASSET}/eex-notifications": (
                lambda call, asset: self._enter(call, asset.notifications)
            ),
        }
        return {
            f"GET {ASSETS}/health": Handler(lambda _: None),
            f"GET {ASSETS}": Handler(lambda _: [asset.facts for asset in self._registry.all()]),
            f"POST {ASSETS}": Handler(self._create),
            **{route: physical(self._state, answer) for route, answer in answers.items()},
        }

    def _create(self, call: Call) -> object:
        return self._registry.create(call.body, self._state.now()).facts

    def _change(self, call: Call, asset: PhysicalAsset) -> object:
        self._registry.change(asset, call.body, self._state.now())
        return asset.facts

    def _metadata(self, call: Call, asset: PhysicalAsset) -> Object:
        category = str(call.path["category"])
        if category not in asset.metadata:
            raise Refusal(404, f"no metadata of category {category!r}")
        return asset.metadata[category]

    def _set_metadata(self, call: Call, asset: PhysicalAsset) -> object:
        asset.metadata[str(call.path["category"])] = call.body
        return call.body

    def _delete_metadata(self, call: Call, asset: PhysicalAsset) -> None:
        self._metadata(call, asset)
        del asset.metadata[str(call.path["category"])]

    def _schedule(self, call: Call, asset: PhysicalAsset) -> object:
        """Give the asset's own schedule where it has one, else that of the block it stands for."""
        state = self._state
        own = state.schedules.of(asset.id)
        block = state.storage.scheduled(asset.battery) if asset.battery else {}
        period = period_around(call, state.now(), BACK, AHEAD)
        points = [
            {"power": own.get(second, block.get(second, 0)), "time": stamp(second)}
            for second in quarters(period)
        ]
        return {"schedule": points, "unitsPower": "kW"}

    def _set_schedule(self, call: Call, asset: PhysicalAsset) -> None:
        """Check points as those of a block; their effect ends with the schedule that is read."""
        listed = call.body.get("schedule")
        if not isinstance(listed, list) or not all(isinstance(point, dict) for point in listed):
            raise Refusal(400, "request body: expected `schedule`, a list of `time` and `power`")
        points = check_points(listed, self._limits(asset), self._state.now())
        self._state.schedules.update(asset.id, points)

    def _limits(self, asset: PhysicalAsset) -> Limits:
        if asset.battery is not None:
            return self._state.limits(asset.battery)
        return Limits(0, 2**40, lambda _: (float("inf"), float("inf")))

    def _enter(self, call: Call, entries: list[Object]) -> object:
        entry = self._registry.stamped("entry", call.body, self._state.now())
        entries.append(entry)
        return entry

    def _entries(self, call: Call, entries: list[Object]) -> object:
        """Give the entries made within the range, all of them without one."""
        query: dict[str, Any] = dict(call.query)
        start, end = (
            moment(f"query parameter {name!r}", query[name]) if name in query else None
            for name in ("start", "end")
        )
        return [
            entry
            for entry in entries
            if (start is None or start <= entry["createdAt"])
            and (end is None or entry["createdAt"] <= end)
        ]


def physical(state: State, answer: Callable[[Call, PhysicalAsset], object]) -> Handler:
    """Build a handler that gets the physical asset which a call names."""
    return Handler(
        lambda call: answer(call, state.registry.find(str(call.path["physicalAssetID"])))
    )
