"""The warning that an operation rests on a guess."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FrameType

    from energy_async.transport.request import Operation

__all__ = ["ProvisionalEndpointWarning", "warn_once", "warned"]

_OURS: Final = ("energy_async.", "trlyr_async.", "nanocorp_async.")
_ON_THE_WAY: Final = (
    "energy_async.transport.",
    "trlyr_async._generated.",
    "nanocorp_async._generated.",
    "nanocorp_async._client",
)

warned: Final[set[str]] = set()
"""Names of the operations that this process has warned about."""


class ProvisionalEndpointWarning(UserWarning):
    """The path of this operation has not been read anywhere; it follows its siblings."""


def warn_once(operation: Operation[Any], *, for_caller: bool = False) -> None:
    """Warn at the first call of a provisional operation in this process, at the caller's line.

    What a function of this library calls on its own account warns nobody, unless that function
    warns `for_caller`, who has chosen the operation. The command line calls for its user. Where
    warnings are made errors, each call is refused and not only the first.
    """
    if operation.name in warned:
        return
    level, frame = 2, sys._getframe(1)  # noqa: SLF001 - all there is
    passed = _OURS if for_caller else _ON_THE_WAY
    while frame.f_back is not None and _module(frame).startswith(passed):
        level, frame = level + 1, frame.f_back
    if _module(frame).startswith(_OURS) and ".cli." not in _module(frame):
        return
    warnings.warn(
        f"{operation.name} ({operation.method} {operation.path}) is provisional: upstream promises"
        " it, but its path has not been read anywhere; it follows its siblings and may be wrong.",
        ProvisionalEndpointWarning,
        stacklevel=level,
    )
    warned.add(operation.name)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
