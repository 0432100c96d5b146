"""`check`, `report`, `plot`, `--plan` and `points pull`: as a shell runs them."""

from __future__ import annotations

import html.parser
import itertools
import json
import math
import re
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow.compute as pc
import pytest

from energy_async.bulk import Manifest, read_manifest
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.reconcile import Finding
from energy_async.cli.notes import busy
from energy_async.page import number
from energy_async.page.charts import Chart, columns, ticks
from tests.cli.test_chart import size_of
from tests.storage.editing import lose, rewrite
from trlyr_async import bulk, report
from trlyr_async.bulk import AssetFacts
from trlyr_async.bulk.figures import Covers, Figure
from trlyr_async.report import page as report_page
from trlyr_async.report.page import grouped

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command

DAYS = ("--start", "2026-10-20", "--end", "2026-10-27")
FAST = ("--rate", "500")
PULL = ("trlyr", "revenue", "pull", *DAYS, *FAST)
POINTS = ("trlyr", "revenue", "points", "pull")
VOID = {"meta"}


@pytest.fixture
def pulled(command: Command, sandbox: Sandbox, tmp_path: Path) -> Path:
    """A week with a clock change, rows and data points."""
    assert sandbox.url
    assert command(*PULL, "--out", tmp_path / "revenue").code == 0
    ended = command(*POINTS, "virtual_asset", "daily", *DAYS, *FAST, "--out", tmp_path / "points")
    assert ended.code == 0
    assert "complete" in ended.out
    return tmp_path


def test_a_pull_that_is_whole_is_clean(command: Command, pulled: Path) -> None:
    ended = command("trlyr", "revenue", "check", pulled / "revenue", "--points", pulled / "points")
    assert (ended.code, ended.err) == (0, "")
    assert "clean: 0 errors, 0 warnings" in ended.out
    assert re.search(r"wholesale +quarter-hours", ended.out)
    assert "compared 28 of 28 days of assets, 4 of 4 assets: the rows of all streams" in ended.out


@pytest.mark.parametrize("terminal", [True, False])
def test_what_takes_long_is_told_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setenv("TERM", "xterm")
    with busy("checking [bold]revenue"):
        pass
    written = capsys.readouterr()
    assert ("checking [bold]revenue \N{HORIZONTAL ELLIPSIS}" in written.err) == terminal
    assert terminal or written.err == ""
    assert written.out == ""


def test_what_is_missing_is_told_and_ends_with_3(command: Command, pulled: Path) -> None:
    lose(pulled / "revenue", stream="ancillary")
    ended = command("trlyr", "revenue", "check", pulled / "revenue")
    assert ended.code == 3
    assert "NOT CLEAN: 4 errors" in ended.out
    assert "Run the same pull again" in ended.out
    told = json.loads(command("trlyr", "revenue", "check", pulled / "revenue", "--json").out)
    kinds = [one["kind"] for one in told["findings"] if one["severity"] == "error"]
    assert kinds == ["not pulled"] * 4
    notices = {(one["kind"], one["stream"]) for one in told["findings"]}
    assert ("no rows", "ancillary") not in notices  # what was not fetched may well have rows
    assert told["findings"][0]["start"] == "2026-10-19T22:00:00Z"


def test_data_points_are_checked_alone_too(command: Command, pulled: Path) -> None:
    ended = command("trlyr", "revenue", "check", pulled / "points")
    assert ended.code == 0
    assert "per year figures" in ended.out


