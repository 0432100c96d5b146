"""A table commits rows and notes together, whoever else writes, sleeps or dies meanwhile."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from energy_async.files import WriteFailed
from energy_async.storage import (
    Change,
    DatasetDamaged,
    DatasetMismatch,
    DatasetMissing,
    Place,
    Table,
    UnsafeStore,
    clean,
    damaged,
    place_at,
    strays,
)
from energy_async.storage.store import Store
from nanocorp_async.archiving.read import read_archive
from nanocorp_async.archiving.store import Store as Archive
from trlyr_async import bulk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pa = pytest.importorskip("pyarrow")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(params=["disk", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "disk":
        return place_at(tmp_path / "table")
    pytest.importorskip("obstore", reason="stores need obstore")
    return place_at(f"memory://{tmp_path.name}-{id(tmp_path)}/table [1]#?%41 ü")


def table_in(place: Place, **options: Any) -> Table:
    return Table(place, now=lambda: NOW, sleep=lambda _: None, **options)


def append(table: Table, value: int, **notes: Any) -> None:
    part = table.write_rows(pa.table({"value": [value]}), {"stream": "x"})
    table.commit(lambda *_: Change(add=[part], notes=notes), create=True)


def values(table: Table) -> list[int]:
    found = table.reading(lambda s: [table.read_rows(one) for one in s.of_kind("rows")])
    return sorted(value for one in found for value in one["value"].to_pylist())


def test_nothing_is_there_before_the_first_commit(place: Place) -> None:
    table = table_in(place)
    assert not table.exists()
    with pytest.raises(DatasetMissing, match="holds no dataset"):
        table.load()


def test_rows_and_notes_come_together_and_moments_grow(place: Place) -> None:
    table = table_in(place)
    for number in range(40):
        append(table, number, last=number)
    found = table_in(place).load()
    assert found.number == 40
    assert found.note("last", int) == 39
    assert found.note("none", int) is None
    assert found.at == NOW + timedelta(microseconds=39)  # the clock stands still
    assert values(table_in(place)) == list(range(40))
    assert strays(table, found) == []


def test_many_writers_lose_nothing_and_wait_for_nobody(place: Place) -> None:
    append(table_in(place), 0)

    def write(first: int) -> None:
        table = Table(place)
        for number in range(first, first + 10):
            append(table, number)

    threads = [threading.Thread(target=write, args=(first,)) for first in (100, 200, 300)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert values(table_in(place)) == [0, *(k + n for k in (100, 200, 300) for n in range(10))]


class Disturbed(Place):
    """A place whose answers get lost, whose listings are old, or whose reads are damaged."""

    def __init__(self, inner: Place) -> None:
        super().__init__()
        self.inner = inner
        self.lost: list[str] = []
        self.retries = 2

    def __str__(self) -> str:
        return str(self.inner)

    def prepare(self) -> None:
        self.inner.prepare()

    def read(self, name: str) -> bytes:
        return self.inner.read(name)

    def create(self, name: str, content: Any) -> bool:
        for how in [one for one in self.lost if name.endswith(".commit")]:
            self.lost.remove(how)
            if how == "answer":
                self.inner.create(name, content)
            raise WriteFailed(5, "connection reset", name)
        return self.inner.create(name, content)

    def write(self, name: str, content: Any, *, lasting: bool = True) -> None:
        self.inner.write(name, content, lasting=lasting)

    def remove(self, names: Any) -> None:
        self.inner.remove(names)

    def list(self, _folder: str = "") -> Iterator[Any]:
        return iter(())  # as stale as can be

    def url(self, name: str) -> str:
        return self.inner.url(name)


@pytest.mark.parametrize("lost", [["answer"], ["request"], ["request", "answer"]])
def test_a_lost_answer_to_a_commit_is_resolved_by_looking(place: Place, lost: list[str]) -> None:
    disturbed = Disturbed(place)
    table = table_in(disturbed)
    append(table, 1)
    disturbed.lost = list(lost)
    append(table, 2)
    assert values(table_in(place)) == [1, 2]
    assert table_in(place).load().number == 2


def test_a_store_that_stays_away_fails_and_changes_nothing(place: Place) -> None:
    disturbed = Disturbed(place)
    table = table_in(disturbed)
    append(table, 1)
    disturbed.lost = ["request"] * 9
    with pytest.raises(WriteFailed, match="connection reset"):
        append(table, 2)
    assert values(table_in(place)) == [1]


def test_listings_are_never_asked_what_the_table_is(place: Place) -> None:
    disturbed = Disturbed(place)
    for number in range(20):
        append(table_in(disturbed), number)
    assert values(table_in(disturbed)) == list(range(20))


def test_a_writer_that_slept_commits_on_top_of_what_was_done_meanwhile(place: Place) -> None:
    early, late = table_in(place), table_in(place)
    append(early, 1)
    old = next(iter(late.load().parts))
    seen = []

    def build(snapshot: Any, _at: datetime) -> Change:
        seen.append(snapshot.number)
        if len(seen) == 1:  # while this one sleeps, another one replaces the file
            part = early.write_rows(pa.table({"value": [10]}), {"stream": "x"})
            early.commit(lambda *_: Change(add=[part], remove=[old]))
        return Change(notes={"seen": sorted(snapshot.parts)})

    found = late.commit(build)
    assert seen == [1, 2]
    assert found.note("seen", list) == sorted(found.parts)
    assert old not in found.parts
    assert values(table_in(place)) == [10]


def test_a_writer_that_slept_reads_again_what_was_replaced_meanwhile(place: Place) -> None:
    early, late = table_in(place), table_in(place)
    append(early, 1)
    seen = []

    def build(snapshot: Any, _at: datetime) -> Change:
        seen.append(snapshot.number)
        (part,) = snapshot.of_kind("rows")
        if len(seen) == 1:
            new = early.write_rows(pa.table({"value": [2]}), {"stream": "x"})
            early.commit(lambda *_: Change(add=[new], remove=[part.path]))
        rows = late.read_rows(part)
        return Change(notes={"sum": sum(rows["value"].to_pylist())})

    assert late.commit(build).note("sum", int) == 2
    assert seen == [1, 2]


def test_a_reader_takes_the_newest_snapshot_where_files_are_gone(place: Place) -> None:
    writer, reader = table_in(place), table_in(place)
    append(writer, 1)
    snapshots = []

    def work(snapshot: Any) -> list[Any]:
        snapshots.append(snapshot.number)
        if len(snapshots) == 1:
            part = writer.write_rows(pa.table({"value": [7]}), {"stream": "x"})
            writer.commit(lambda s, _: Change(add=[part], remove=list(s.parts)))
        return [v for one in snapshot.of_kind("rows") for v in reader.read_rows(one)["value"]]

    assert [one.as_py() for one in reader.reading(work)] == [7]
    assert snapshots == [1, 2]


def test_what_a_killed_writer_left_is_cleaned_and_never_taken_for_rows(place: Place) -> None:
    table = table_in(place)
    append(table, 1)
    table.write_rows(pa.table({"value": [99]}), {"stream": "x"})
    assert values(table_in(place)) == [1]
    assert len(strays(table, table.load())) == 1
    written = max(one.modified for one in place.list())
    soon, later = (lambda: written), (lambda: written + timedelta(hours=2))
    assert clean(table, now=soon) == 0  # it may be under way
    assert clean(table, now=later) == 1
    assert strays(table, table.load()) == []
    assert clean(table, now=later) == 0


def test_a_writer_whose_file_was_cleaned_away_does_not_commit_it(place: Place) -> None:
    table, other = table_in(place), table_in(place)
    append(table, 1)
    part = table.write_rows(pa.table({"value": [2]}), {"stream": "x"})
    later = max(one.modified for one in place.list()) + timedelta(hours=2)
    clean(other, now=lambda: later)
    with pytest.raises(WriteFailed, match="run again"):
        table.commit(lambda *_: Change(add=[part]))
    assert values(table_in(place)) == [1]


def test_every_flipped_bit_is_noticed_or_harmless(place: Place) -> None:
    table = table_in(place)
    for number in range(18):
        append(table, number)
    names = [one.name for one in place.list()]
    for name in names:
        whole = place.read(name)
        for position in range(0, len(whole), max(1, len(whole) // 7)):
            broken = bytearray(whole)
            broken[position] ^= 1 << position % 8
            place.write(name, bytes(broken))
            try:
                assert values(table_in(place)) == list(range(18))
            except DatasetDamaged as exc:
                assert name == exc.path  # noqa: PT017
        place.write(name, whole)
    assert damaged(table, table.load()) == []


@pytest.mark.parametrize("gone", ["000000000017.commit", "000000000018.commit"])
def test_a_commit_that_is_gone_is_no_older_table(place: Place, gone: str) -> None:
    table = table_in(place)
    for number in range(18):
        append(table, number)
    place.remove([f"_log/{gone}"])
    with pytest.raises(DatasetDamaged, match=f"{gone} is gone"):
        table_in(place).load()


def test_a_log_without_its_hint_is_found_by_its_files(place: Place) -> None:
    table = table_in(place)
    for number in range(40):
        append(table, number)
    place.remove(["_log/newest", "_log/000000000001.commit"])
    assert values(table_in(place)) == list(range(40))


class Careless(Store):
    """A store that takes no notice of conditions."""

    def create(self, name: str, content: Any) -> bool:
        self.write(name, content)
        return True


def test_a_store_that_ignores_conditions_is_found_out() -> None:
    obstore = pytest.importorskip("obstore")
    store = Careless(obstore.store.MemoryStore(), "s3://bucket", "x")
    with pytest.raises(UnsafeStore, match="single_writer=True"):
        append(table_in(store), 1)
    alone = Store(obstore.store.MemoryStore(), "s3://bucket", "x", single_writer=True)
    append(table_in(alone), 1)
    assert values(table_in(alone)) == [1]


@pytest.mark.parametrize(
    ("at", "error"),
    [
        ("ftp://host/x", "no store is called"),
        ("s3://", "names no folder"),
        ("s3://bucket/../x", "names no folder"),
        ("s3:/bucket/x", "was a URL"),
    ],
)
def test_places_that_are_none_are_refused(at: str, error: str) -> None:
    pytest.importorskip("obstore")
    with pytest.raises(ValueError, match=error):
        place_at(at)


def test_a_file_url_is_a_plain_folder_whatever_its_characters(tmp_path: Path) -> None:
    folder = tmp_path / "a b#x?y"
    assert place_at(folder.as_uri()).url("z") == str(folder / "z")
    assert place_at(f"file://{folder}").url("z") == str(folder / "z")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("_dataset.json", "trlyr revenue upgrade {}"),
        ("_archive.json", "nanocorp archive {} --repair"),
    ],
)
def test_an_older_format_is_refused_with_the_command_that_takes_it_over(
    tmp_path: Path, name: str, command: str
) -> None:
    """By every reader and writer, before anything is said of a dataset that is not there."""
    (tmp_path / name).write_text("{}")
    ways: list[Callable[[], object]] = [
        lambda: bulk.read(tmp_path),
        lambda: bulk.missing_in(tmp_path),
        lambda: bulk.files(tmp_path),
        lambda: read_archive(tmp_path, "day-ahead"),
        lambda: Archive(tmp_path, "https://feeds.invalid").open(),
    ]
    for way in ways:
        with pytest.raises(DatasetMismatch) as caught:
            way()
        assert f"`{command.format(tmp_path)}` takes it over" in str(caught.value)
