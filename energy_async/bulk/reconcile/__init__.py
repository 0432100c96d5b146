"""Is a dataset whole? Gaps, doubles, rows without a figure, windows that were not pulled."""

from __future__ import annotations

from energy_async.bulk.reconcile.check import Rules, reconcile
from energy_async.bulk.reconcile.files import damaged_files
from energy_async.bulk.reconcile.findings import (
    Compared,
    Finding,
    Kind,
    Reconciliation,
    SeriesCheck,
    Severity,
)

__all__ = [
    "Compared", "Finding", "Kind", "Reconciliation", "Rules", "SeriesCheck", "Severity",
    "damaged_files", "reconcile",
]  # fmt: skip
