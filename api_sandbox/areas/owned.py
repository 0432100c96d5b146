"""Handlers below one virtual asset of one organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api_sandbox.handling import Handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from api_sandbox.state.state import State
    from api_sandbox.validation import Call
    from api_sandbox.world.fleet import Battery

ASSETS: Final = "/organisations/{organisationID}/virtual-assets"
ASSET: Final = f"{ASSETS}/{{virtualAssetID}}"


def owned(
    state: State, answer: Callable[[Call, Battery], object], *, slow: bool = False
) -> Handler:
    """Build a handler that gets the virtual asset, once it is known to be one's own."""

    def checked(call: Call) -> object:
        state.check_organisation(call)
        return answer(call, state.battery(call))

    return Handler(checked, slow=slow)
