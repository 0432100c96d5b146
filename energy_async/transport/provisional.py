"""The warning that an operation rests on a guess."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from energy_async.transport.request import Operation

__all__ = ["ProvisionalEndpointWarning", "warn_once", "warned"]

warned: Final[set[str]] = set()
"""Names of the operations that this process has warned about."""


class ProvisionalEndpointWarning(UserWarning):
    """The path of this operation has not been read anywhere; it follows its siblings."""


def warn_once(operation: Operation[Any], *, stacklevel: int) -> None:
    """Warn at the first call of a provisional operation in this process."""
    if operation.name in warned:
        return
    warned.add(operation.name)
    warnings.warn(
        f"{operation.name} ({operation.method} {operation.path}) is provisional: upstream promises"
        " it, but its path has not been read anywhere; it follows its siblings and may be wrong.",
        ProvisionalEndpointWarning,
        stacklevel=stacklevel + 1,
    )
