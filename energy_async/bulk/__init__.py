"""Bulk pulls from any API: windows, bounded concurrency, outcomes, resumable datasets."""

from __future__ import annotations

from energy_async.bulk.dataset import FlushPolicy, missing_in
from energy_async.bulk.engine import Batch, OnProgress
from energy_async.bulk.errors import DatasetLocked, DatasetMismatch
from energy_async.bulk.folder import Folder, LocalFolder
from energy_async.bulk.manifest import Manifest, read_manifest
from energy_async.bulk.plan import Plan, plan_pull
from energy_async.bulk.pull import Pull, pull
from energy_async.bulk.report import Outcome, Progress, Report, WindowReport
from energy_async.bulk.rows import settle
from energy_async.bulk.shards import read_shards
from energy_async.bulk.source import Source, of_operation
from energy_async.bulk.store import pull_to, read
from energy_async.bulk.windows import Window, asset_key, cut

__all__ = [
    "Batch",
    "DatasetLocked",
    "DatasetMismatch",
    "FlushPolicy",
    "Folder",
    "LocalFolder",
    "Manifest",
    "OnProgress",
    "Outcome",
    "Plan",
    "Progress",
    "Pull",
    "Report",
    "Source",
    "Window",
    "WindowReport",
    "asset_key",
    "cut",
    "missing_in",
    "of_operation",
    "plan_pull",
    "pull",
    "pull_to",
    "read",
    "read_manifest",
    "read_shards",
    "settle",
]