def test_named_categories_alone_are_pulled(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    asset, out = sandbox.virtual_asset_ids[0], tmp_path / "points"
    names = ("revenue_total_revenue", "net_volume_wholesale")
    wanted = [word for name in names for word in ("--category", name)]
    ended = command(
        *POINTS, "virtual_asset", "hourly", *DAYS, *FAST, *wanted, "--id", asset, "--out", out
    )
    table = bulk.read(out)
    assert ended.code == 0
    assert set(table["category"].to_pylist()) <= set(names)
    assert set(table["subject_id"].to_pylist()) == {asset}
    assert table.num_rows == 7 * 24 + 1 or table.num_rows == 2 * (7 * 24 + 1)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("battery", "daily"), "SUBJECT: there is no 'battery'; there are virtual_asset"),
        (("virtual_asset", "weekly"), "RESOLUTION: there is no 'weekly'; there are raw"),
        (("fleet", "daily"), "--id or --ids-file"),
    ],
    ids=["subject", "resolution", "no id"],
)
def test_points_that_cannot_be_asked_are_refused(
    command: Command, sandbox: Sandbox, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    ended = command(*POINTS, *words, *DAYS, "--out", tmp_path / "points")
    assert ended.code == 2
    assert reason in ended.err
    assert sandbox.counters.logins == 0


def test_a_plan_is_told_before_anything_is_sent(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    asset = sandbox.virtual_asset_ids[0]
    ended = command(*PULL, "--plan", "--asset", asset, "--window", "1d", "--out", tmp_path / "none")
    assert ended.code == 0
    assert "32 requests: 1 asset, 4 streams" in ended.out
    assert "0:00:00 at the least" in ended.out
    assert sandbox.counters.logins == 0
    assert not (tmp_path / "none").exists()
    points = command(*POINTS, "fleet", "daily", *DAYS, "--rate", "0.5", "--id", asset, "--plan")
    assert "1 request: 1 asset, 1 stream" in points.out
    assert "0:00:02 at the least" in points.out


def test_a_plan_knows_what_is_there_already(command: Command, pulled: Path) -> None:
    lose(pulled / "revenue", stream="tolling")
    ended = command(*PULL, "--plan", "--out", pulled / "revenue")
    assert "16 requests" in ended.out
    assert "lacks 4 of them" in ended.out


def test_progress_as_json_is_an_object_a_line(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    ended = command(*PULL, "--progress", "json", "--out", tmp_path / "revenue")
    lines = [json.loads(one) for one in ended.err.splitlines() if one.startswith("{")]
    assert len(lines) == 16
    assert [one["done"] for one in lines] == sorted(one["done"] for one in lines)
    assert lines[-1]["done"] == lines[-1]["total"] == 16
    assert lines[-1]["eta_seconds"] == 0
    assert lines[-1]["requests"] >= 16
    assert lines[-1]["latest"]["outcome"] in {"ok", "empty"}


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_dataset_is_drawn(command: Command, pulled: Path, kind: str) -> None:
    out = pulled / f"chart.{kind}"
    assert command("trlyr", "revenue", "plot", pulled / "revenue", "-o", out).code == 0
    if kind == "png":
        assert size_of(out) == (1600, 675)
    else:
        assert out.read_bytes()[:5] in {b"<?xml", b"%PDF-"}


def test_a_chart_of_an_unknown_kind_is_refused(command: Command, pulled: Path) -> None:
    ended = command("trlyr", "revenue", "plot", pulled / "revenue", "-o", pulled / "chart.gif")
    assert ended.code == 2
    assert ".png or .svg or .pdf" in ended.err
    assert not (pulled / "chart.gif").exists()


class Page(html.parser.HTMLParser):
    """Reads a page as a browser would, and notes what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.seen: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.fetched += [v or "" for name, v in attrs if name in {"src", "href", "srcset"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        assert attrs is not None
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_report_is_one_page_that_needs_nothing_else(command: Command, pulled: Path) -> None:
    out = pulled / "report.html"
    ended = command(
        "trlyr", "revenue", "report", pulled / "revenue", "--points", pulled / "points", "-o", out
    )
    assert ended.code == 0
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert "script" not in page.seen
    assert not re.search(r"url\((?!#)|@import", text)
    for wanted in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem", "<html lang"):
        assert wanted in text
    assert page.seen.count("svg") == text.count('role="img"') + 1 + 4
    assert (files("energy_async.page") / "style.css").read_text("utf-8").strip() in text
    assert [page.seen.count(one) for one in ("header", "main", "footer")] == [1, 1, 1]
    words = " ".join(page.words)
    table = bulk.read(pulled / "revenue")
    euros = sum(v for v in table["revenue"].to_pylist() if v is not None)
    assert f"{euros:,.2f}" in words
    assert "Clean" in words
    for asset in set(table["virtual_asset_id"].to_pylist()):
        assert asset in words
    assert "2026-10-20 to 2026-10-26, 7 delivery days" in words


def test_findings_stand_before_the_figures(command: Command, pulled: Path) -> None:
    lose(pulled / "revenue", stream="ancillary")
    text = report.render(pulled / "revenue")
    assert text.index("not pulled") < text.index("By stream")
    assert "Not to be relied on yet: 4 findings" in text


def test_findings_alike_are_told_once_and_listed_one_by_one(command: Command, pulled: Path) -> None:
    lose(pulled / "revenue", stream="ancillary")
    assets = sorted(set(bulk.read(pulled / "revenue")["virtual_asset_id"].to_pylist()))
    text = report.render(pulled / "revenue")
    summary, _, listed = text.partition('<h2 id="one-by-one">')
    assert summary.count("error: not pulled") == 1
    assert "Ancillary</span>, 4 times in 4 assets" in summary
    assert 'and 1 more: <a href="#one-by-one">' in summary
    assert [listed.count(one) for one in assets] == [1] * 4
    card = summary[summary.index("error: not pulled") :].partition("<details")[0]
    assert sum(card.count(one) for one in assets) == 3
    assert '<th scope="row">2026-10-20 to 2026-10-26</th>' in listed
    assert 'aria-label="not pulled Ancillary, table"' in listed
    assert '<p class="quiet"></p>' not in text


def test_what_has_no_figure_is_not_shown_as_zero(command: Command, pulled: Path) -> None:
    lose(pulled / "revenue", stream="ancillary")
    text = report.render(pulled / "revenue")
    row = re.search(r'<tr><th scope="row">Ancillary</th>(.*)</tr>', text[text.index("By stream") :])
    assert row is not None
    assert re.findall(r'<td class="n">([^<]*)</td>', row[1]) == [
        *[number(None)] * 3,
        "0",
        number(None),
    ]
    assert '<td class="bar" aria-hidden="true"></td>' in row[1]


def changed(folder: Path, **facts: Any) -> Manifest:
    """Change what a dataset says it is."""
    return Dataset(folder).note(lambda before: msgspec.structs.replace(before, **facts))


def test_the_worst_asset_stands_among_the_facts(command: Command, pulled: Path) -> None:
    assets = sorted(set(bulk.read(pulled / "revenue")["virtual_asset_id"].to_pylist()))
    powers = dict.fromkeys(assets, 2.0) | {assets[2]: 2000.0}
    bulk.describe_assets(pulled / "revenue", AssetFacts(powers))
    text = report.render(pulled / "revenue")
    facts, ranking = text[: text.index("</dl>")], text[text.index("By asset") :]
    assert re.findall(r"<code>([^<]*)", facts) == [assets[2]]
    assert re.findall(r"<th scope=\"row\"><code>([^<]*)", ranking)[-1] == assets[2]
    assert "<dt>Worst asset</dt>" in facts
    assert "EUR/MW/year: <code>" in facts


def test_an_asset_without_rows_has_dashes_and_comes_last(command: Command, pulled: Path) -> None:
    told = changed(pulled / "revenue", assets=[*read_manifest(pulled / "revenue").assets, "nobody"])
    powers = dict.fromkeys(told.assets, 2.0)
    bulk.describe_assets(pulled / "revenue", AssetFacts(powers))
    text = report.render(pulled / "revenue")
    row = re.search(r"<code>nobody</code></th>(.*)</tr>", text[text.index("By asset") :])
    assert row is not None
    assert re.findall(r">([^<>]+)</td>", row[1]) == [number(None), number(None), "2.00", "0"]
    assert "<i" not in row[1]
    assert "nobody" not in text[: text.index("</dl>")]


def test_losses_are_counted_and_the_worst_come_first(command: Command, pulled: Path) -> None:
    lost: dict[tuple[str, str], list[float]] = {}

    def turned(table: Any) -> Any:
        losses = pc.negate(table["revenue"])
        for row in table.select(["virtual_asset_id", "start", "revenue"]).to_pylist():
            day = row["start"].astimezone(ZoneInfo("Europe/Berlin")).date().isoformat()
            lost.setdefault((day, row["virtual_asset_id"]), []).append(-row["revenue"])
        return table.set_column(table.column_names.index("revenue"), "revenue", losses)

    rewrite(pulled / "revenue", turned)
    days = sorted((math.fsum(each), *key) for key, each in lost.items())
    powers = dict.fromkeys({asset for _, asset in lost}, 2.0)
    bulk.describe_assets(pulled / "revenue", AssetFacts(powers))
    text = report.render(pulled / "revenue")
    assert f"<dd>{len(days)}<small>worst: {days[0][1]}, {number(days[0][0], 0)} EUR" in text
    listed = text[text.index('<h2 id="negative">') :]
    rows = re.findall(
        r'<th scope="row">(.*)</th><td><code>(.*)</code></td><td class="n bad">(.*)</td>', listed
    )
    assert rows == [(day, asset, number(total, 2)) for total, day, asset in days]
    assert listed.index(f"<summary>{len(days) - 12} more</summary>") > listed.index(rows[11][2])
    assert text.count('<i class="lost"') == 4 + len(powers)


def test_what_upstream_says_is_shown_and_not_obeyed(command: Command, pulled: Path) -> None:
    changed(pulled / "revenue", base_url="<script>alert(1)</script>")
    text = report.render(pulled / "revenue")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("name", ["show", "report", "plot"])
def test_data_points_of_revenue_are_shown_as_rows_are(
    command: Command, pulled: Path, name: str
) -> None:
    out = () if name == "show" else ("-o", pulled / ("a.svg" if name == "plot" else "a.html"))
    ended = command("trlyr", "revenue", name, pulled / "points", *out)
    rows = command("trlyr", "revenue", "show", pulled / "revenue")
    text = (out[1].read_text("utf-8") if out else ended.out).replace(",", "")
    (euros, yearly) = re.findall(r"total +([\d.,]+) +([\d,]+)", rows.out)[0]
    assert ended.code == 0
    for one in () if name == "plot" else (euros[:-3], yearly):
        assert one.replace(",", "") in text


@pytest.mark.parametrize("name", ["show", "check", "report", "plot", "update"])
def test_a_file_is_no_dataset(
    command: Command, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    assert sandbox.url
    file = tmp_path / "revenue.csv"
    file.touch()
    ended = command("trlyr", "revenue", name, file)
    assert ended.code == 2
    assert "revenue.csv holds no dataset" in ended.err


def test_losses_hang_below_the_line_and_gains_stand_on_it() -> None:
    """Each column has one of each, in turn: both begin at the line, not at one another."""
    chart = Chart("k", "A & B", ["x", "y"], {"s1": [2.0, -1.0], "s2": [-1.0, 3.0]}, "EUR")
    drawn = columns(chart, 200, 100)
    assert '<title id="k-200">A &amp; B</title>' in drawn
    boxes = {
        name: [
            (float(a), float(b)) for a, b in re.findall(r"M[\d.]+ ([\d.]+)h[\d.]+V([\d.]+)", path)
        ]
        for name, path in re.findall(r'<path class="(s\d)" d="([^"]*)"', drawn)
    }
    (gain, loss), (loss2, gain2) = boxes["s1"], boxes["s2"]
    assert {gain[0], loss[0], loss2[0], gain2[0]} == {gain[0]}
    line = gain[0]
    assert gain[1] < line
    assert gain2[1] < gain[1]
    assert loss[1] == loss2[1] > line


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 0, [0, 1]),
        (0, 97, [0, 20, 40, 60, 80, 100]),
        (-30, 97, [-50, 0, 50, 100]),
        (5, 9, [0, 2, 4, 6, 8, 10]),
        (-0.3, -0.1, [-0.3, -0.2, -0.1, 0]),
    ],
)
def test_the_marks_of_an_axis_are_round_and_enclose_zero(
    low: float, high: float, marks: list[float]
) -> None:
    found = ticks(low, high)
    assert found[0] <= min(low, 0)
    assert found[-1] >= max(high, 0)
    assert 0 in found
    if (low, high) != (-0.3, -0.1):
        assert found == pytest.approx(marks)


START = datetime(2026, 10, 1, tzinfo=UTC)


def found(asset_id: str, day: int | None = None) -> Finding:
    start = None if day is None else START + timedelta(days=day)
    return Finding(
        severity="error", kind="gap", text="x", advice="ask again", asset_id=asset_id,
        stream="tolling", start=start, end=start and start + timedelta(hours=1),
    )  # fmt: skip


def test_findings_are_grouped_by_what_they_say_and_where() -> None:
    changes: list[dict[str, str]] = [
        {"stream": "wholesale"}, {"category": "fcr"}, {"kind": "sum"}, {"severity": "warning"},
        {"advice": "wait"},
    ]  # fmt: skip
    apart = [msgspec.structs.replace(found("a"), **one) for one in changes]
    groups = grouped([found("a", 3), apart[0], found("b", 1), *apart[1:], found("")])
    first, *others = groups
    assert [one.asset_id for one in first.found] == ["a", "b", ""]
    assert (first.kind, first.stream, first.category, first.advice, first.severity) == (
        "gap", "tolling", "", "ask again", "error",
    )  # fmt: skip
    assert first.assets == 2
    assert first.start == START + timedelta(days=1)
    assert first.end == START + timedelta(days=3, hours=1)
    assert [one.found for one in others] == [[one] for one in apart]
    assert (others[0].start, others[0].end) == (None, None)


@pytest.mark.parametrize(
    ("yearly", "worst"),
    [([90.0, 10.0, None], "b"), ([90.0, None], None), ([None, None], None), ([], None)],
    ids=["for its power", "one power", "no power", "none"],
)
def test_the_worst_asset_is_one_of_several_whose_power_is_known(
    yearly: list[float | None], worst: str | None
) -> None:
    found = [figure(name, one) for name, one in zip("abc", yearly, strict=False)]
    one = report_page.worst_of(report_page.ranked(found))
    assert (one.asset_id if one else None) == worst


def figure(asset_id: str, yearly: float | None) -> Figure:
    return Figure(
        asset_id, "", "", None, revenue=1.0, rows=1, unknown=0, assets=1, mw_days=1.0,
        per_mw_year=yearly, per_mw_year_of_those=yearly, covers=Covers(None, None, 1.0, "", 0),
    )  # fmt: skip


@pytest.mark.parametrize("width", [360, 960])
@pytest.mark.parametrize("count", [1, 7, 31, 61])
def test_labels_under_an_axis_stay_inside_the_drawing_and_apart(width: int, count: int) -> None:
    chart = Chart("k", "t", [f"{n} Oct" for n in range(count)], {"s1": [1.0] * count}, "EUR")
    labels = re.findall(
        r'<text x="([\d.]+)"[^>]*text-anchor="middle">\d+ Oct', columns(chart, width, 100)
    )
    places = [float(x) for x in labels]
    assert places[-1] + 26 <= width
    assert all(b - a >= 51.8 for a, b in itertools.pairwise(places))
    assert len(places) >= min(count, width // 120)
