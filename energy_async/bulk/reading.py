"""Reading a dataset: as one table, or file by file, now or as it was at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.bulk import parts
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.described import without_origin
from energy_async.bulk.history import History, Stretches
from energy_async.bulk.windows import asset_key
from energy_async.columns import load_pyarrow
from energy_async.delivery import delivery_day_of, require_aware
from energy_async.storage import DatasetDamaged, DatasetMissing

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    import pyarrow as pa

    from energy_async.bulk.answers import Answer
    from energy_async.storage import Part, PlaceLike, Snapshot


class Wanted(NamedTuple):
    """Which rows to read; None does not restrict."""

    assets: frozenset[str] | None = None
    streams: frozenset[str] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def has_part(self, part: Part, zone: str) -> bool:
        """Whether a file may hold such rows."""
        month = part.keys["month"]
        first, last = (
            None if one is None else f"{delivery_day_of(one, zone):%Y-%m}"
            for one in (self.start, self.end)
        )
        return (
            (self.streams is None or part.keys["stream"] in self.streams)
            and (first is None or first <= month)
            and (last is None or month <= last)
        )

    def has_answer(self, one: Answer) -> bool:
        """Whether a window may hold such rows."""
        return (
            (self.assets is None or one.asset_id in self.assets)
            and (self.end is None or one.start < self.end)
            and (self.start is None or self.start < one.end)
        )

    def of(self, rows: pa.Table, start: str) -> pa.Table:
        """Give those rows."""
        from pyarrow import compute  # noqa: PLC0415

        pa = load_pyarrow()
        if self.assets is not None:
            subjects = rows.column(rows.column_names[0]).cast(pa.string())
            wanted = pa.array(sorted(self.assets), pa.string())
            rows = rows.filter(compute.is_in(subjects, value_set=wanted))
        if self.start is not None:
            rows = rows.filter(compute.greater_equal(rows.column(start), _moment(self.start)))
        if self.end is not None:
            rows = rows.filter(compute.less(rows.column(start), _moment(self.end)))
        return rows


EVERYTHING: Final = Wanted()


def read(
    path: PlaceLike,
    *,
    as_of: datetime | None = None,
    assets: Iterable[str | UUID] | None = None,
    streams: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Read the rows of a dataset as one table, always in the same order.

    It holds what was fetched so far; only the report of a pull tells whether that is all. For more
    than fits in memory, see `scan`.

    Args:
        path: The dataset; it may be written to meanwhile.
        as_of: What was known at this moment, corrections since then undone; aware. By default
            now.
        assets: Only these; by default all.
        streams: Only these.
        start: Only rows that start from here on; aware.
        end: Only rows that start before; aware.
        columns: Only these.

    Raises:
        DatasetMissing: There is no dataset, or nothing was fetched into it yet.
        DatasetDamaged: A file is damaged; the message names it, its windows, and what to do.
        DatasetMismatch: `as_of` is before what is known of the past.
        ValueError: A naive time, or an unknown column.
    """
    dataset, wanted = Dataset(path), _wanted(assets, streams, start, end)
    snapshot = dataset.load()
    tables = [rows for _, rows in scan_parts(dataset, wanted, as_of, snapshot=snapshot)]
    found = snapshot.of_kind("rows")
    if not found:
        raise DatasetMissing(f"{dataset} has no rows yet: nothing was fetched")
    if not tables:
        empty = dataset.table.read_rows(found[0]).slice(0, 0)
        tables = [parts.with_stream(empty, found[0].keys["stream"])]
    pa = load_pyarrow()
    table = pa.concat_tables([one.cast(without_origin(one.schema)) for one in tables])
    start_column = dataset.manifest(snapshot).start_column
    table = parts.sorted_rows(table.unify_dictionaries(), ["stream", start_column])
    return table if columns is None else _selected(table, list(columns))


def scan(
    path: PlaceLike,
    *,
    as_of: datetime | None = None,
    assets: Iterable[str | UUID] | None = None,
    streams: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.Table]:
    """Read the rows of a dataset one file at a time: in order of stream and delivery month.

    The dataset is that of one moment, also where it is written to meanwhile. Memory is that of a
    file. The arguments and errors are those of `read`.
    """
    for _, rows in scan_parts(Dataset(path), _wanted(assets, streams, start, end), as_of):
        yield rows if columns is None else _selected(rows, list(columns))


