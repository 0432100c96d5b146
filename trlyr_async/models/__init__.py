"""Structs of the answers and bodies, one module for each area; each is loaded when it is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from trlyr_async.models import (
        auctions,
        auth,
        monitoring,
        physical_assets,
        revenue_reporting,
        virtual_assets,
    )

__all__ = [
    "auctions",
    "auth",
    "monitoring",
    "physical_assets",
    "revenue_reporting",
    "virtual_assets",
]


if not TYPE_CHECKING:  # a checker sees the names above, and no others

    def __getattr__(name: str) -> "ModuleType":
        """Load an area's module at its first use."""
        if name in __all__:
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The areas, whether loaded or not."""
    return sorted([*globals(), *__all__])
