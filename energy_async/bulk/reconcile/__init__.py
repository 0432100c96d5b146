"""Is a dataset whole? Gaps, doubles, rows without a figure, windows that were not pulled."""

from __future__ import annotations

from energy_async.bulk.reconcile.check import Rules, reconcile
from energy_async.bulk.reconcile.findings import (
    Finding,
    Kind,
    Reconciliation,
    SeriesCheck,
    Severity,
)

__all__ = ["Finding", "Kind", "Reconciliation", "Rules", "SeriesCheck", "Severity", "reconcile"]
