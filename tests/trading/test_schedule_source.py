"""A schedule is built from whatever holds times and kW, and nothing is changed on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from energy_async.tables import to_arrow
from trlyr_async import trading
from trlyr_async.models.virtual_assets import SchedulePoint

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TIMES = [NOON + timedelta(minutes=15) * index for index in range(3)]
POWERS = [100.0, -50.5, 0.0]
POINTS = [SchedulePoint(time=time, power=power) for time, power in zip(TIMES, POWERS, strict=True)]
BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = {"time": TIMES, "power": POWERS}


def in_berlin(times: list[datetime]) -> list[datetime]:
    return [time.astimezone(BERLIN) for time in times]


SOURCES = {
    "mapping": dict(zip(TIMES, POWERS, strict=True)),
    "mapping in Berlin time": dict(zip(in_berlin(TIMES), POWERS, strict=True)),
    "mapping backwards": dict(zip(TIMES[::-1], POWERS[::-1], strict=True)),
    "pairs": list(zip(TIMES, POWERS, strict=True)),
    "generator": (pair for pair in zip(TIMES, POWERS, strict=True)),
    "points": POINTS,
    "decimals": {time: Decimal(str(power)) for time, power in zip(TIMES, POWERS, strict=True)},
    "Arrow": pa.table(COLUMNS),
    "Arrow of structs": to_arrow(POINTS),
    "Arrow batch": pa.record_batch(COLUMNS),
    "Arrow in Berlin time": pa.table(
        {"time": pa.array(TIMES, pa.timestamp("s", tz="Europe/Berlin")), "power": POWERS}
    ),
    "Arrow in float32": pa.table({"time": TIMES, "power": pa.array(POWERS, pa.float32())}),
    "pandas": pd.DataFrame(COLUMNS),
    "pandas with times as index": pd.DataFrame(COLUMNS).set_index("time"),
    "pandas series": pd.Series(POWERS, index=pd.DatetimeIndex(TIMES)).to_dict(),
    "polars": pl.DataFrame(COLUMNS),
    "polars in Berlin time": pl.DataFrame(COLUMNS).with_columns(
        pl.col("time").dt.convert_time_zone("Europe/Berlin")
    ),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_every_source_gives_the_same_points_in_order(source: Any) -> None:
    found = trading.build_schedule(source)
    assert found == POINTS
    assert all(type(point.time) is datetime and point.time.tzinfo is UTC for point in found)


def test_columns_may_have_other_names() -> None:
    table = pa.table({"start": TIMES, "kw": [1, 2, 3], "time": ["a", "b", "c"]})
    found = trading.build_schedule(table, time="start", power="kw")
    assert [point.power for point in found] == [1, 2, 3]


def test_whole_numbers_stay_whole() -> None:
    assert type(trading.build_schedule({NOON: 100})[0].power) is int


def findings_of(source: Any) -> list[tuple[str, datetime | None]]:
    with pytest.raises(trading.CheckFailed) as caught:
        trading.build_schedule(source)
    assert isinstance(caught.value, ValueError)
    return [(one.kind, one.time) for one in caught.value.findings]


def test_everything_that_cannot_be_read_is_told_at_once() -> None:
    naive = datetime(2026, 6, 1, 12)  # noqa: DTZ001
    source = [
        (naive, 1.0),
        (TIMES[0], None),
        (TIMES[1], float("nan")),
        (TIMES[2], float("-inf")),
        (TIMES[2], True),
        (TIMES[2], "1"),
        (TIMES[2], 5.0),
    ]
    assert findings_of(source) == [
        ("no_time_zone", None),
        ("no_number", TIMES[0]),
        ("no_number", TIMES[1]),
        ("no_number", TIMES[2]),
        ("no_number", TIMES[2]),
        ("no_number", TIMES[2]),
    ]


def test_an_error_says_what_and_where_in_a_line_each() -> None:
    source: Any = [(TIMES[0], None), (TIMES[1], "x")]
    with pytest.raises(trading.CheckFailed) as caught:
        trading.build_schedule(source)
    advice = "give a finite number of kW; 0 where the battery shall rest"
    assert str(caught.value).splitlines() == [
        "2 errors:",
        f"- 2026-06-01T12:00:00Z: the power is missing; {advice}",
        f"- 2026-06-01T12:15:00Z: the power is 'x'; {advice}",
    ]


def test_a_nanosecond_is_not_dropped() -> None:
    assert findings_of({pd.Timestamp("2026-06-01T12:00:00.000000001Z"): 1.0}) == [
        ("alignment", None)
    ]


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"time": TIMES, "power": [1.0, None, 3.0]}),
        pd.DataFrame({"time": TIMES, "power": [1.0, None, 3.0]}),
        pl.DataFrame({"time": TIMES, "power": [1.0, None, 3.0]}),
    ],
    ids=["Arrow", "pandas", "polars"],
)
def test_a_missing_power_is_not_zero(table: Any) -> None:
    assert findings_of(table) == [("no_number", TIMES[1])]


def test_a_column_in_another_unit_is_refused_not_converted() -> None:
    schema = pa.schema(
        [
            pa.field("time", pa.timestamp("us", tz="UTC")),
            pa.field("power", pa.float64(), metadata={"unit": "MW"}),
        ]
    )
    assert findings_of(pa.table(COLUMNS, schema=schema)) == [("unit", None)]


def test_a_column_without_zone_is_refused() -> None:
    naive = [time.replace(tzinfo=None) for time in TIMES]
    assert findings_of(pa.table({"time": naive, "power": POWERS})) == [("no_time_zone", None)]


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("2026", TypeError, "not from str"),
        (7, TypeError, "not from int"),
        ([1, 2], TypeError, "expected a pair"),
        ([(pd.NaT, 1.0)], trading.CheckFailed, "NaT is no datetime"),
        ([("12:00", 1.0)], trading.CheckFailed, "'12:00' is no datetime"),
        (pa.table({"time": TIMES, "kw": POWERS}), KeyError, "no column 'power'; it has time, kw"),
        (pa.table({"time": ["a"], "power": [1.0]}), TypeError, "must hold timestamps"),
        (pa.table({"time": TIMES, "power": ["1"] * 3}), TypeError, "must hold numbers"),
        (pa.table({"time": TIMES, "power": [True] * 3}), TypeError, "must hold numbers"),
        (
            pa.table({"time": pa.array([*TIMES[:2], None]), "power": POWERS}),
            ValueError,
            "1 rows without a time",
        ),
        (
            pa.table({"time": pa.array([1], pa.timestamp("ns", tz="UTC")), "power": [1.0]}),
            ValueError,
            "lose data",
        ),
        (
            pa.Table.from_arrays([TIMES, POWERS, POWERS], ["time", "power", "power"]),
            KeyError,
            "twice",
        ),
    ],
)
def test_what_is_no_schedule_is_named(source: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        trading.build_schedule(source)


def test_a_local_time_that_spring_leaves_out_is_refused() -> None:
    """Taken as it stands it would be another quarter-hour, an hour later by the clock."""
    missing = datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN)
    assert findings_of({missing: 5.0}) == [("no_such_time", None)]
    assert findings_of({missing.replace(fold=1): 5.0}) == [("no_such_time", None)]
    with pytest.raises(trading.CheckFailed, match="2026-03-29T02:30:00 does not exist in Europe"):
        trading.build_schedule({missing: 5.0})


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2026, 3, 29, 1, 45, tzinfo=BERLIN), "2026-03-29T00:45:00Z"),
        (datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN), "2026-03-29T01:00:00Z"),
        (datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN), "2026-10-25T00:45:00Z"),
        (datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN, fold=1), "2026-10-25T01:45:00Z"),
    ],
)
def test_local_times_around_the_clock_changes_are_taken(local: datetime, utc: str) -> None:
    [point] = trading.build_schedule([(local, 5.0)])
    assert point.time == datetime.fromisoformat(utc)
