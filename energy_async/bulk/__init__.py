"""Bulk pulls from any API: windows, bounded concurrency, outcomes, resumable datasets."""

from __future__ import annotations

from energy_async.bulk.dataset import Dataset, FlushPolicy, read_dataset
from energy_async.bulk.engine import Batch, Fetch, OnProgress
from energy_async.bulk.errors import DatasetLocked, DatasetMismatch
from energy_async.bulk.pull import Pull
from energy_async.bulk.report import Outcome, Progress, Report, WindowReport
from energy_async.bulk.rows import Bucket, settle
from energy_async.bulk.store import ToTable, pull_into
from energy_async.bulk.windows import Window, asset_key, cut, plan_windows

__all__ = [
    "Batch",
    "Bucket",
    "Dataset",
    "DatasetLocked",
    "DatasetMismatch",
    "Fetch",
    "FlushPolicy",
    "OnProgress",
    "Outcome",
    "Progress",
    "Pull",
    "Report",
    "ToTable",
    "Window",
    "WindowReport",
    "asset_key",
    "cut",
    "plan_windows",
    "pull_into",
    "read_dataset",
    "settle",
]
