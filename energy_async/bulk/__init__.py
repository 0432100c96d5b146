"""Bulk pulls from any API: windows, bounded concurrency, outcomes, resumable datasets."""

from __future__ import annotations

from energy_async.bulk.arrow import schema_of, to_arrow, to_batches
from energy_async.bulk.buffer import FlushPolicy
from energy_async.bulk.dataset import missing_in
from energy_async.bulk.described import Column, columns_of
from energy_async.bulk.engine import Batch, OnProgress
from energy_async.bulk.errors import DatasetLocked, DatasetMismatch
from energy_async.bulk.folder import Folder, LocalFolder
from energy_async.bulk.fsspec_folder import FsspecFolder
from energy_async.bulk.manifest import Manifest, read_manifest
from energy_async.bulk.place import Place, folder_at
from energy_async.bulk.plan import Plan, plan_pull
from energy_async.bulk.pull import Pull, pull
from energy_async.bulk.recheck import Changes
from energy_async.bulk.report import Outcome, Phase, Progress, Report, WindowReport
from energy_async.bulk.rows import settle
from energy_async.bulk.shards import read_shards
from energy_async.bulk.source import Source, of_operation
from energy_async.bulk.store import pull_to, read
from energy_async.bulk.update import UpdateReport, read_revisions, update
from energy_async.bulk.windows import Window, asset_key, cut

__all__ = [
    "Batch",
    "Changes",
    "Column",
    "DatasetLocked",
    "DatasetMismatch",
    "FlushPolicy",
    "Folder",
    "FsspecFolder",
    "LocalFolder",
    "Manifest",
    "OnProgress",
    "Outcome",
    "Phase",
    "Place",
    "Plan",
    "Progress",
    "Pull",
    "Report",
    "Source",
    "UpdateReport",
    "Window",
    "WindowReport",
    "asset_key",
    "columns_of",
    "cut",
    "folder_at",
    "missing_in",
    "of_operation",
    "plan_pull",
    "pull",
    "pull_to",
    "read",
    "read_manifest",
    "read_revisions",
    "read_shards",
    "schema_of",
    "settle",
    "to_arrow",
    "to_batches",
    "update",
]
