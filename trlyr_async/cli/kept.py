"""What is known of the assets of a dataset, kept beside its rows: power, and life."""

from __future__ import annotations

import contextlib
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from energy_async.bulk import asset_key
from energy_async.delivery import Interval
from energy_async.storage import Change, DatasetMismatch, DatasetMissing, Table, place_at
from trlyr_async.cli.assets import mean_mw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from energy_async.storage import PlaceLike, Snapshot
    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["Known", "keep", "kept", "known_of", "total_power"]

_NAME: Final = "assets"
_EVER: Final = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Known(NamedTuple):
    """Facts of assets, as far as known.

    Attributes:
        powers: The mean of rated charge and discharge power in MW, by asset.
        lives: When each asset is in service.
    """

    powers: Mapping[str, float]
    lives: Mapping[str, Interval]


class _Note(msgspec.Struct):
    mean_rated_mw: dict[str, float] = {}
    lives: dict[str, tuple[datetime, datetime]] = {}


def known_of(assets: Iterable[VirtualAsset]) -> Known:
    """Take from assets what is known of them."""
    named = [(asset_key(one.id), one) for one in assets if one.id]
    powers = {key: mw for key, one in named if (mw := mean_mw(one)) is not None}
    lives = {
        key: Interval(one.start or _EVER.start, one.end or _EVER.end)
        for key, one in named
        if one.start or one.end
    }
    return Known(powers, lives)


def keep(place: PlaceLike, known: Known) -> None:
    """Keep what is known beside the rows, if they are there and the store allows it."""
    if not (known.powers or known.lives):
        return
    lives = {key: (one.start, one.end) for key, one in known.lives.items()}
    note = _Note(dict(known.powers), lives)

    def build(snapshot: Snapshot, _at: datetime) -> Change | None:
        return Change(notes={_NAME: note}) if snapshot.note(_NAME, _Note) != note else None

    with contextlib.suppress(OSError, DatasetMissing):
        Table(place_at(place)).commit(build)


def kept(place: PlaceLike) -> Known:
    """Give what `keep` left; nothing if there is none."""
    with contextlib.suppress(DatasetMismatch, msgspec.MsgspecError):
        found = Table(place_at(place)).load().note(_NAME, _Note) or _Note()
        lives = {key: Interval(*one) for key, one in found.lives.items()}
        return Known(found.mean_rated_mw, lives)
    return Known({}, {})


def total_power(ids: Sequence[str], powers: Mapping[str, float]) -> float | None:
    """Add up the power of some assets; None if that of any is unknown."""
    known = [powers[one] for one in ids if one in powers]
    return math.fsum(known) if known and len(known) == len(ids) else None
