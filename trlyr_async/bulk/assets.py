"""What is known of the assets of a dataset, written beside its rows: power, life, portfolio."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

import msgspec

from energy_async.bulk import Manifest, asset_key
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.fill import in_thread
from energy_async.delivery import Interval
from energy_async.storage import Change, DatasetMismatch
from trlyr_async.models.virtual_assets import VirtualAsset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from energy_async.bulk import PlaceLike, Plan, Source
    from energy_async.storage import Snapshot
    from energy_async.transport.client import ApiClient

Assets: TypeAlias = "Iterable[str | UUID | VirtualAsset]"
"""Virtual assets: their ids, or the structs of `get_virtual_assets`, whose facts are kept."""
_NOTE: Final = "assets"
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_KW_PER_MW: Final = 1000


class AssetFacts(msgspec.Struct, frozen=True):
    """What is known of assets, by id.

    Attributes:
        mean_rated_mw: The mean of rated charge and discharge power in MW.
        lives: From when to when each is in service; the end does not belong to it.
        portfolios: The id of the portfolio that each belongs to.
    """

    mean_rated_mw: dict[str, float] = {}
    lives: dict[str, tuple[datetime, datetime]] = {}
    portfolios: dict[str, str] = {}

    def life(self, asset_id: str) -> Interval:
        """When an asset is in service; always, if nothing is known."""
        return Interval(*self.lives.get(asset_id, _EVER))

    def __or__(self, newer: AssetFacts) -> AssetFacts:
        """What both know; where they differ, what `newer` says."""
        return AssetFacts(
            *(getattr(self, name) | getattr(newer, name) for name in self.__struct_fields__)
        )


def mean_mw(asset: VirtualAsset) -> float | None:
    """Give the mean of rated charge and discharge power in MW; None if either is not known."""
    powers = asset.rated_charge_power, asset.rated_discharge_power
    if None in powers or asset.units_power not in {"kW", None}:
        return None
    return sum(one for one in powers if one is not None) / len(powers) / _KW_PER_MW


def facts_of(assets: Assets) -> AssetFacts:
    """Take from assets what is known of them; a mere id says nothing."""
    named = [(asset_key(one.id), one) for one in assets if isinstance(one, VirtualAsset) and one.id]
    return AssetFacts(
        {key: mw for key, one in named if (mw := mean_mw(one))},
        {
            key: (one.start or _EVER[0], one.end or _EVER[1])
            for key, one in named
            if one.start or one.end
        },
        {key: one.portfolio_id for key, one in named if one.portfolio_id},
    )


def ids_of(assets: Assets) -> list[str | UUID]:
    """Give the ids of assets.

    Raises:
        ValueError: An asset has none.
        TypeError: It is a single one.
    """
    if isinstance(assets, (str, UUID, VirtualAsset)):
        raise TypeError("asset_ids must be several identifiers, such as a list, not a single one")
    ids = [one.id if isinstance(one, VirtualAsset) else one for one in assets]
    if None in ids:
        raise ValueError("a virtual asset without an id cannot be asked about")
    return [one for one in ids if one is not None]


def facts_in(dataset: Dataset, snapshot: Snapshot) -> AssetFacts:
    """Read what a dataset knows of its assets; nothing if that cannot be read."""
    try:
        return snapshot.note(_NOTE, AssetFacts) or AssetFacts()
    except msgspec.MsgspecError as exc:
        raise DatasetMismatch(f"{dataset}: what it notes of its assets is damaged: {exc}") from exc


def describe_assets(place: PlaceLike, assets: Assets | AssetFacts) -> None:
    """Write beside the rows of a dataset what is known of its assets; blocks.

    A pull that is given `VirtualAsset`s does so itself, before its first window.

    Raises:
        DatasetMissing: There is no dataset.
        WriteFailed: The disk or the store refuses.
    """
    known = assets if isinstance(assets, AssetFacts) else facts_of(assets)
    dataset = Dataset(place)

    def build(snapshot: Snapshot, _at: datetime) -> Change | None:
        before = facts_in(dataset, snapshot)
        after = before | known
        return Change(notes={_NOTE: after}) if after != before else None

    dataset.load()
    dataset.table.commit(build)


async def prepare(
    client: ApiClient, place: PlaceLike, source: Source[Any], plan: Plan, known: AssetFacts
) -> None:
    """Make a dataset, if it is not there, and write what is known of its assets."""

    def work() -> None:
        Dataset(place, now=client.now).create(Manifest.of(source, plan, client.base_url))
        describe_assets(place, known)

    if known != AssetFacts():
        await in_thread(work)
