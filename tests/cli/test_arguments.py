"""What people type becomes times, lengths, assets and formats, or a sentence that helps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from energy_async.cli.formats import Format, Target, choose
from energy_async.cli.times import parse_between, parse_length, parse_moment, parse_range
from energy_async.delivery import BERLIN
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


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("2026-10-01T00:00", "write 2026-10-01T00:00Z for UTC, or 2026-10-01T00:00+02:00 for"),
        ("2026-12-01T00:00", "or 2026-12-01T00:00+01:00 for Europe/Berlin"),
        ("2026-10-25 02:30:00", "02:30:00+02:00 or 2026-10-25 02:30:00+01:00 for Europe/Berlin"),
        ("2026-03-29T02:30", "the clocks of Europe/Berlin skip it; write 2026-03-29T02:30Z if"),
    ],
    ids=["summer", "winter", "an hour that comes twice", "an hour that is skipped"],
)
def test_a_time_without_offset_is_refused_with_the_offset_of_that_day(
    text: str, advice: str
) -> None:
    with pytest.raises(ValueError, match=f"--start: {text} has no offset; .*{re.escape(advice)}"):
        parse_moment(text, BERLIN, "--start")


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "1026-10-01", "9999-12-31T00:00Z"])
def test_a_year_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--end: expected a year from 1990 to 2100"):
        parse_moment(text, BERLIN, "--end")


TUESDAY = datetime(2026, 11, 17, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-17", "2026-11-18"),
        ("yesterday", "2026-11-16", "2026-11-17"),
        ("this-month", "2026-11-01", "2026-12-01"),
        ("last-month", "2026-10-01", "2026-11-01"),
        ("last-year", "2025-01-01", "2026-01-01"),
        ("last-7-days", "2026-11-10", "2026-11-17"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-10-25", "2026-10-25", "2026-10-26"),
    ],
)
def test_a_range_in_words_is_whole_delivery_days(text: str, start: str, end: str) -> None:
    found = parse_range(text, BERLIN, TUESDAY)
    assert (found.start, found.end) == (
        parse_moment(start, BERLIN, ""),
        parse_moment(end, BERLIN, ""),
    )
    assert str(found) == f"{start} 00:00 to {end} 00:00 (Europe/Berlin)"


@pytest.mark.parametrize(
    "text",
    ["", "last-week", "last-0-days", "last--1-days", "2026-13", "2026-00", "2026-02-30", "20266"],
)
def test_other_words_are_no_range(text: str) -> None:
    with pytest.raises(ValueError, match="RANGE: expected"):
        parse_range(text, BERLIN, TUESDAY)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-10-01", "2026-11-01", "2026-10-01 00:00 to 2026-11-01 00:00 (Europe/Berlin)"),
        ("2026-10-01T00:00Z", "2026-10-02", "2026-10-01 00:00 to 2026-10-01 22:00 (UTC)"),
        (
            "2026-10-01T00:00+02:00",
            "2026-10-02",
            "2026-10-01 00:00 to 2026-10-02 00:00 (UTC+02:00)",
        ),
    ],
)
def test_a_range_is_shown_in_the_zone_in_which_it_was_typed(
    start: str, end: str, text: str
) -> None:
    assert str(parse_between(start, end, BERLIN)) == text


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


@pytest.mark.parametrize(
    ("wanted", "path", "is_terminal", "target"),
    [
        (None, None, True, Target(Format.TABLE, None)),
        (None, None, False, Target(Format.CSV, None)),
        (Format.JSON, None, True, Target(Format.JSON, None)),
        (Format.PARQUET, None, False, Target(Format.PARQUET, None)),
        (None, "a.PARQUET", True, Target(Format.PARQUET, Path("a.PARQUET"))),
        (None, "a.json", True, Target(Format.JSON, Path("a.json"))),
        (None, "a.xlsx", True, Target(Format.XLSX, Path("a.xlsx"))),
        (Format.CSV, "rows", True, Target(Format.CSV, Path("rows"))),
        (None, "-", True, Target(Format.CSV, None)),
    ],
)
def test_the_format_is_what_was_asked_else_what_the_target_says(
    wanted: Format | None, path: str | None, is_terminal: bool, target: Target
) -> None:
    chosen = choose(wanted, Path(path) if path else None, is_terminal=is_terminal)
    assert chosen == target


@pytest.mark.parametrize(
    ("wanted", "path"),
    [(None, "a.pdf"), (None, "a"), (Format.CSV, "a.json"), (Format.CSV, "a.pdf")],
)
def test_the_end_of_a_name_must_fit(wanted: Format | None, path: str) -> None:
    with pytest.raises(ValueError, match=f"{path}: (end the name with .*|the name ends as)"):
        choose(wanted, Path(path), is_terminal=True)


def test_a_file_in_no_folder_is_refused_before_the_work() -> None:
    with pytest.raises(ValueError, match="there is no folder nope"):
        choose(None, Path("nope/a.csv"), is_terminal=True)


@pytest.mark.parametrize("binary", [Format.PARQUET, Format.XLSX])
def test_bytes_never_land_on_a_terminal(binary: Format) -> None:
    with pytest.raises(ValueError, match="name a file with -o"):
        choose(binary, None, is_terminal=True)


A, B = "1c9fe5a8-0000-4000-8000-000000000001", "1c9fe5a8-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}\n",
        f"# fleet\n {A}  # north\n\n{B.upper()}",
        f"name,id\nx,{A}\ny,{B}\n",
        f"\ufeffid\r\n{A}\r\n{B}\r\n",
        f'Name;ID;Power\r\n"x;1";{A};7,5\r\ny;{B};5\r\n;;\r\n',
        f"sep=;\r\nid;name\r\n{A};x\r\n{B};y\r\n",
        f"north\t{A}\nsouth\t{B}\n",
    ],
    ids=["lines", "remarks", "CSV", "byte order mark", "semicolons", "sep=", "no header"],
)
def test_assets_come_from_lines_or_from_a_column(tmp_path: Path, text: str) -> None:
    path = tmp_path / "assets"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_ids(path) == [A, B]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# none\n", "assets names no identifier"),
        (b"id;name\n", "assets names no identifier"),
        (b"\xff\xfe\x00", "assets is neither text nor CSV in UTF-8"),
        (b"asset\n1c9fe5a8\n", "assets, line 1: 'asset' is no identifier such as"),
        (b"<!DOCTYPE html>\n<p>\n", "assets, line 1: '<!DOCTYPE html>' is no identifier"),
        (f"asset;power\n{A};7\n".encode(), "line 1: no identifier, and no column named id"),
        (f"id;name\n{A};x\n;y\n".encode(), "assets, line 3: '' is no identifier"),
        (f"id,id\n{A},{B}\n".encode(), "assets has more than one column id"),
        (f"{A},{B}\n".encode(), "line 1: which of 2 identifiers is meant"),
    ],
)
def test_a_file_that_names_no_assets_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "assets"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(reason)):
        read_ids(path)
