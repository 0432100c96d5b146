"""The place of an archive: a committed table with a Parquet file for each series and delivery day.

```text
prices/
  _log/                                 what belongs to the archive, and what is known beside rows
  feed=day-ahead/
    day=2026-03-29/                       Paris delivery day
      part-5f0c….parquet                    its rows, corrections included
  _unread/feed=day-ahead/               answers that could not be read whole
```

Rows, gaps and what was asked last are committed together, so that a kill at any instant leaves
either all of an answer or nothing. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import contextlib
import gzip
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

import msgspec

from energy_async.columns import load_pyarrow
from energy_async.storage import (
    Change,
    DatasetDamaged,
    DatasetMismatch,
    DatasetMissing,
    Table,
    clean,
    damaged,
    place_at,
    refuse_foreign,
)
from nanocorp_async.archiving.merge import Merged, holding, merge
from nanocorp_async.archiving.series import SERIES, schema_of
from nanocorp_async.archiving.state import FORMAT, Gap, Manifest, State, Unread
from nanocorp_async.feeds import Validators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import pyarrow as pa

    from energy_async.storage import Part, PlaceLike, Snapshot
    from nanocorp_async.archiving.merge import Coverage
    from nanocorp_async.archiving.series import Series, SeriesName

T = TypeVar("T")
SeriesDay: TypeAlias = "tuple[SeriesName, date]"
"""A series and a delivery day."""

MOST_UNREAD: Final = 128 * 1024 * 1024
"""Bytes, compressed, of answers put aside: years with a bad cell every day."""
_ROWS, _UNREAD, _DAMAGED = "rows", "unread", "damaged"
MANIFEST, STATE = "archive", "state"
_NO_ARCHIVE: Final = "no archive (`nanocorp archive --repair` takes over one of an older version)"


class Draft:
    """The next commit of an archive: what is there, and what is to change.

    Attributes:
        state: What is known beside rows; to be changed in place.
        digests: Of the rows that the newest answer has of a day, where that has changed.
    """

    def __init__(self, table: Table, snapshot: Snapshot) -> None:
        self._table, self._snapshot = table, snapshot
        self._parts = dict(parts_of(snapshot))
        self._new: dict[SeriesDay, pa.Table] = {}
        self._blobs: list[Part] = []
        self._gone: list[str] = []
        self.digests: dict[SeriesDay, str] = {}
        self.state: State = snapshot.note(STATE, State) or State()

    def digest(self, series: Series, day: date) -> str:
        """Give the digest of the rows that the answer before had of a day; empty if unknown."""
        part = self._parts.get((series.name, day))
        return "" if part is None or bytes(part.note) == b"null" else part.note_as(str)

    def rows(self, series: Series, day: date) -> pa.Table | None:
        """Give all rows of a delivery day, those that were replaced too; None if there is none."""
        if (new := self._new.get((series.name, day))) is not None:
            return new
        part = self._parts.get((series.name, day))
        return None if part is None else read_day(self._table, part, series.name)

    def day(self, series: Series, day: date) -> pa.Table | None:
        """Give the rows that hold of a delivery day; None if nothing of it is there."""
        try:
            found = self.rows(series, day)
        except DatasetDamaged:
            return None
        return None if found is None else holding(found)

    def add(
        self,
        series: Series,
        day: date,
        rows: pa.Table,
        at: datetime,
        coverage: Coverage | None = None,
        *,
        later: datetime | None = None,
    ) -> Merged:
        """Put rows of one delivery day to those that are there.

        A file that is damaged is set aside first, and reported as a gap: rows that the feed still
        shows must not be lost for it.
        """
        try:
            stored = self.rows(series, day)
        except DatasetDamaged as exc:
            self.set_aside(series.name, day, exc, at)
            stored = None
        found = merge(stored, rows, schema_of(series.name), series.key, at, coverage, later=later)
        if found.table is not None:
            self._new[series.name, day] = found.table
        return found

    def set_aside(self, name: SeriesName, day: date, damage: DatasetDamaged, at: datetime) -> Gap:
        """Take a damaged file out of the table, keep its bytes, and remember the gap."""
        part = self._parts.pop((name, day))
        self._gone.append(part.path)
        with contextlib.suppress(FileNotFoundError):
            content = self._table.place.read(part.path)
            self._blobs.append(self._table.write_blob(content, part.keys, kind=_DAMAGED))
        self.state.feed(SERIES[name].feed).validators = Validators()  # so that it is shown again
        what = f"{part.path} {damage.reason}; what it held is in {self._table}/_{_DAMAGED}"
        gap = Gap(series=name, day=day, kind="damaged", what=what, noticed_at=at)
        self.state.of(name).remember(gap)
        return gap

    def damaged(self) -> list[tuple[SeriesDay, DatasetDamaged]]:
        """Read every file and list the days whose rows are damaged or gone."""
        found = damaged(self._table, self._snapshot)
        return [(_series_day(part), exc) for part, exc in found if part.kind == _ROWS]

    def first_day(self, name: SeriesName) -> date | None:
        """Give the first delivery day that is there of a series."""
        places = (*self._parts, *self._new)
        return min((day for series, day in places if series == name), default=None)

    def put_aside(self, unread: Unread, body: bytes) -> None:
        """Keep the body of an answer that could not be read whole, while there is room."""
        packed, keys = gzip.compress(body, mtime=0), {"feed": unread.feed}
        if sum(one.size for one in self.state.unread) + len(packed) <= MOST_UNREAD:
            unread.size = len(packed)
            self._blobs.append(
                self._table.write_blob(
                    packed, keys, kind=_UNREAD, suffix="json.gz", note=unread.digest
                )
            )
        self.state.unread.append(unread)

    def body(self, unread: Unread) -> bytes | None:
        """Give a body that was put aside; None if there was no room for it."""
        part = self._blob(unread)
        return None if part is None else gzip.decompress(self._table.read_blob(part))

    def drop(self, unread: Unread) -> None:
        """Forget an answer that was put aside, once it is read."""
        self.state.unread.remove(unread)
        if part := self._blob(unread):
            self._gone.append(part.path)

    def change(self) -> Change:
        """Write what is new, and give the change that makes it part of the archive."""
        add = [*self._blobs]
        for (name, day), rows in self._new.items():
            keys, digest = {"feed": name, "day": str(day)}, self.digests.pop((name, day), None)
            add.append(self._table.write_rows(rows, keys, note=digest))
            if part := self._parts.get((name, day)):
                self._gone.append(part.path)
        for one, digest in self.digests.items():  # the rows are the same in another order, say
            note = msgspec.Raw(msgspec.json.encode(digest))
            add.append(msgspec.structs.replace(self._parts[one], note=note))
        return Change(add=add, remove=self._gone, notes={STATE: self.state})

    def _blob(self, unread: Unread) -> Part | None:
        found = (
            one for one in self._snapshot.of_kind(_UNREAD) if one.note_as(str) == unread.digest
        )
        return next(found, None)


class Store:
    """An archive, opened for a run. Other runs may write into it as well."""

    def __init__(self, place: PlaceLike, base_url: str = "") -> None:
        self._table = Table(place_at(place))
        self._base_url = base_url
        self.state: State = State()

    def open(self, *, create: bool = True) -> Store:
        """See what is there, or begin an archive; and clean up after killed runs."""
        load_pyarrow()
        if create:
            self._table.commit(self._begun, create=True)
        self.load()
        clean(self._table)
        return self

    def load(self) -> None:
        """See what other runs have stored meanwhile."""
        self._draft(self._table.load())

    def commit(self, work: Callable[[Draft], T]) -> T:
        """Let `work` change a draft, and commit it."""
        results: list[T] = []
        made: list[Part] = []

        def build(snapshot: Snapshot, _at: datetime) -> Change:
            draft = self._draft(snapshot)
            results[:] = [work(draft)]
            change = draft.change()
            made.extend(change.add)
            return change

        self._table.drop(made, self._table.commit(build))
        return results[0]

    def _begun(self, snapshot: Snapshot, _at: datetime) -> Change | None:
        if snapshot.number:
            return None
        refuse_foreign(self._table, snapshot, _NO_ARCHIVE)
        return Change(
            notes={MANIFEST: Manifest(format=FORMAT, base_url=self._base_url), STATE: State()}
        )

    def _draft(self, snapshot: Snapshot) -> Draft:
        manifest = manifest_of(self._table, snapshot)
        if self._base_url not in ("", manifest.base_url):
            raise DatasetMismatch(
                f"{self._table} holds rows of {manifest.base_url}, not of {self._base_url}; choose"
                " another place"
            )
        draft = Draft(self._table, snapshot)
        self.state = draft.state
        return draft


def manifest_of(table: Table, snapshot: Snapshot) -> Manifest:
    """Give what an archive is."""
    if MANIFEST not in snapshot.notes:
        raise DatasetMissing(f"{table} holds something else, no archive of market feeds")
    manifest = msgspec.json.decode(snapshot.notes[MANIFEST], type=Manifest)
    if manifest.format != FORMAT:
        raise DatasetMismatch(f"{table} has format {manifest.format}, this version reads {FORMAT}")
    return manifest


def parts_of(snapshot: Snapshot) -> Mapping[SeriesDay, Part]:
    """Give the file of each series and delivery day."""
    return {_series_day(part): part for part in snapshot.of_kind(_ROWS)}


def _series_day(part: Part) -> SeriesDay:
    return cast("SeriesName", part.keys["feed"]), date.fromisoformat(part.keys["day"])


def read_day(table: Table, part: Part, name: SeriesName) -> pa.Table:
    """Read the file of a delivery day; a column that it lacks is null."""
    pa = load_pyarrow()
    rows = table.read_rows(part)
    schema = schema_of(name)
    arrays = [
        rows.column(field.name).cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
