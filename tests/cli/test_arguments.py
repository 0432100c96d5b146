"""What people type becomes times, lengths, assets and formats, or a sentence that helps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.cli.formats import Format, Target, choose
from energy_async.cli.times import days_between, parse_length, parse_moment
from energy_async.delivery import BERLIN, month
from trlyr_async.cli.ids import read_ids


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-01", "2026-09-30T22:00:00+00:00"),
        ("2026-11-01", "2026-10-31T23:00:00+00:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-01T06:00:00Z", "2026-10-01T06:00:00+00:00"),
    ],
    ids=["summer", "winter", "first doubled hour", "second doubled hour", "UTC"],
)
def test_a_plain_date_is_local_midnight_and_a_time_is_what_its_offset_says(
    text: str, utc: str
) -> None:
    assert parse_moment(text, BERLIN, "--start").isoformat() == utc


@pytest.mark.parametrize("text", ["2026-10-01T00:00", "2026-10-25 02:30:00"])
def test_a_time_without_offset_is_refused_because_it_may_mean_two_moments(text: str) -> None:
    with pytest.raises(ValueError, match=r"--start: .* has no offset; write .*Z for UTC"):
        parse_moment(text, BERLIN, "--start")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-02-30", "01.10.2026"])
def test_what_is_no_time_is_named_with_an_example_of_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"--end: expected a day such as 2026-10-01"):
        parse_moment(text, BERLIN, "--end")


@pytest.mark.parametrize(
    ("text", "length"),
    [("12h", timedelta(hours=12)), ("31d", timedelta(days=31)), ("2w", timedelta(days=14))],
)
def test_lengths_are_a_number_and_a_letter(text: str, length: timedelta) -> None:
    assert parse_length(text, "--window") == length


@pytest.mark.parametrize("text", ["", "0d", "31", "d", "-1d", "1.5d", "31 days", "9" * 20 + "w"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--window: expected a length such as 12h"):
        parse_length(text, "--window")


@given(year=st.integers(2000, 2090), number=st.integers(1, 12))
def test_a_month_has_its_days_whatever_the_clocks_do(year: int, number: int) -> None:
    start, end = month(year, number, BERLIN)
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    assert (
        days_between(start, end, BERLIN) == (following - datetime(year, number, 1, tzinfo=UTC)).days
    )


@given(hours=st.lists(st.integers(0, 24 * 400), min_size=3, max_size=3))
def test_days_add_up_over_neighbouring_stretches(hours: list[int]) -> None:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    first, middle, last = (origin + timedelta(hours=one) for one in sorted(hours))
    parts = days_between(first, middle, BERLIN) + days_between(middle, last, BERLIN)
    assert parts == pytest.approx(days_between(first, last, BERLIN), abs=1e-9)


@pytest.mark.parametrize(
    ("wanted", "path", "is_terminal", "target"),
    [
        (None, None, True, Target(Format.TABLE, None)),
        (None, None, False, Target(Format.CSV, None)),
        (Format.JSON, None, True, Target(Format.JSON, None)),
        (Format.PARQUET, None, False, Target(Format.PARQUET, None)),
        (None, "a.PARQUET", True, Target(Format.PARQUET, Path("a.PARQUET"))),
        (None, "a.json", True, Target(Format.JSON, Path("a.json"))),
        (Format.CSV, "a.json", True, Target(Format.CSV, Path("a.json"))),
        (None, "-", True, Target(Format.CSV, None)),
    ],
)
def test_the_format_is_what_was_asked_else_what_the_target_says(
    wanted: Format | None, path: str | None, is_terminal: bool, target: Target
) -> None:
    chosen = choose(wanted, Path(path) if path else None, is_terminal=is_terminal)
    assert chosen == target


def test_a_file_without_a_telling_name_needs_a_format() -> None:
    with pytest.raises(ValueError, match=r"a\.xlsx: say --format, or end the name with .*\.csv"):
        choose(None, Path("a.xlsx"), is_terminal=True)


def test_parquet_never_lands_on_a_terminal() -> None:
    with pytest.raises(ValueError, match="name a file with -o"):
        choose(Format.PARQUET, None, is_terminal=True)


@pytest.mark.parametrize(
    "text",
    ["a\nb\n", "# fleet\n a  # north\n\nb", "name,id\nx,a\ny,b\n", "\ufeffid\r\na\r\nb\r\n"],
    ids=["lines", "remarks", "CSV", "CSV with a byte order mark"],
)
def test_assets_come_from_lines_or_from_a_column(tmp_path: Path, text: str) -> None:
    path = tmp_path / "assets"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_ids(path) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"# none\n", "names no asset"), (b"\xff\xfe\x00", "is not a text file")],
)
def test_a_file_without_assets_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "assets"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"assets {reason}"):
        read_ids(path)
