"""Charts of revenue by stream and of prices in panels, as files. Needs the extra `[plot]`.

Draws into a figure of its own: no window, no state that other charts share. The four colours stay
apart for colour-blind readers, in print and on a projector.
"""

from __future__ import annotations

import io
import itertools
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.delivery import Interval, days, delivery_day, time_zone
from energy_async.files import write_whole
from energy_async.page.charts import stacked

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
_LINES: Final = ("#0B3C5D", "#D55E00", "#009E73", "#CC79A7")
"""Of thin lines, which need more contrast with white than columns do."""
_INK, _QUIET, _RULE = "#22262B", "#6B7280", "#E3E6EA"
_HATCHES: Final = ("", "", "///", "..", "xx", "--", "")
_SIZE, _WIDE, _DPI = (12.8, 8.0), (12.8, 5.4), 125
_KINDS: Final = ("png", "svg", "pdf")
_MOST_PERIODS: Final = 16
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_MOMENT: Final = timedelta(microseconds=1)
_ONE_DAY: Final = timedelta(hours=25)
_ODD_DAYS: Final = (timedelta(hours=23), timedelta(hours=25))
_TICKS: Final = (timedelta(seconds=10), _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR)
_MOST_TICKS: Final = 25
_MOST_LABELS: Final = 9
_DENSE: Final = 2000
_THOUSAND: Final = 1000
_NOTHING: Final = float("nan")
_STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.edgecolor": _QUIET,
    "axes.labelcolor": _QUIET,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "text.color": _INK,
}


class Panel(NamedTuple):
    """Prices of one unit; one line for each name.

    Attributes:
        title: Says what is shown.
        subtitle: Says of what.
        unit: Of the prices.
        lines: Start, end and price of each period, in order, by the name of the line. Nothing is
            drawn where a price is None and where there is no period.
    """

    title: str
    subtitle: str
    unit: str
    lines: Mapping[str, Sequence[tuple[datetime, datetime, float | None]]]


class StackedRevenue(NamedTuple):
    """Revenue by stream over periods of time.

    Attributes:
        title: Says what is shown.
        subtitle: Says of what.
        labels: What the periods are called, in order.
        streams: EUR for each stream and period.
        marks: What periods lack that are not all there, by their place.
        source: Stands below.
    """

    title: str
    subtitle: str
    labels: Sequence[str]
    streams: Mapping[str, Sequence[float]]
    marks: Mapping[int, str] = {}
    source: str = ""


def draw_panels(panels: Sequence[Panel], whole: Interval, zone: str, *, source: str) -> Figure:
    """Draw at least one panel of prices, under each other on one time axis; `source` stands below.

    The axis runs in real time: on the day of a clock change the hour from 2 to 3 is missing, or is
    there twice. Its labels are clocks of `zone`.

    Raises:
        ImportError: matplotlib is not installed.
    """
    with _styled() as figure:
        found = figure.subplots(
            len(panels), 1, sharex=True, squeeze=False,
            gridspec_kw={"hspace": 0.42, "left": 0.062, "right": 0.975, "top": 0.905,
                         "bottom": 0.105},
        )  # fmt: skip
        for axes, panel in zip(found[:, 0], panels, strict=True):
            _lines(axes, panel)
        _time_axis(found[-1, 0], whole, zone)
        figure.text(0.062, 0.022, source, color=_QUIET, fontsize=8.5)
    return figure


def draw_revenue(revenue: StackedRevenue) -> Figure:
    """Draw revenue by stream: what is earned grows upwards, what is lost downwards.

    Streams differ by hatching as well as by colour.

    Raises:
        ImportError: matplotlib is not installed.
    """
    with _styled(_WIDE) as figure:
        axes = figure.subplots(
            gridspec_kw={"left": 0.07, "right": 0.975, "top": 0.83, "bottom": 0.15}
        )
        _columns(axes, revenue)
        figure.text(0.07, 0.03, revenue.source, color=_QUIET, fontsize=8.5)
    return figure


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a chart, whole or not at all: PNG (a price curve makes it 1600 x 1000), SVG or PDF.

    Raises:
        ValueError: The name ends otherwise.
        WriteFailed: The disk refuses.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415

    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise ValueError(f"{path}: a chart is written as .{', .'.join(_KINDS)}")
    FigureCanvasAgg(figure)
    sink = io.BytesIO()
    figure.savefig(sink, format=kind, dpi=_DPI)
    with sink.getbuffer() as written:  # a sink that is collected with a view of it is an error
        write_whole(Path(path), written)


