"""Looking after a dataset: repair what is damaged, forget the distant past."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio.to_thread
import msgspec

from energy_async.bulk.dataset import Dataset
from energy_async.bulk.fill import pull_to
from energy_async.bulk.history import KIND
from energy_async.bulk.manifest import NOTE, Manifest, refuse_origin
from energy_async.bulk.report import Report  # noqa: TC001 - field types are resolved at run time
from energy_async.delivery import require_aware
from energy_async.storage import (
    Change,
    damaged,
)
from energy_async.storage.table import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.bulk.engine import OnProgress
    from energy_async.bulk.source import Source
    from energy_async.storage import PlaceLike, Snapshot
    from energy_async.transport.client import ApiClient

__all__ = ["Repair", "forget", "repair"]

R = TypeVar("R")


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a repair.

    Attributes:
        commits: Files of the log that could not be read; what they had changed is asked for anew.
        files: Files of the dataset that were damaged or gone, and are not part of it any more.
        pull: The pull of what they held; see `pull_to`.
    """

    commits: list[str]
    files: list[str]
    pull: Report

    @property
    def complete(self) -> bool:
        """Whether all that was lost is there again."""
        return self.pull.complete


async def repair(
    client: ApiClient,
    path: PlaceLike,
    source: Source[R],
    *,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
) -> Repair:
    """Take what is damaged or gone out of a dataset, and ask again for just that.

    Of what was lost it is not known any more what was known when: `as_of` before the repair is
    refused from then on, if rows or revisions were lost. Nobody else may write meanwhile if
    the log itself is damaged.

    The arguments are those of `pull_to`.

    Raises:
        DatasetMissing: There is no dataset, or nothing of its log can be read.
        DatasetMismatch: It is of another source or server.
        WriteFailed: The disk or the store refuses.
    """
    sound = partial(_made_sound, path, source, client)
    commits, files, manifest = await anyio.to_thread.run_sync(sound)
    pulled = await pull_to(
        client, path, source, manifest.plan(), concurrency=concurrency, on_progress=on_progress
    )
    return Repair(commits=commits, files=files, pull=pulled)


def forget(path: PlaceLike, *, before: datetime, now: Callable[[], datetime] = utc_now) -> None:
    """Drop what is known of a dataset's past before a moment; its rows stay as they are.

    Args:
        path: The dataset.
        before: Moments from here on can still be read; aware.
        now: Tells the time, aware.

    Raises:
        ValueError: A naive moment.
        DatasetMissing: There is no dataset.
        WriteFailed: The disk or the store refuses.
    """
    first = require_aware(before, "before")

    def build(snapshot: Snapshot, _at: datetime) -> Change | None:
        manifest = dataset.manifest(snapshot)
        if manifest.history_from is not None and manifest.history_from >= first:
            return None
        old = [one.path for one in snapshot.of_kind(KIND) if one.at is None or one.at < first]
        kept = msgspec.structs.replace(manifest, history_from=first)
        return Change(remove=old, notes={NOTE: kept})

    dataset = Dataset(path, now=now)
    dataset.load()
    dataset.table.commit(build)


def _made_sound(
    path: PlaceLike, source: Source[Any], client: ApiClient
) -> tuple[list[str], list[str], Manifest]:
    dataset = Dataset(path, now=client.now)
    commits = dataset.table.rescue()
    snapshot = dataset.load()
    refuse_origin(path, dataset.manifest(snapshot), source, client.base_url)
    lost = [part.path for part, _ in damaged(dataset.table, snapshot)]

    def build(newest: Snapshot, at: datetime) -> Change | None:
        gone = [one for one in lost if one in newest.parts]
        known = msgspec.structs.replace(dataset.manifest(newest), history_from=at)
        return Change(remove=gone, notes={NOTE: known}) if gone or commits else None

    return commits, lost, dataset.manifest(dataset.table.commit(build))
