"""Bulk pulls from any API: windows, bounded concurrency, outcomes, resumable datasets."""

from __future__ import annotations

from energy_async.bulk.changes import Changes, Comparison, compare
from energy_async.bulk.dataset import compact, missing_in, read_manifest
from energy_async.bulk.described import Column, columns_of
from energy_async.bulk.export import export
from energy_async.bulk.fill import FlushPolicy, pull_to
from energy_async.bulk.history import read_revisions
from energy_async.bulk.manifest import Manifest
from energy_async.bulk.plan import Plan, plan_pull
from energy_async.bulk.progress import OnProgress, Phase, Progress, progress_bar
from energy_async.bulk.pull import Pull, pull, to_arrow, to_batches
from energy_async.bulk.reading import files, read, scan
from energy_async.bulk.report import Batch, Outcome, Report, WindowReport
from energy_async.bulk.rows import settle
from energy_async.bulk.source import Source, of_operation
from energy_async.bulk.update import UpdateReport, ask, plan_update, settle_update, update
from energy_async.bulk.upkeep import Repair, forget, repair, upgrade
from energy_async.bulk.windows import Window, asset_key
from energy_async.storage import (
    DatasetDamaged,
    DatasetMismatch,
    DatasetMissing,
    Place,
    PlaceLike,
    UnsafeStore,
    place_at,
)

__all__ = [
    "Batch",
    "Changes",
    "Column",
    "Comparison",
    "DatasetDamaged",
    "DatasetMismatch",
    "DatasetMissing",
    "FlushPolicy",
    "Manifest",
    "OnProgress",
    "Outcome",
    "Phase",
    "Place",
    "PlaceLike",
    "Plan",
    "Progress",
    "Pull",
    "Repair",
    "Report",
    "Source",
    "UnsafeStore",
    "UpdateReport",
    "Window",
    "WindowReport",
    "ask",
    "asset_key",
    "columns_of",
    "compact",
    "compare",
    "export",
    "files",
    "forget",
    "missing_in",
    "of_operation",
    "place_at",
    "plan_pull",
    "plan_update",
    "progress_bar",
    "pull",
    "pull_to",
    "read",
    "read_manifest",
    "read_revisions",
    "repair",
    "scan",
    "settle",
    "settle_update",
    "to_arrow",
    "to_batches",
    "update",
    "upgrade",
]