@contextmanager
def _styled(size: tuple[float, float] = _SIZE) -> Iterator[Figure]:
    """Make an empty figure, in our style for as long as the block lasts."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra, loaded when first needed
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as exc:
        raise ImportError('charts need matplotlib: pip install "trlyr-async[plot]"') from exc
    with mpl.rc_context(_STYLE):
        yield Figure(figsize=size, dpi=_DPI, facecolor="white")


def _columns(axes: Axes, revenue: StackedRevenue) -> None:
    places = range(len(revenue.labels))
    most = max((abs(value) for one in revenue.streams.values() for value in one), default=0.0)
    scale, unit = (_THOUSAND, "thousand EUR") if most >= 10 * _THOUSAND else (1, "EUR")
    scaled = {name: [one / scale for one in values] for name, values in revenue.streams.items()}
    for number, (name, bottoms, ends) in enumerate(stacked(scaled)):
        axes.bar(
            places, [b - a for a, b in zip(bottoms, ends, strict=True)], bottom=bottoms,
            width=0.8, color=_COLOURS[number % len(_COLOURS)], label=name, linewidth=0.7,
            edgecolor="white", hatch=_HATCHES[number % len(_HATCHES)],
        )  # fmt: skip
    _mark(axes, revenue.marks)
    _dress(axes, revenue.title, revenue.subtitle, unit)
    axes.set_xlim(-0.7, len(revenue.labels) - 0.3)
    every = -(-len(revenue.labels) // _MOST_PERIODS)
    axes.set_xticks(list(places)[::every], list(revenue.labels)[::every])
    _legend(axes, len(revenue.streams) + len(set(revenue.marks.values())), handleheight=0.9)


def _mark(axes: Axes, marks: Mapping[int, str]) -> None:
    """Hatch the whole height of what is not all there: a bar there is missing or too short."""
    hatches = dict(zip(sorted(set(marks.values())), ("////", "....", "xxxx"), strict=False))
    for what, hatch in hatches.items():
        places = [place for place, lacks in marks.items() if lacks == what]
        axes.bar(
            places, 1, bottom=0, width=1.0, transform=axes.get_xaxis_transform(), label=what,
            facecolor="#F1F2F4", edgecolor="#B4BAC3", hatch=hatch, linewidth=0, zorder=0,
        )  # fmt: skip


def _legend(axes: Axes, count: int, handlelength: float = 0.9, **more: float) -> None:
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.006, 1.0), ncols=count, frameon=False,
        handlelength=handlelength, columnspacing=1.6, handletextpad=0.5, **more,
    )  # fmt: skip


def _lines(axes: Axes, panel: Panel) -> None:
    colours = itertools.cycle(_LINES)
    for colour, (name, periods) in zip(colours, panel.lines.items(), strict=False):
        times, values = outline(periods)
        width = 1.3 if len(times) < _DENSE else 0.8
        axes.plot(times, values, color=colour, linewidth=width, label=name)
    _dress(axes, panel.title, panel.subtitle, panel.unit)
    if len(panel.lines) > 1:
        _legend(axes, len(panel.lines), handlelength=1.4)


def outline(
    periods: Sequence[tuple[datetime, datetime, float | None]],
) -> tuple[list[float], list[float]]:
    """Give the corners of a line that holds each price for its period and breaks where none is."""
    times: list[float] = []
    values: list[float] = []
    for start, end, value in periods:
        if times and times[-1] != start.timestamp():
            times.append(times[-1])
            values.append(_NOTHING)
        times += [start.timestamp(), end.timestamp()]
        values += [_NOTHING if value is None else value] * 2
    return times, values


def _time_axis(axes: Axes, whole: Interval, zone: str) -> None:
    # Seconds since the epoch, so that the doubled or missing hour keeps its real length.
    axes.set_xlim(whole.start.timestamp(), whole.end.timestamp())
    ticks = _clock(whole, zone) if whole.duration <= _ONE_DAY else _noons(whole, zone)
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlabel(_axis_label(whole, zone), loc="left", labelpad=8)


def _axis_label(whole: Interval, zone: str) -> str:
    """Name the zone, the day where there is but one, and its hours where they are not 24."""
    if whole.duration > _ONE_DAY:
        return zone
    first, last = (moment.astimezone(time_zone(zone)) for moment in whole)
    since = "" if (last - _MOMENT).date() == first.date() else "from "
    odd = f"  ·  {whole.duration // _HOUR} hours" if whole.duration in _ODD_DAYS else ""
    return f"{since}{first:%a} {first.day} {first:%b %Y}, {zone}{odd}"


def _clock(whole: Interval, zone: str) -> dict[float, str]:
    """Label round times as clocks there show them, with their offset where clocks are changed."""
    step = next((one for one in _TICKS if whole.duration / one <= _MOST_TICKS), _HOUR)
    skipped = -whole.start.timestamp() % step.total_seconds()
    first = whole.start.astimezone(UTC) + timedelta(seconds=skipped)
    count = -(-(whole.end - first) // step)
    local = [(first + step * n).astimezone(time_zone(zone)) for n in range(count)]
    form = "%H:%M:%S" if step < _MINUTE else "%H:%M"
    return {
        now.timestamp(): now.strftime("%H" if step == _HOUR and not now.minute else form)
        + (f" {now:%z}"[:-2] if now.utcoffset() != before.utcoffset() else "")
        for before, now in itertools.pairwise([*local[:1], *local])
    }


def _noons(whole: Interval, zone: str) -> dict[float, str]:
    """Label some of the days in their middle."""
    found = list(days(whole.start, whole.end, zone))
    labels = {}
    for day in found[:: -(-len(found) // _MOST_LABELS)]:
        start, end = delivery_day(day, zone)
        middle = (max(start, whole.start).timestamp() + min(end, whole.end).timestamp()) / 2
        labels[middle] = f"{day:%a} {day.day} {day:%b}"
    return labels


def _dress(axes: Axes, title: str, subtitle: str, unit: str) -> None:
    axes.set_title(title, loc="left", fontsize=14, fontweight="bold", color=_INK, pad=25)
    axes.annotate(
        f"{subtitle}  ·  {unit}", (0, 1), xytext=(0, 9), xycoords="axes fraction",
        textcoords="offset points", color=_QUIET, fontsize=10,
    )  # fmt: skip
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axhline(0, color=_QUIET, linewidth=0.9, zorder=3)
    axes.tick_params(length=0, pad=5)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
