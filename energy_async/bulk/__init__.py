"""Bulk pulls from any API: windows, bounded concurrency, outcomes, resumable datasets."""

from __future__ import annotations

from energy_async.bulk.dataset import Dataset, FlushPolicy, missing_in, read_dataset
from energy_async.bulk.engine import Batch, OnProgress
from energy_async.bulk.errors import DatasetLocked, DatasetMismatch
from energy_async.bulk.folder import Folder, LocalFolder
from energy_async.bulk.manifest import Manifest, read_manifest
from energy_async.bulk.plan import Plan
from energy_async.bulk.pull import Pull
from energy_async.bulk.report import Outcome, Progress, Report, WindowReport
from energy_async.bulk.rows import settle
from energy_async.bulk.source import Source
from energy_async.bulk.store import pull_into
from energy_async.bulk.windows import Window, asset_key, cut, plan_windows

__all__ = [
    "Batch",
    "Dataset",
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
    "plan_windows",
    "pull_into",
    "read_dataset",
    "read_manifest",
    "settle",
]
