"""Looking after a dataset: repair what is damaged, take over old ones, forget the distant past."""

from __future__ import annotations

import re
from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio.to_thread
import msgspec

from energy_async.bulk.answers import Answer, still_open
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.fill import pull_to
from energy_async.bulk.history import KIND
from energy_async.bulk.manifest import NOTE, Manifest, refuse_origin
from energy_async.bulk.report import Report, WindowReport
from energy_async.columns import load_pyarrow
from energy_async.delivery import require_aware
from energy_async.storage import (
    Change,
    DatasetMismatch,
    DatasetMissing,
    Part,
    damaged,
    digest,
    place_at,
)
from energy_async.storage.table import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from energy_async.bulk.progress import OnProgress
    from energy_async.bulk.source import Source
    from energy_async.storage import Entry, PlaceLike, Snapshot
    from energy_async.transport.client import ApiClient

R = TypeVar("R")
_PART: Final = re.compile(r"(_revisions/)?stream=([^/]+)/month=(\d{4}-\d{2})/part-[\d-]+\.parquet")
_OLD: Final = "_dataset.json"
_POWER: Final = "_power.json"


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


def upgrade(path: PlaceLike, *, now: Callable[[], datetime] = utc_now) -> int:
    """Take over a dataset of an older format, in place; give the number of its files.

    The files of rows and of revisions stay as they are, and are named in a log from now on. What
    was known before the takeover is not known to `as_of`.

    Args:
        path: The dataset; a place that holds one of the present format is left alone.
        now: Tells the time, aware.

    Raises:
        DatasetMissing: There is no dataset of the older format.
        DatasetMismatch: A file of it is damaged.
        WriteFailed: The disk or the store refuses.
    """
    load_pyarrow()
    dataset = Dataset(path, now=now)
    place = place_at(path)
    if dataset.table.exists():
        place.remove([_OLD, _POWER])  # killed before it could do so itself
        return 0
    try:
        old = msgspec.json.decode(place.read(_OLD), type=_Old)
    except FileNotFoundError:
        raise DatasetMissing(f"{dataset} holds no dataset of an older format") from None
    found = [
        _taken_over(dataset, one, old, now()) for one in place.list() if _PART.fullmatch(one.name)
    ]
    manifest = msgspec.convert(msgspec.to_builtins(old), Manifest)
    manifest = msgspec.structs.replace(manifest, history_from=now())
    notes: dict[str, object] = {NOTE: manifest, **_power(dataset)}
    dataset.table.commit(lambda *_: Change(add=found, notes=notes), create=True)
    place.remove([_OLD, _POWER])
    return len(found)


class _Old(msgspec.Struct):
    """What `_dataset.json` said."""

    content: str
    base_url: str
    start: datetime
    end: datetime
    zone: str
    streams: list[str]
    assets: list[str]
    open_from: datetime | None = None


def _taken_over(dataset: Dataset, entry: Entry, old: _Old, now: datetime) -> Part:
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    named = _PART.fullmatch(entry.name)
    assert named is not None  # noqa: S101 - chosen by it
    content = dataset.table.place.read(entry.name)
    try:
        file = parquet.ParquetFile(pa.BufferReader(content))
        metadata = file.metadata.metadata or {}
        answers = list(_answers(metadata.get(b"energy_async.windows", b"[]"), entry, old))
        rows = file.metadata.num_rows
    except (OSError, ValueError) as exc:
        raise DatasetMismatch(
            f"{dataset}/{entry.name} is damaged ({exc}); move it away, upgrade, and pull again"
        ) from exc
    return Part(
        path=entry.name,
        kind=KIND if named[1] else "rows",
        keys={"stream": named[2], "month": named[3]},
        rows=rows,
        size=len(content),
        sha256=digest(content),
        note=msgspec.Raw(msgspec.json.encode(answers)),
        at=min(now, entry.modified),
    )


def _answers(windows: bytes, entry: Entry, old: _Old) -> Iterator[Answer]:
    """Give the windows that a file names in its footer; when they were asked, its age tells."""
    for one in msgspec.json.decode(windows, type=list[WindowReport]):
        answer = Answer.of(one, entry.modified)
        late = old.open_from if old.open_from is not None and old.open_from < answer.end else None
        yield msgspec.structs.replace(
            answer,
            known_at=entry.modified,
            open_from=None if late is None else still_open(answer.start, answer.end, late),
        )


def _power(dataset: Dataset) -> dict[str, object]:
    try:
        return {"assets": msgspec.Raw(dataset.table.place.read(_POWER).strip())}
    except FileNotFoundError:
        return {}


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
