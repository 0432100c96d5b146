"""Unavailabilities of physical assets; those of the seed are among them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from api_sandbox.areas.physical_assets import ASSET, physical
from api_sandbox.reading import period_around

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.handling import Handler
    from api_sandbox.state.registry import PhysicalAsset
    from api_sandbox.state.state import State
    from api_sandbox.validation import Call

_BACK, _AHEAD = timedelta(days=30), timedelta(days=365)
"""What a call without a range is about."""
_ALL: Final = f"{ASSET}/unavailability"
_ONE: Final = f"{_ALL}/{{unavailabilityID}}"


class Unavailabilities:
    """The operations of unavailabilities."""

    def __init__(self, state: State) -> None:
        self._state, self._outages = state, state.outages

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        answers = {
            f"GET {_ALL}": self._all,
            f"POST {_ALL}": self._announce,
            f"GET {_ONE}": self._one,
            f"PUT {_ONE}": self._replace,
            f"DELETE {_ONE}": self._withdraw,
        }
        return {route: physical(self._state, answer) for route, answer in answers.items()}

    def _all(self, call: Call, asset: PhysicalAsset) -> object:
        period = period_around(call, self._state.now(), _BACK, _AHEAD)
        return [each.answer() for each in self._outages.within(asset.id, period)]

    def _announce(self, call: Call, asset: PhysicalAsset) -> object:
        return self._outages.announce(asset.id, call.body).answer()

    def _one(self, call: Call, asset: PhysicalAsset) -> object:
        return self._outages.find(asset.id, _id(call)).answer()

    def _replace(self, call: Call, asset: PhysicalAsset) -> object:
        return self._outages.replace(asset.id, _id(call), call.body).answer()

    def _withdraw(self, call: Call, asset: PhysicalAsset) -> None:
        self._outages.withdraw(asset.id, _id(call))


def _id(call: Call) -> str:
    return str(call.path["unavailabilityID"]).lower()
