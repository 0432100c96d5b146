"""What can be wrong with a dataset, apart from the disk or the store (`WriteFailed`)."""

from __future__ import annotations

from energy_async.storage.errors import DatasetDamaged, DatasetMismatch, DatasetMissing, UnsafeStore

__all__ = ["DatasetDamaged", "DatasetMismatch", "DatasetMissing", "UnsafeStore"]
