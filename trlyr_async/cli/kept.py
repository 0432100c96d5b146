"""What is known of the assets of a dataset, kept beside its rows: power, and life."""

from __future__ import annotations

import contextlib
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from energy_async.bulk import asset_key
from energy_async.delivery import Interval
from energy_async.files import write_whole
from trlyr_async.cli.assets import mean_mw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["Known", "keep", "kept", "known_of", "total_power"]

_FILE: Final = "_power.json"
"""Begins with `_`, which readers of Parquet folders pass over."""
_EVER: Final = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Known(NamedTuple):
    """Facts of assets, as far as known.

    Attributes:
        powers: The mean of rated charge and discharge power in MW, by asset.
        lives: When each asset is in service.
    """

    powers: Mapping[str, float]
    lives: Mapping[str, Interval]


class _File(msgspec.Struct):
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


def keep(root: Path, known: Known) -> None:
    """Keep what is known beside the rows, if they are there and the disk allows it."""
    if (known.powers or known.lives) and (root / "_dataset.json").is_file():
        lives = {key: (one.start, one.end) for key, one in known.lives.items()}
        text = msgspec.json.encode(_File(dict(known.powers), lives))
        with contextlib.suppress(OSError):
            write_whole(root / _FILE, text, b"\n")


def kept(root: Path) -> Known:
    """Give what `keep` left; nothing if there is none."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        found = msgspec.json.decode((root / _FILE).read_bytes(), type=_File)
        lives = {key: Interval(*one) for key, one in found.lives.items()}
        return Known(found.mean_rated_mw, lives)
    return Known({}, {})


def total_power(ids: Sequence[str], powers: Mapping[str, float]) -> float | None:
    """Add up the power of some assets; None if that of any is unknown."""
    known = [powers[one] for one in ids if one in powers]
    return math.fsum(known) if known and len(known) == len(ids) else None
