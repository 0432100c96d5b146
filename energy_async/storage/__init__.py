"""Tables of Parquet files that commit, on disks and in object stores."""

from __future__ import annotations

from energy_async.storage.errors import (
    DatasetDamaged,
    DatasetMismatch,
    DatasetMissing,
    UnsafeStore,
)
from energy_async.storage.log import Change, Part, Snapshot, digest
from energy_async.storage.place import Entry, Place, PlaceLike
from energy_async.storage.store import place_at
from energy_async.storage.table import Table
from energy_async.storage.upkeep import clean, damaged, is_passing, refuse_foreign, strays

__all__ = [
    "Change",
    "DatasetDamaged",
    "DatasetMismatch",
    "DatasetMissing",
    "Entry",
    "Part",
    "Place",
    "PlaceLike",
    "Snapshot",
    "Table",
    "UnsafeStore",
    "clean",
    "damaged",
    "digest",
    "is_passing",
    "place_at",
    "refuse_foreign",
    "strays",
]
