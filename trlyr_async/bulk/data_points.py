"""Revenue data points in long form: one row for each subject, time and category."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, cast, get_args

import msgspec
from msgspec import Meta

from energy_async.bulk import Source
from energy_async.bulk.rows import LONGEST
from energy_async.bulk.source import readable
from energy_async.model import AwareDatetime  # noqa: TC001 - field types are resolved at run time
from trlyr_async import revenue_reporting
from trlyr_async.models.revenue_reporting import DATA_POINT_CATEGORY_UNITS, Resolution

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from energy_async.bulk import Manifest, Window
    from energy_async.transport.client import ApiClient
    from trlyr_async.models.revenue_reporting import (
        DataPointCategory,
        RevenueDataPoints,
    )

Subject: TypeAlias = Literal["virtual_asset", "portfolio", "fleet", "physical_asset"]
"""What data points are about."""

TOTAL: Final = "revenue_total_revenue"
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    TOTAL: (
        "revenue_wholesale",
        "revenue_fcr",
        "revenue_afrr_capacity",
        "revenue_afrr_energy",
        "revenue_tolling",
        "revenue_vba",
    ),
    "revenue_afrr_energy": ("revenue_afrr_energy_pos", "revenue_afrr_energy_neg"),
}
"""Which categories (EUR) add up to which."""
_CONTENT: Final = "terralayr revenue data points: "
_ALL: Final = "all categories"
_PERIODS: Final = {"15-minute": timedelta(minutes=15), "hourly": timedelta(hours=1)}
_FETCHERS: Final[dict[str, Callable[..., Awaitable[RevenueDataPoints]]]] = {
    "virtual_asset": revenue_reporting.get_virtual_asset_data_points,
    "portfolio": revenue_reporting.get_portfolio_data_points,
    "fleet": revenue_reporting.get_fleet_data_points,
    "physical_asset": revenue_reporting.get_physical_asset_data_points,
}


class DataPointRow(msgspec.Struct, frozen=True, gc=False):
    """One data point.

    Attributes:
        start: Start of its period, aware and in UTC.
        category: What the value is; see `DataPointCategory`.
        value: In `unit`; None means not told, never zero.
        unit: What the answer says, else what is documented of the category; None if neither does.
    """

    start: Annotated[AwareDatetime | None, Meta(description="Start of the period.")]
    category: Annotated[str, Meta(description="What the value is.")]
    value: Annotated[float | None, Meta(description="In the unit of its row; null means not told.")]
    unit: Annotated[str | None, Meta(description="Unit of the value.")]


def data_points(
    subject: Subject,
    resolution: str,
    *,
    categories: Iterable[DataPointCategory] | None = None,
) -> Source[DataPointRow]:
    """The data points of virtual assets, portfolios, fleets or physical assets, to be pulled.

    A dataset of it has the columns `subject_id`, `start` (UTC), `category`, `value` and `unit`.
    The operations are provisional: their paths have not been read anywhere.

    Args:
        subject: What the identifiers of the pull are.
        resolution: `raw`, `15-minute`, `hourly` or `daily`.
        categories: Which ones; by default all that upstream has.

    Raises:
        ValueError: There is no such subject or resolution.
        TypeError: `categories` is a single text.
    """
    if subject not in _FETCHERS:
        raise ValueError(f"no subject {subject!r}; there are {', '.join(_FETCHERS)}")
    if resolution not in (known := get_args(Resolution)):
        raise ValueError(f"no resolution {resolution!r}; there are {', '.join(known)}")
    if isinstance(categories, str):
        raise TypeError(f"categories must be several names, such as [{categories!r}]")
    ask, chosen = _FETCHERS[subject], None if categories is None else sorted(set(categories))

    margin = _PERIODS.get(resolution, LONGEST)

    async def fetch(client: ApiClient, window: Window) -> list[DataPointRow]:
        answer = await ask(
            client,
            window.asset_id,
            cast("Resolution", resolution),
            start=window.start - margin,
            end=window.end + margin,
            datapoints=chosen,
            lane="bulk",
        )
        with readable():
            return rows_of(answer)

    which = _ALL if chosen is None else ", ".join(chosen)
    return Source(
        content=f"{_CONTENT}{which}",
        streams=(f"{subject}_{resolution}",),
        fetch=fetch,
        row=DataPointRow,
        subject="subject_id",
        texts=("category", "unit"),
        start_of=attrgetter("start"),
        key_of=attrgetter("category"),
        key_columns=("category",),
        zone="Europe/Berlin",
        operations={
            f"{subject}_{resolution}": revenue_reporting.OPERATIONS[f"get_{subject}_data_points"]
        },
    )


def is_points(manifest: Manifest) -> bool:
    """Whether the rows of a dataset are data points."""
    return manifest.content.startswith(_CONTENT)


def has_category(manifest: Manifest, category: str) -> bool:
    """Whether a dataset of data points was asked for a category."""
    asked = manifest.content.removeprefix(_CONTENT)
    return is_points(manifest) and (asked == _ALL or category in asked.split(", "))


def rows_of(answer: RevenueDataPoints) -> list[DataPointRow]:
    """Give the points of an answer, each with the unit of its category."""
    told = {one.data_point_name: one.unit for one in answer.meta_data or () if one.unit}
    return [
        DataPointRow(point.time, category, point.value, unit)
        for category, points in (answer.data or {}).items()
        for unit in [told.get(category) or DATA_POINT_CATEGORY_UNITS.get(category)]
        for point in points
    ]
