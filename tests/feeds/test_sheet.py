"""The day sheet: its numbers are the data's, and what is wrong or not there stands on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING

import anyio
import msgspec
import pytest

from energy_async import market
from energy_async.delivery import PARIS, by_day, in_day, quarter_hours
from energy_async.page import number
from energy_sandbox import Sandbox
from nanocorp_async import Nanocorp, NotSubscribed, day_sheet
from nanocorp_async.sheet import Source, describe, read_day, read_feeds, render
from nanocorp_async.sheet.findings import findings
from nanocorp_async.tidy import MarketRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nanocorp_async.sheet import DaySheet

OCTOBER, MARCH, NORMAL = date(2026, 10, 25), date(2027, 3, 28), date(2026, 5, 23)
DAYS = pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(OCTOBER, 25, id="october"),
        pytest.param(MARCH, 23, id="march"),
        pytest.param(NORMAL, 24, id="normal"),
    ],
)
ENERGY = ("afrr-energy", "mfrr-energy")
VOID = {"meta", "path", "line", "br", "link", "img", "input"}


class Page(HTMLParser):
    """What a reader of the page finds: tables by caption, text, and whether tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self._caption, self._rows = "", [[""]]
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self._caption, self._rows = "", []
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"th", "td"}:
            self._rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "table":
            assert self._caption
            self.tables.setdefault(self._caption, []).extend(self._rows)

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if "caption" in self._open:
            self._caption += data.strip()
        elif {"th", "td"} & set(self._open):
            self._rows[-1][-1] += data.strip()

    def having(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]


Fetched = tuple[list[MarketRow], list[Source], datetime]


@cache
def _fetched(day: date, after: timedelta) -> Fetched:
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) + after

    async def fetch() -> tuple[list[MarketRow], list[Source]]:
        async with (
            Sandbox(assets=1, clock=lambda: now) as sandbox,
            Nanocorp(
                sandbox.token, base_url=sandbox.feeds_url, rate=1e6, wall=now.timestamp
            ) as client,
        ):
            return await read_feeds(client)

    with ThreadPoolExecutor(1) as beside:  # a test that asks may run in a loop of its own
        return (*beside.submit(anyio.run, fetch).result(), now)


def fetched(day: date, after: timedelta = timedelta(hours=38)) -> Fetched:
    return _fetched(day, after)


def sheet_of(
    day: date,
    change: Callable[[list[MarketRow]], list[MarketRow]] = list,
    after: timedelta = timedelta(hours=38),
) -> DaySheet:
    rows, sources, now = fetched(day, after)
    return describe(change(list(rows)), sources, day, made_at=now)


def rows_of(day: date, feed: str, direction: str | None = None) -> list[MarketRow]:
    rows, _, _ = fetched(day)
    return [
        row
        for row in in_day(rows, day, PARIS)
        if row.feed == feed and direction in {None, row.direction}
    ]


def cells(rows: Sequence[Sequence[str]]) -> list[str]:
    return [cell for _, *found in rows[1:] for cell in found]


@DAYS
def test_a_complete_day_has_every_price_in_its_tables(day: date, hours: int) -> None:
    sheet = sheet_of(day)
    assert sheet.complete
    page = Page(render(sheet))
    prices = page.tables["Day-ahead prices (EUR/MWh)"]
    assert len(prices) == 1 + hours
    assert cells(prices) == [number(row.price) for row in rows_of(day, "day-ahead")]
    assert len(cells(prices)) == 4 * hours
    for name, feed, per_hour in (("aFRR", "afrr-energy", 12), ("mFRR", "mfrr-energy", 4)):
        for direction in ("upward", "downward"):
            found = cells(page.tables[f"{name} energy, {direction} (EUR/MWh)"])
            assert len(found) == per_hour * hours
            assert found == [number(row.price) for row in rows_of(day, feed, direction.upper())]
    assert f"Delivery day of {hours} hours, {4 * hours} quarter-hours" in page.text
    assert "None: every period of the day is there once" in page.text
    assert "Complete: every period is there once" in page.text


@DAYS
def test_capacity_tables_hold_price_and_volumes(day: date, hours: int) -> None:
    page = Page(render(sheet_of(day)))
    unit = "EUR/MW (period not documented)"
    fcr = page.tables[f"FCR capacity, symmetric ({unit})"]
    assert fcr[0][1:] == ["price", "contracted MW", "offered MW", "volume MW"]
    assert [line[1:] for line in fcr[1:]] == [
        [number(one) for one in (r.price, r.contracted_volume_mw, r.offered_volume_mw, r.volume_mw)]
        for r in rows_of(day, "fcr-capacity")
    ]
    assert len(fcr) == 1 + hours
    assert page.tables[f"aFRR capacity, downward ({unit})"][0][1:] == [
        "price", "contracted MW", "offered MW",
    ]  # fmt: skip


