"""Names of a package that are loaded when they are first used, since importing must cost little."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["COMMON", "loader"]

COMMON: Mapping[str, Iterable[str]] = {
    "energy_async.blocking": ["sync"],
    "energy_async.transport.aiohttp_backend": ["AiohttpBackend"],
    "energy_async.transport.errors": [
        "BadRequest", "ClientClosed", "Conflict", "ConnectError", "ConnectionBroken",
        "DeadlineExceeded", "DecodeFailed", "EnergyApiError", "Forbidden", "LoginFailed",
        "NotFound", "NotSubscribed", "OperationNotFound", "OutcomeUnknown", "RateLimited",
        "RequestTimeout", "ResponseTooLarge", "ServerError", "StatusError", "TransportError",
        "Unauthorized",
    ],
    "energy_async.transport.httpx_backend": ["Httpx2Backend", "HttpxBackend"],
    "energy_async.transport.options": ["Timeouts"],
    "energy_async.transport.provisional": ["ProvisionalEndpointWarning"],
}  # fmt: skip
"""What every package offers, by module."""


def loader(
    package: str, modules: Mapping[str, Iterable[str]], submodules: Iterable[str] = ()
) -> Callable[[str], object]:
    """Give the `__getattr__` of a package.

    Args:
        package: Its `__name__`.
        modules: The names that each module has to give, beside those of `COMMON`.
        submodules: Modules of the package that are names of it themselves.
    """
    found = {name: where for where, names in {**COMMON, **modules}.items() for name in names}

    def load(name: str) -> object:
        if name in submodules:
            return import_module(f"{package}.{name}")
        if name not in found:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        value: object = getattr(import_module(found[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
