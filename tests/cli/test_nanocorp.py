"""`nanocorp`: each feed in each format, times and units said."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from nanocorp_async.cli.feeds import FEEDS as DESCRIBED
from nanocorp_async.cli.tabulate import section_table
from nanocorp_async.models import market_feeds as models

if TYPE_CHECKING:
    from pathlib import Path

    from api_sandbox import Sandbox
    from tests.cli.conftest import Command, Ended


SINGLE = [
    "day-ahead-prices", "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy",
    "mfrr-energy",
]  # fmt: skip
AGGREGATES = {
    "balancing-capacity": ["FCR", "aFRR", "mFRR"],
    "balancing-energy": ["aFRR", "mFRR"],
}
FEEDS = [*SINGLE, *AGGREGATES]


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


def rows_of(ended: Ended) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ended.out)))


def start_column(row: dict[str, str]) -> str:
    return next(name for name in row if name.endswith("_start_utc"))


@pytest.mark.parametrize("feed", FEEDS)
def test_csv_parses_and_is_sorted_in_utc(command: Command, feed: str) -> None:
    ended = command("nanocorp", feed)
    rows = rows_of(ended)
    key = start_column(rows[0])
    starts = [(row.get("product", ""), row[key]) for row in rows]
    assert (ended.code, ended.err) == (0, "")
    assert starts == sorted(starts)
    assert all(start.endswith("Z") for _, start in starts)


@pytest.mark.parametrize("feed", FEEDS)
def test_json_is_the_whole_answer_under_the_feeds_own_names(command: Command, feed: str) -> None:
    answer = json.loads(command("nanocorp", feed, "--format", "json").out)
    assert {"latestDate", "latestFetchedAtUtc"} & answer.keys()


@pytest.mark.parametrize("feed", FEEDS)
def test_parquet_keeps_times_and_units(command: Command, feed: str, tmp_path: Path) -> None:
    path = tmp_path / "feed.parquet"
    assert command("nanocorp", feed, "-o", path).code == 0
    schema = pq.read_schema(path)
    assert str(schema.field(start_column(schema.names)).type) == "timestamp[us, tz=UTC]"
    assert any((field.metadata or {}).get(b"unit", b"").startswith(b"EUR/MW") for field in schema)


@pytest.mark.parametrize("feed", FEEDS)
def test_tables_say_zone_and_unit(command: Command, feed: str) -> None:
    utc = command("nanocorp", feed, "--format", "table").out
    local = command("nanocorp", feed, "--format", "table", "--local").out
    unit = "period not documented" if feed.endswith("capacity") else "EUR/MWh"
    assert "UTC" in utc
    assert unit in utc
    assert "Europe/Paris" in local


@pytest.mark.parametrize("feed", FEEDS)
def test_local_times_are_the_same_moments_with_the_offset_of_paris(
    command: Command, feed: str
) -> None:
    utc, local = rows_of(command("nanocorp", feed)), rows_of(command("nanocorp", feed, "--local"))
    key = start_column(utc[0])
    moments = [datetime.fromisoformat(row[key]) for row in local]
    assert moments == [datetime.fromisoformat(row[key]) for row in utc]
    assert {f"{moment:%z}" for moment in moments} <= {"+0100", "+0200"}


@pytest.mark.parametrize(("feed", "products"), AGGREGATES.items())
def test_an_aggregate_is_one_table_in_a_file_and_one_for_each_product_on_screen(
    command: Command, feed: str, products: list[str]
) -> None:
    rows = rows_of(command("nanocorp", feed))
    table = command("nanocorp", feed, "--format", "table").out
    assert list(dict.fromkeys(row["product"] for row in rows)) == products
    assert all(row["period_start_utc"] for row in rows)
    assert [one for one in products if f"France, {one} " not in table] == []


def test_recent_rows_of_afrr_are_steps_of_four_seconds(command: Command) -> None:
    rows = rows_of(command("nanocorp", "afrr-energy", "--recent"))
    first = rows[0]
    begin, end = (datetime.fromisoformat(first[f"period_{one}_utc"]) for one in ("start", "end"))
    assert (end - begin).total_seconds() == 4
    assert "picasso_connection" in first


def test_a_table_with_more_rows_than_fit_shows_the_newest_and_counts_the_rest(
    command: Command,
) -> None:
    rows = rows_of(command("nanocorp", "day-ahead-prices"))
    table = command("nanocorp", "day-ahead-prices", "--format", "table").out
    newest = rows[-1]["hour_start_utc"][:16].replace("T", " ")
    assert newest in table
    assert f"{len(rows) - 100:,} earlier rows" in table


def test_rows_are_sorted_whatever_order_they_came_in() -> None:
    """Upstream documents no order; a row without a start comes last."""
    times = [None, datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)]
    answer = models.DayAheadPrices(rows=[models.DayAheadPrice(hour_start_utc=at) for at in times])
    (section,) = DESCRIBED["day-ahead-prices"].sections(answer, "chart")
    assert section_table(section)["hour_start_utc"].to_pylist() == [times[2], times[1], None]


def test_an_empty_answer_is_an_empty_table() -> None:
    for name, feed in DESCRIBED.items():
        if not feed.is_aggregate:
            (section,) = feed.sections(_EMPTY[name], "chart")
            assert section_table(section).num_rows == 0


_EMPTY = {
    "day-ahead-prices": models.DayAheadPrices(),
    "fcr-capacity": models.FcrCapacity(),
    "afrr-capacity": models.AfrrCapacity(),
    "mfrr-capacity": models.MfrrCapacity(),
    "afrr-energy": models.AfrrEnergy(),
    "mfrr-energy": models.MfrrEnergy(),
}


def test_a_token_without_subscription_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NANOCORP_TOKEN", "no-such-token")
    ended = command("nanocorp", "fcr-capacity", "--verbose")
    assert ended.code == 1
    assert "no active subscription" in ended.err
    assert "NANOCORP_TOKEN" in ended.err
    assert "no-such-token" not in ended.err


def test_a_missing_token_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NANOCORP_TOKEN")
    ended = command("nanocorp", "fcr-capacity")
    assert (ended.code, ended.out) == (2, "")
    assert "NANOCORP_TOKEN" in ended.err


def test_an_answer_of_another_shape_is_told_with_its_place(
    command: Command, sandbox: Sandbox
) -> None:
    sandbox.inject("wrong_schema", operation="market_feeds.*", times=None)
    ended = command("nanocorp", "day-ahead-prices")
    assert ended.code == 1
    assert "$" in ended.err
    assert ended.out == ""