def test_the_doubled_hour_has_two_rows_that_can_be_told_apart() -> None:
    page = Page(render(sheet_of(OCTOBER)))
    hours = [row[0] for row in page.tables["Day-ahead prices (EUR/MWh)"]]
    assert hours[1:6] == ["00:00", "01:00", "02:00 (UTC+02)", "02:00 (UTC+01)", "03:00"]
    blocks = [
        row[0] for row in page.tables["FCR capacity, symmetric (EUR/MW (period not documented))"]
    ]
    assert blocks[3:5] == [
        "02:00 (UTC+02)\N{EN DASH}02:00 (UTC+01)",
        "02:00 (UTC+01)\N{EN DASH}03:00",
    ]
    assert blocks[-1] == "23:00\N{EN DASH}24:00"


def test_the_facts_are_those_of_the_market_module() -> None:
    values = market.series(rows_of(OCTOBER, "day-ahead"))
    sheet = sheet_of(OCTOBER)
    (series,) = sheet.parts[0].series
    known = [one.value for one in values if one.value is not None]
    assert series.mean == pytest.approx(sum(known) / len(known))
    assert series.low is not None
    assert series.high is not None
    assert (series.low.price, series.high.price) == (min(known), max(known))
    assert dict(sheet.parts[0].spreads) == {
        hours: market.spread(values, OCTOBER, PARIS, 4 * hours) for hours in (1, 2, 4)
    }
    text = Page(render(sheet)).text
    for value in (series.mean, *(one.spread for _, one in sheet.parts[0].spreads)):
        assert number(value, 2) in text


def test_the_page_stands_alone_and_can_be_heard() -> None:
    html = render(sheet_of(OCTOBER))
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert (files("energy_async.page") / "style.css").read_text("utf-8").strip() in html
    assert page.having("html", lang="en")
    assert not page.having("script")
    assert not page.having("link")
    assert not any(key in found for _, found in page.tags for key in ("src", "href"))
    for word in ("@import", "url(", "http://", "https://"):
        assert word not in html
    for query in ("prefers-color-scheme: dark", "@media print", "max-width", "size: A4"):
        assert query in html
    charts = page.having("svg", role="img")
    assert len(charts) == 1 + 2 * 3 + 2
    ids = [found["id"] for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids))
    for _, found in page.tags:
        assert set((found.get("aria-labelledby") or "").split()) <= set(ids)
    assert all(found.get("scope") in {"row", "col"} for found in page.having("th"))
    regions = page.having("div", role="region")
    assert all(found.get("aria-label") and found.get("tabindex") == "0" for found in regions)


def test_gaps_doubles_and_missing_prices_are_findings_with_their_times() -> None:
    first, *others = rows_of(OCTOBER, "day-ahead")

    def change(rows: list[MarketRow]) -> list[MarketRow]:
        rows = [row for row in rows if row not in others[8:11]]  # from 02:15 in summer time
        rows[rows.index(others[0])] = msgspec.structs.replace(others[0], price=None)
        assert first.price is not None
        return [*rows, msgspec.structs.replace(first, price=first.price + 1)]

    sheet = sheet_of(OCTOBER, change)
    assert sheet.parts[0].state == "incomplete"
    assert [(one.feed, one.kind, one.text) for one in findings(sheet)] == [
        ("day-ahead", "missing", "3 of 100 periods: 02:15 (UTC+02)\N{EN DASH}02:00 (UTC+01)"),
        ("day-ahead", "double", "rows contradict each other: 00:00\N{EN DASH}00:15"),
        ("day-ahead", "without a price", "1 rows; the curve breaks there"),
    ]
    page = Page(render(sheet))
    assert "Not complete: see the findings." in page.text
    lines = page.tables["What is missing, double or not there yet"]
    assert [line[2] for line in lines[1:]] == ["missing", "double", "without a price"]
    prices = cells(page.tables["Day-ahead prices (EUR/MWh)"])
    assert prices[0] == f"{number(first.price)} / {number((first.price or 0) + 1)}"
    assert prices[1] == "\N{EN DASH}"
    assert prices[9:12] == ["\N{MULTIPLICATION SIGN}"] * 3
    assert sheet.parts[0].series[0].mean is None, "nobody knows which of the two is right"
    assert sheet.parts[0].spreads == []