def scan_parts(
    dataset: Dataset,
    wanted: Wanted = EVERYTHING,
    as_of: datetime | None = None,
    *,
    snapshot: Snapshot | None = None,
    passed_over: Container[str] = (),
) -> Iterator[tuple[Part, pa.Table]]:
    """Give the rows of a dataset file by file, those of one moment; see `scan`."""
    snapshot = snapshot or dataset.load()
    history = History(dataset, snapshot, as_of or snapshot.at)
    for part in _chosen(dataset, snapshot, wanted):
        if part.path in passed_over:
            continue
        try:
            rows = dataset.table.read_rows(part)
        except DatasetDamaged as exc:
            if not exc.is_gone or dataset.load().number == snapshot.number:
                raise described(dataset, part, exc) from exc
            # Another writer has replaced the file: the same windows are in newer ones.
            rows = _moved(dataset, part, history.moment)
        else:
            rows = history.rows_then(part, dataset.answers.of(part), rows)
        yield part, parts.with_stream(wanted.of(rows, history.start), part.keys["stream"])


def files(path: PlaceLike, *, streams: Iterable[str] | None = None) -> list[str]:
    """Name the Parquet files whose rows are the dataset, for DuckDB, polars, pandas and others.

    Whatever else lies in the folder (what a killed run left, a copy) is not among them.

    Raises:
        DatasetMissing: There is no dataset.
        DatasetDamaged: Its log is damaged.
    """
    dataset = Dataset(path)
    found = _chosen(dataset, dataset.load(), _wanted(None, streams, None, None))
    return [dataset.table.place.url(one.path) for one in found]


def described(dataset: Dataset, part: Part, exc: DatasetDamaged) -> DatasetDamaged:
    """Say what windows a damaged file had, and what to do."""
    answers = dataset.answers.of(part) if part.kind == "rows" else []
    what = f"; it holds {_windows_text(answers)}" if answers else ""
    reason = (
        f"{exc.reason}{what}. `trlyr revenue repair {dataset}` (bulk.repair) asks again for just"
        " that"
    )
    return DatasetDamaged(exc.place, exc.path, reason, is_gone=exc.is_gone)


def _chosen(dataset: Dataset, snapshot: Snapshot, wanted: Wanted) -> list[Part]:
    zone = dataset.manifest(snapshot).zone
    return [
        one
        for one in snapshot.of_kind("rows")
        if wanted.has_part(one, zone) and any(map(wanted.has_answer, dataset.answers.of(one)))
    ]


def _moved(dataset: Dataset, gone: Part, moment: datetime) -> pa.Table:
    """Give the rows of a file as they were, wherever they are by now."""
    windows = dataset.answers.of(gone)
    lines = {one.line for one in windows}

    def work(snapshot: Snapshot) -> pa.Table:
        history, found = History(dataset, snapshot, moment), []
        for part in snapshot.of_kind("rows"):
            answers = dataset.answers.of(part)
            if part.keys == gone.keys and {one.line for one in answers} & lines:
                rows = history.rows_then(part, answers, dataset.table.read_rows(part))
                found.append(_within(rows, windows, history.start))
        return load_pyarrow().concat_tables(found).unify_dictionaries()

    return dataset.reading(work)


def _within(rows: pa.Table, windows: Iterable[Answer], start: str) -> pa.Table:
    pa = load_pyarrow()
    subjects = rows.column(0).to_pylist()
    moments = rows.column(start).to_pylist()
    stretches = Stretches(windows)
    mask = [stretches.has(*one) for one in zip(subjects, moments, strict=True)]
    return rows.filter(pa.array(mask, pa.bool_()))


def _wanted(
    assets: Iterable[str | UUID] | None,
    streams: Iterable[str] | None,
    start: datetime | None,
    end: datetime | None,
) -> Wanted:
    for one in (assets, streams):
        if isinstance(one, str):
            raise TypeError(f"assets and streams are several, such as [{one!r}]")
    return Wanted(
        None if assets is None else frozenset(map(asset_key, assets)),
        None if streams is None else frozenset(streams),
        None if start is None else require_aware(start, "start"),
        None if end is None else require_aware(end, "end"),
    )


def _selected(rows: pa.Table, columns: list[str]) -> pa.Table:
    unknown = [name for name in columns if name not in rows.column_names]
    if unknown:
        raise ValueError(f"no column {unknown[0]!r}; there are {', '.join(rows.column_names)}")
    return rows.select(columns)


def _moment(moment: datetime) -> Any:  # noqa: ANN401 - an Arrow scalar
    pa = load_pyarrow()
    return pa.scalar(moment, pa.timestamp("us", "UTC"))


def _windows_text(answers: Sequence[Answer]) -> str:
    first, last = min(one.start for one in answers), max(one.end for one in answers)
    assets = dict.fromkeys(one.asset_id for one in answers)
    more = f" and {len(assets) - 1:,} more" if len(assets) > 1 else ""
    span = f"{first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}"
    return f"{answers[0].stream} of {answers[0].asset_id}{more} from {span}"
