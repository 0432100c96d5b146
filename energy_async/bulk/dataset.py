"""A folder of Parquet parts that a pull fills, and that a later run takes up again.

```text
revenue/
  _dataset.json             what the dataset is: written first, never changed
  stream=tolling/
    part-00001.parquet      rows; its footer names the windows they answer
  .lock                     held while a pull writes
```

Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import msgspec

from energy_async.bulk import parts
from energy_async.bulk.errors import DatasetLocked, DatasetMismatch
from energy_async.columns import load_pyarrow
from energy_async.files import disk_errors, write_whole
from energy_async.locking import lock_on, try_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa

    from energy_async.bulk.report import WindowReport
    from energy_async.bulk.windows import Window

__all__ = ["Buffered", "Dataset", "FlushPolicy", "read_dataset"]

Buffered: TypeAlias = "dict[str, list[tuple[pa.Table, WindowReport]]]"
"""Windows that were answered and not written yet, per stream."""

_MANIFEST: Final = "_dataset.json"
_LOCK: Final = ".lock"
_OURS: Final = frozenset({_LOCK, _MANIFEST, f".{_MANIFEST}.tmp"})
_FORMAT: Final = 1


class FlushPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When buffered windows become parts: whichever comes first, looked at after each window.

    What is buffered is lost if the process is killed, and fetched again by the next run.
    """

    rows: int = 100_000
    windows: int = 1_000
    seconds: float = 30.0


class Dataset:
    """The folder, opened for one pull and locked against all others.

    Args:
        root: The folder; made if it is missing, its parent must be there.
        identity: What the dataset is. A folder whose identity differs is refused.
        policy: When to write.
        clock: Seconds from any starting point.
    """

    def __init__(
        self,
        root: Path,
        identity: dict[str, Any],
        policy: FlushPolicy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self._identity = {"format": _FORMAT, **identity}
        self._policy = policy
        self._clock = clock
        self._lock = lock_on(root / _LOCK, purpose="a dataset", extra="tables")
        self._number = 1
        self._buffered: Buffered = {}
        self._rows = self._windows = 0
        self._since = 0.0

    def open(self) -> Self:
        """Take the folder, clean up after a killed run, and pin what the dataset is.

        Raises:
            DatasetMismatch: The folder holds something else, or another pull's dataset.
            DatasetLocked: Another pull is writing into it.
            WriteFailed: The disk refuses.
        """
        self._make_folder()
        _refuse_foreign(self.root)
        with disk_errors(self.root / _LOCK):
            taken = try_lock(self._lock)
        if not taken:
            raise DatasetLocked(f"another pull is writing into {self.root}; let it end first")
        try:
            self._prepare()
        except BaseException:
            self._lock.release()
            raise
        return self

    def close(self) -> None:
        """Free the folder for other pulls. What is buffered is not written."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def answered(self, plan: Iterable[Window]) -> list[WindowReport]:
        """Read which windows of the plan the parts answer already.

        Raises:
            DatasetMismatch: A part is damaged, two parts answer the same window, or a part answers
                a window that is not in the plan.
        """
        wanted = set(plan)
        seen: dict[Window, Path] = {}
        reports = []
        for path, one in parts.read_all_windows(self.root):
            if one.window in seen:
                raise DatasetMismatch(f"{path} and {seen[one.window]} both hold {one.window}")
            if one.window not in wanted:
                raise DatasetMismatch(f"{path} holds {one.window}, which was not asked for")
            seen[one.window] = path
            reports.append(msgspec.structs.replace(one, resumed=True, attempts=0))
        return reports

    def add(self, table: pa.Table, report: WindowReport) -> None:
        """Buffer one answered window; never blocks. Ask `due` afterwards."""
        if not self._buffered:
            self._since = self._clock()
        self._buffered.setdefault(report.window.stream, []).append((table, report))
        self._rows += report.rows
        self._windows += 1

    @property
    def due(self) -> bool:
        """Whether enough is buffered, or it has been for long enough."""
        policy = self._policy
        old = bool(self._buffered) and self._clock() - self._since >= policy.seconds
        return old or self._rows >= policy.rows or self._windows >= policy.windows

    def take(self) -> Buffered:
        """Take what is buffered, to `write` it in another thread."""
        buffered, self._buffered = self._buffered, {}
        self._rows = self._windows = 0
        return buffered

    def write(self, buffered: Buffered) -> None:
        """Write one part per stream. One call at a time.

        Raises:
            WriteFailed: The disk refused. The next run fetches what could not be written.
        """
        pa = load_pyarrow()
        for stream in sorted(buffered):
            entries = buffered.pop(stream)
            table = pa.concat_tables([one for one, _ in entries])
            reports = [report for _, report in entries]
            del entries
            parts.write_part(self.root, stream, self._number, table, reports)
            self._number += 1
        pa.default_memory_pool().release_unused()

    def _make_folder(self) -> None:
        with disk_errors(self.root):
            self.root.mkdir(exist_ok=True)

    def _prepare(self) -> None:
        _refuse_foreign(self.root)  # again, now that nobody else can change it
        parts.remove_stale(self.root)
        manifest = self.root / _MANIFEST
        if manifest.exists():
            _refuse_other(manifest, self._identity)
        else:
            text = msgspec.json.format(msgspec.json.encode(self._identity), indent=2)
            write_whole(manifest, text, b"\n")
        self._number = parts.next_number(parts.part_files(self.root))


def read_dataset(root: Path) -> pa.Table:
    """Read the rows of a dataset, sorted by asset, stream, time and all else.

    Raises:
        DatasetMismatch: The folder holds no dataset, or it has no part yet.
    """
    pa = load_pyarrow()
    if not (root / _MANIFEST).is_file():
        raise DatasetMismatch(f"{root} holds no dataset: there is no {_MANIFEST}")
    tables = [parts.read_part(path) for path in parts.part_files(root)]
    if not tables:
        raise DatasetMismatch(f"{root} has no part yet: nothing was fetched")
    table = pa.concat_tables(tables)
    first = [name for name in ("virtual_asset_id", "stream", "start") if name in table.schema.names]
    rest = [name for name in table.schema.names if name not in first]
    return table.sort_by([(name, "ascending") for name in (*first, *rest)])


def _refuse_foreign(root: Path) -> None:
    with disk_errors(root):
        names = {one.name for one in root.iterdir()}
    if _MANIFEST in names or names <= _OURS:
        return
    foreign = sorted(names - _OURS)
    raise DatasetMismatch(
        f"{root} holds other things ({', '.join(foreign[:3])}{', ...' if foreign[3:] else ''}) "
        "and no dataset; choose an empty or a new folder"
    )


def _refuse_other(manifest: Path, identity: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    with contextlib.suppress(msgspec.DecodeError):
        found = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
    differing = [
        _difference(name, found.get(name), identity.get(name))
        for name in {**identity, **found}
        if found.get(name) != identity.get(name)
    ]
    if differing:
        raise DatasetMismatch(
            f"{manifest.parent} holds another pull's dataset ({'; '.join(differing)}); "
            "ask for the same or choose another folder"
        )


def _difference(name: str, there: object, asked: object) -> str:
    if not isinstance(there, list) or not isinstance(asked, list):
        return f"{name}: {there!r} there, {asked!r} asked"
    only_there, only_asked = sorted(set(there) - set(asked)), sorted(set(asked) - set(there))
    return f"{name}: {_some(only_there)} only there, {_some(only_asked)} only asked"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return ", ".join(names[:3]) + more if names else "none"