def test_a_day_with_all_periods_and_a_price_missing_is_not_complete() -> None:
    missing = rows_of(NORMAL, "afrr-energy", "UPWARD")[7]

    def change(rows: list[MarketRow]) -> list[MarketRow]:
        rows[rows.index(missing)] = msgspec.structs.replace(missing, price=None)
        return rows

    sheet = sheet_of(NORMAL, change)
    assert [part.state for part in sheet.parts] == ["complete"] * 4 + ["incomplete", "complete"]
    page = Page(render(sheet))
    assert cells(page.tables["aFRR energy, upward (EUR/MWh)"])[7] == "\N{EN DASH}"
    assert "Not complete: see the findings." in page.text


def test_a_curve_breaks_at_nulls_and_keeps_zeros() -> None:
    def change(rows: list[MarketRow]) -> list[MarketRow]:
        return [
            msgspec.structs.replace(row, price=None)
            if row.feed == "mfrr-energy" and row.price == 0
            else row
            for row in rows
        ]

    whole, broken = (sheet_of(OCTOBER, one) for one in (list, change))
    with_zeros, without = whole.parts[5].series[0], broken.parts[5].series[0]
    assert with_zeros.zeros > 0
    assert with_zeros.mean_without_zeros == pytest.approx(without.mean)
    assert (without.zeros, without.unknown) == (0, with_zeros.zeros)
    page = Page(render(whole))
    figures = page.tables["The day in figures"]
    assert str(with_zeros.zeros) in [row[4] for row in figures if row[0] == "upward"]
    assert "A zero of mFRR may stand for “no activation”" in page.text
    paths = [Page(render(one)).having("path", **{"class": "l1"}) for one in (whole, broken)]
    moves = [[(found.get("d") or "").count("M") for found in one][-1] for one in paths]
    assert moves[0] == 1
    assert moves[1] > 10


def test_what_is_not_published_yet_is_a_state_and_no_error() -> None:
    sheet = sheet_of(OCTOBER, after=timedelta(hours=9))
    assert [part.state for part in sheet.parts] == ["complete"] * 4 + ["not published yet"] * 2
    page = Page(render(sheet))
    assert "Not all is published yet; what is there is complete." in page.text
    for moment in ("02:11", "02:21"):
        assert page.text.count(f"expected by 2026-10-26 {moment} on Paris clocks") == 2
    assert "the feed holds 2026-10-24" in page.text
    assert not any("energy, upward" in caption for caption in page.tables)
    assert len(page.having("svg", role="img")) == 7


def test_a_day_that_no_feed_holds_is_said_first() -> None:
    rows, sources, now = fetched(OCTOBER)
    sheet = describe(rows, sources, date(2020, 1, 1), made_at=now)
    assert sheet.empty
    assert {part.state for part in sheet.parts} == {"no longer held"}
    page = Page(render(sheet))
    assert "The feeds do not hold this day." in page.text
    assert (
        "is older than all that the feed holds; the feed holds 2026-09-29 to 2026-10-27"
        in page.text
    )
    assert not page.having("svg", role="img")


def test_a_feed_without_rows_and_one_without_an_answer_are_told() -> None:
    _, sources, now = fetched(OCTOBER)
    empty = [one._replace(held=None) for one in sources[:-1]]
    broken = sources[-1]._replace(problem="<broken>")
    sheet = describe([], [*empty, broken], OCTOBER, made_at=now)
    assert [part.state for part in sheet.parts] == ["late"] * 5 + ["no answer"]
    html = render(sheet)
    assert "the feed holds no rows at all" in html
    assert "&lt;broken&gt;" in html
    assert "<broken>" not in html


def test_provenance_says_who_fetched_what_and_when() -> None:
    page = Page(render(sheet_of(OCTOBER)))
    table = page.tables["Sources, as the vendor of the feeds names them"]
    day_ahead, *others = table[1:]
    assert day_ahead[1:3] == ["ENTSO-E Transparency Platform", "not said"]
    assert {row[1] for row in others} == {"RTE"}
    assert others[0][2] == "2026-10-25 15:35:24 UTC (16:35 in Paris)"
    assert others[0][4:] == ["2026-10-20 to 2026-10-26", "/api/balancing-capacity"]
    assert "Made 2026-10-26 14:00:00 UTC" in page.text


def test_rows_of_other_lengths_are_listed_and_found() -> None:
    whole = quarter_hours(NORMAL, PARIS)
    odd = MarketRow(feed="day-ahead", start=whole[0].start, end=whole[1].end, price=7.0)
    undated = MarketRow(feed="day-ahead", start=whole[5].start, price=8.0)

    def change(rows: list[MarketRow]) -> list[MarketRow]:
        return [*rows, odd, undated]

    sheet = sheet_of(NORMAL, change)
    assert [one.kind for one in findings(sheet)] == ["unaligned", "without start or end"]
    table = Page(render(sheet)).tables["Day-ahead prices (EUR/MWh)"]
    assert ["00:00\N{EN DASH}00:30", "7.00"] in table
    assert len(table) == 1 + 96 + 1


@pytest.mark.parametrize(
    ("horizons", "more"),
    [
        (("DAILY", "PERIODIC"), 0),
        (("DAILY", "PERIODIC", "WEEKLY"), 2),
    ],
)
def test_each_time_horizon_has_a_line_or_is_counted(horizons: tuple[str, ...], more: int) -> None:
    def change(rows: list[MarketRow]) -> list[MarketRow]:
        return [
            msgspec.structs.replace(row, time_horizon=horizon)
            for row in rows
            for horizon in (horizons if row.feed == "mfrr-capacity" else ("DAILY",))
        ]

    html = render(sheet_of(NORMAL, change))
    assert html.count("(2 more in the tables)") == more
    drawing = html.partition('id="mfrr-capacity-price-d"')[2].partition("</figure>")[0]
    assert drawing.count('<path class="l') == 4


def test_words_that_nobody_listed_pass_and_are_escaped() -> None:
    def change(rows: list[MarketRow]) -> list[MarketRow]:
        return [
            msgspec.structs.replace(row, direction="<UP & AWAY>", time_horizon="PERIODIC")
            if row.feed == "fcr-capacity"
            else row
            for row in rows
        ]

    page = Page(render(sheet_of(NORMAL, change)))
    caption = "FCR capacity, <up & away>, periodic (EUR/MW (period not documented))"
    assert len(page.tables[caption]) == 25


async def test_a_period_that_is_said_converts_and_is_told() -> None:
    now = datetime(2026, 10, 26, 14, tzinfo=UTC)
    async with (
        Sandbox(assets=1, clock=lambda: now) as sandbox,
        Nanocorp(sandbox.token, base_url=sandbox.feeds_url, rate=1e6, wall=now.timestamp) as client,
    ):
        sheet = await read_day(client, OCTOBER, price_period=timedelta(minutes=15))
        html = await day_sheet(client, OCTOBER)
    hourly = [row.price for row in sheet.parts[1].series[0].rows]
    plain = [row.price for row in rows_of(OCTOBER, "fcr-capacity")]
    assert hourly == [pytest.approx(4 * (one or 0)) for one in plain]
    page = Page(render(sheet))
    assert "FCR capacity, symmetric (EUR/MW/h)" in page.tables
    assert "converted for the period" in page.text
    assert "not documented: a quarter-hour" not in page.text
    assert "is not documented: a quarter-hour" in " ".join(Page(html).text.split())


async def test_a_request_that_fails_alone_is_told_on_the_page() -> None:
    now = datetime(2026, 10, 26, 14, tzinfo=UTC)
    async with (
        Sandbox(assets=1, clock=lambda: now) as sandbox,
        Nanocorp(
            sandbox.token, base_url=sandbox.feeds_url, rate=1e6, retries=0, wall=now.timestamp
        ) as client,
    ):
        sandbox.inject("status", status=503, operation="get_balancing_energy")
        sheet = await read_day(client, OCTOBER)
    assert [part.state for part in sheet.parts] == ["complete"] * 4 + ["no answer"] * 2
    text = Page(render(sheet)).text
    assert text.count("503") == 4, "in its section and in the findings, for both feeds"


async def test_where_nothing_answers_there_is_no_page() -> None:
    async with Sandbox(assets=1) as sandbox, Nanocorp("x", base_url=sandbox.feeds_url) as client:
        with pytest.raises(NotSubscribed):
            await day_sheet(client, OCTOBER)


def test_every_day_that_a_feed_holds_makes_a_page() -> None:
    rows, sources, now = fetched(OCTOBER)
    for day in list(by_day(rows, PARIS))[::4]:
        assert str(day) in render(describe(rows, sources, day, made_at=now))
