"""Every feed in one form: nothing invented, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async import tables
from energy_async.delivery import PARIS, blocks, delivery_day, quarter_hours, steps
from nanocorp_async import tidy
from nanocorp_async.models import market_feeds as models
from nanocorp_async.tidy import MarketRow
from tests.feeds.page import BALANCING_CAPACITY, BALANCING_ENERGY, DAY_AHEAD_PRICES

MARCH = date(2027, 3, 28)
NOON = datetime(2026, 5, 23, 12, tzinfo=UTC)
FOUR = timedelta(seconds=4)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)

capacity = msgspec.json.decode(BALANCING_CAPACITY, type=models.BalancingCapacity)
energy = msgspec.json.decode(BALANCING_ENERGY, type=models.BalancingEnergy)
day_ahead = msgspec.json.decode(DAY_AHEAD_PRICES, type=models.DayAheadPrices)


def step(n: int, **values: Any) -> models.AfrrEnergyRow:
    start = NOON + n * FOUR
    return models.AfrrEnergyRow(period_start_utc=start, period_end_utc=start + FOUR, **values)


def fcr(price: float | None, start: datetime = NOON, **values: Any) -> models.FcrCapacityRow:
    return models.FcrCapacityRow(
        period_start_utc=start, period_end_utc=start + HOUR, price=price, **values
    )


def test_day_ahead_rows() -> None:
    first, second = tidy.rows(day_ahead)
    assert first == MarketRow(
        feed="day-ahead",
        start=datetime(2026, 4, 16, 22, tzinfo=UTC),
        end=datetime(2026, 4, 16, 22, 15, tzinfo=UTC),
        price=128.48,
        price_unit="EUR/MWh",
    )
    assert second.price == 123.41


def test_capacity_rows() -> None:
    start = datetime(2026, 5, 23, 22, tzinfo=UTC)
    unknown = "EUR/MW (period not documented)"
    assert tidy.rows(capacity) == [
        MarketRow(
            feed="afrr-capacity", start=start, end=start + HOUR, direction="UPWARD",
            product="aFRR", time_horizon="DAILY", price=12.7, price_unit=unknown,
            contracted_volume_mw=418, offered_volume_mw=430,
        ),
        MarketRow(
            feed="fcr-capacity", start=start, end=start + HOUR, direction="SYMMETRIC",
            product="FCR", time_horizon="DAILY", price=18.4, price_unit=unknown,
            contracted_volume_mw=576, offered_volume_mw=590, volume_mw=582,
        ),
        MarketRow(
            feed="mfrr-capacity", start=start, end=start + HOUR, direction="DOWNWARD",
            product="mFRR", time_horizon="DAILY", price=9.8, price_unit=unknown,
            contracted_volume_mw=300, offered_volume_mw=310,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "prices"),
    [
        ("chart", [("mfrr-energy", "DOWNWARD", 0.0), ("mfrr-energy", "UPWARD", 126.5),
                   ("afrr-energy", "DOWNWARD", -9.4), ("afrr-energy", "UPWARD", 79.8)]),
        ("recent", [("mfrr-energy", "DOWNWARD", 0.0), ("mfrr-energy", "UPWARD", 126.5),
                    ("afrr-energy", "DOWNWARD", -11.2), ("afrr-energy", "UPWARD", 83.4)]),
        ("latest", [("mfrr-energy", "DOWNWARD", 0.0), ("mfrr-energy", "UPWARD", 126.5),
                    ("afrr-energy", "DOWNWARD", -11.2), ("afrr-energy", "UPWARD", 83.4)]),
    ],
)  # fmt: skip
def test_energy_rows_have_a_direction_each(
    detail: tidy.Detail, prices: list[tuple[str, str, float]]
) -> None:
    rows = tidy.rows(energy, detail=detail)
    assert [(row.feed, row.direction, row.price) for row in rows] == prices
    assert {row.price_unit for row in rows} == {"EUR/MWh"}
    assert {row.product for row in rows} == {"aFRR", "mFRR"}
    assert all(row.start and row.end for row in rows)


def test_only_answers_of_feeds_are_taken() -> None:
    with pytest.raises(TypeError, match="answer of a feed, got list"):
        tidy.rows([])  # type: ignore[arg-type]


def test_an_aggregate_without_a_part_has_the_others() -> None:
    assert set(tidy.merged(models.BalancingEnergy(afrr=energy.afrr))) == {"afrr-energy"}
    assert tidy.merged(models.BalancingEnergy()) == {}
    assert tidy.merged(models.AfrrEnergy()) == {"afrr-energy": []}


def test_upstreams_own_rows_keep_all_their_fields() -> None:
    rows = tidy.merged(energy, detail="recent")["afrr-energy"]
    assert energy.afrr is not None
    assert rows == energy.afrr.recent_rows
    table = tables.to_arrow(rows)
    assert tables.units(table)["pdemand_mw"] == "MW"


def test_the_newest_mfrr_rows_keep_their_volumes() -> None:
    rows = tidy.merged(energy, detail="latest")["mfrr-energy"]
    assert energy.mfrr is not None
    assert rows == [energy.mfrr.latest_downward_row, energy.mfrr.latest_upward_row]


# Repeats


def test_the_latest_row_is_not_counted_beside_its_twin() -> None:
    answer = models.AfrrEnergy(
        latest_row=step(1, upward_price_eur_mwh=5.0),
        recent_rows=[step(1, upward_price_eur_mwh=5.0), step(0, upward_price_eur_mwh=4.0)],
    )
    assert [
        row.price for row in tidy.rows(answer, detail="recent") if row.direction == "UPWARD"
    ] == [
        4.0,
        5.0,
    ]


def test_a_latest_row_that_is_not_among_the_recent_ones_is_added() -> None:
    answer = models.AfrrEnergy(latest_row=step(1), recent_rows=[step(0)])
    assert tidy.merged(answer, detail="recent")["afrr-energy"] == [step(0), step(1)]


def test_a_row_that_says_less_gives_way() -> None:
    less, more = step(0, pdemand_mw=1.0), step(0, pdemand_mw=1.0, upward_price_eur_mwh=5.0)
    answer = models.AfrrEnergy(latest_row=less, recent_rows=[more, step(0)])
    assert tidy.merged(answer, detail="recent")["afrr-energy"] == [more]


def test_rows_that_contradict_each_other_all_stay() -> None:
    answer = models.AfrrEnergy(
        latest_row=step(0, upward_price_eur_mwh=7.0),
        recent_rows=[step(0, upward_price_eur_mwh=5.0), step(0, downward_price_eur_mwh=5.0)],
    )
    assert tidy.merged(answer, detail="recent")["afrr-energy"] == [
        step(0, downward_price_eur_mwh=5.0),
        step(0, upward_price_eur_mwh=5.0),
        step(0, upward_price_eur_mwh=7.0),
    ]
    report = tidy.completeness(tidy.rows(answer, detail="recent"), NOON.date(), resolution=FOUR)
    assert {len(one.doubles) for one in report.series.values()} == {1}


steps_of_a_minute = st.builds(
    step,
    st.integers(0, 5),
    upward_price_eur_mwh=st.none() | st.sampled_from([0.0, 1.0, 2.0]),
    pdemand_mw=st.none() | st.sampled_from([0.0, 1.0]),
    picasso_connection=st.none() | st.booleans(),
)


@given(st.lists(steps_of_a_minute, max_size=12), st.data())
def test_the_order_upstream_gives_makes_no_difference(
    rows: list[models.AfrrEnergyRow], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))
    first, second = (
        tidy.rows(models.AfrrEnergy(recent_rows=one), detail="recent") for one in (rows, shuffled)
    )
    assert first == second
    assert [row.start for row in first] == sorted(row.start for row in first if row.start)


@given(st.lists(steps_of_a_minute, max_size=12))
def test_merging_loses_no_value_and_invents_none(rows: list[models.AfrrEnergyRow]) -> None:
    answer = models.AfrrEnergy(recent_rows=rows)
    kept = tidy.merged(answer, detail="recent")["afrr-energy"]
    assert all(row in rows for row in kept)
    for row in rows:
        assert any(_says_all_of(one, row) for one in kept)
    assert len(set(map(repr, kept))) == len(kept)


def _says_all_of(rich: msgspec.Struct, poor: msgspec.Struct) -> bool:
    pairs = ((getattr(rich, n), getattr(poor, n)) for n in rich.__struct_fields__)
    return all(b is None or a == b for a, b in pairs)


def test_rows_that_differ_in_a_word_alone_have_an_order_of_their_own() -> None:
    pair = [fcr(1.0, time_horizon="PERIODIC"), fcr(1.0, time_horizon="DAILY")]
    for rows in (pair, pair[::-1]):
        kept = tidy.merged(models.FcrCapacity(rows=rows))["fcr-capacity"]
        assert kept == pair[::-1]


def test_rows_without_a_time_survive_and_come_last() -> None:
    answer = models.FcrCapacity(rows=[models.FcrCapacityRow(), fcr(1.0), models.FcrCapacityRow()])
    rows = tidy.rows(answer)
    assert [(row.start, row.price) for row in rows] == [(NOON, 1.0), (None, None), (None, None)]


# The period of a capacity price


def test_a_capacity_price_is_not_converted_without_its_period() -> None:
    with pytest.raises(ValueError, match=r"price_period=timedelta\(minutes=15\)"):
        tidy.per_hour(tidy.rows(capacity))


@pytest.mark.parametrize(
    ("period", "unit", "hourly"),
    [
        (QUARTER, "EUR/MW per 15 min", 73.6),
        (HOUR, "EUR/MW/h", 18.4),
        (timedelta(hours=4), "EUR/MW per 240 min", 4.6),
        (timedelta(days=1), "EUR/MW per 1440 min", 18.4 / 24),
    ],
)
def test_the_period_is_the_callers_to_say(period: timedelta, unit: str, hourly: float) -> None:
    rows = tidy.rows(models.FcrCapacity(rows=[fcr(18.4)]), price_period=period)
    assert (rows[0].price, rows[0].price_unit) == (18.4, unit)
    assert rows[0].price_period_s == period.total_seconds()
    (converted,) = tidy.per_hour(rows)
    assert converted.price == pytest.approx(hourly)
    assert (converted.price_unit, converted.price_period_s) == ("EUR/MW/h", 3600)


def test_converting_twice_changes_nothing() -> None:
    once = tidy.per_hour(tidy.rows(capacity, price_period=QUARTER))
    assert tidy.per_hour(once) == once


def test_a_missing_price_stays_missing_when_converted() -> None:
    rows = tidy.rows(models.FcrCapacity(rows=[fcr(None)]), price_period=QUARTER)
    assert tidy.per_hour(rows)[0].price is None


def test_an_energy_price_has_no_period() -> None:
    rows = tidy.rows(energy, price_period=QUARTER)
    assert {row.price_period_s for row in rows} == {None}
    with pytest.raises(ValueError, match="EUR/MWh is for energy"):
        tidy.per_hour(rows)


@pytest.mark.parametrize("period", [timedelta(0), -QUARTER])
def test_a_period_must_be_positive(period: timedelta) -> None:
    with pytest.raises(ValueError, match="price_period"):
        tidy.rows(capacity, price_period=period)


# Arrow


def test_units_stand_in_the_fields() -> None:
    table = tidy.to_arrow(tidy.rows(capacity, price_period=QUARTER))
    assert tables.units(table) == {
        "price": "EUR/MW per 15 min",
        "price_period_s": "s",
        "contracted_volume_mw": "MW",
        "offered_volume_mw": "MW",
        "volume_mw": "MW",
        "cut_from_s": "s",
    }
    assert table.schema.field("start").type == pa.timestamp("us", tz="UTC")
    assert table["price"].to_pylist() == [12.7, 18.4, 9.8]


def test_prices_of_two_units_have_theirs_beside_them_alone() -> None:
    table = tidy.to_arrow([*tidy.rows(day_ahead), *tidy.rows(capacity)])
    assert "price" not in tables.units(table)
    assert set(table["price_unit"].to_pylist()) == {"EUR/MWh", "EUR/MW (period not documented)"}


def test_no_rows_are_an_empty_table() -> None:
    table = tidy.to_arrow([])
    assert (table.num_rows, table.column_names) == (0, list(MarketRow.__struct_fields__))


def test_nulls_are_nulls_in_the_table() -> None:
    table = tidy.to_arrow(tidy.rows(models.FcrCapacity(rows=[models.FcrCapacityRow()])))
    assert table.drop_columns(["feed", "price_unit"]).to_pylist() == [
        dict.fromkeys(set(MarketRow.__struct_fields__) - {"feed", "price_unit"})
    ]


# Completeness


def whole_day(*gone: int) -> models.DayAheadPrices:
    quarters = [one for n, one in enumerate(quarter_hours(MARCH, PARIS)) if n not in gone]
    return models.DayAheadPrices(
        rows=[
            models.DayAheadPrice(hour_start_utc=a, hour_end_utc=b, price_eur_mwh=1)
            for a, b in quarters
        ]
    )


def test_a_day_is_complete_by_the_resolution_of_its_rows() -> None:
    report = tidy.completeness(tidy.rows(whole_day()), MARCH)
    assert report.complete
    assert [(key, one.expected) for key, one in report.series.items()] == [
        (("day-ahead", None, None), 92)
    ]


def test_a_missing_quarter_is_named() -> None:
    report = tidy.completeness(tidy.rows(whole_day(5)), MARCH)
    (one,) = report.series.values()
    assert not report.complete
    assert one.gaps == (quarter_hours(MARCH, PARIS)[5],)


def test_a_day_without_rows_is_not_complete() -> None:
    report = tidy.completeness(tidy.rows(whole_day()), MARCH + timedelta(days=1))
    assert {key: str(one) for key, one in report.series.items()} == {
        ("day-ahead", None, None): ("0 of 96; missing 2027-03-28T22:00:00Z/2027-03-29T22:00:00Z")
    }
    assert not report.complete
    assert tidy.completeness([], MARCH) == (MARCH, {})


def test_rows_of_a_block_each_are_checked_as_blocks() -> None:
    answer = models.FcrCapacity(
        rows=[
            models.FcrCapacityRow(period_start_utc=a, period_end_utc=b, price=1.0)
            for a, b in blocks(MARCH, PARIS)
        ]
    )
    (one,) = tidy.completeness(tidy.rows(answer), MARCH).series.values()
    assert (one.got, one.expected, one.complete) == (6, 6, True)


def test_each_direction_is_a_series_of_its_own() -> None:
    start = datetime(2026, 5, 22, 22, tzinfo=UTC)
    answer = models.AfrrCapacity(
        rows=[
            models.AfrrCapacityRow(
                period_start_utc=start + n * HOUR,
                period_end_utc=start + (n + 1) * HOUR,
                direction=direction,
            )
            for n in range(24)
            for direction in ("UPWARD", "DOWNWARD")
            if (n, direction) != (7, "DOWNWARD")
        ]
    )
    report = tidy.completeness(tidy.rows(answer), date(2026, 5, 23))
    assert {key[1]: one.got for key, one in report.series.items()} == {"UPWARD": 24, "DOWNWARD": 23}


@pytest.mark.parametrize("hours", [None, 0, 7, 24, 24 * 30])
def test_rows_that_no_day_can_be_cut_into_are_reported_and_not_raised(hours: int | None) -> None:
    """A missing end, or a price for a whole period: on the day of 23 hours 24 are no step."""
    start = delivery_day(MARCH, PARIS).start
    end = None if hours is None else start + hours * HOUR
    report = tidy.completeness([MarketRow(feed="fcr-capacity", start=start, end=end)], MARCH)
    (one,) = report.series.values()
    assert (one.got, one.expected, one.gaps) == (0, 92, (delivery_day(MARCH, PARIS),))
    assert not report.complete
    assert (one.undated, len(one.unaligned)) == ((1, 0) if hours is None else (0, int(hours > 0)))


def test_a_price_for_the_whole_day_is_one_step() -> None:
    day = delivery_day(MARCH, PARIS)
    row = MarketRow(feed="fcr-capacity", start=day.start, end=day.end, price=1.0)
    (one,) = tidy.completeness([row], MARCH).series.values()
    assert (one.got, one.expected, one.complete) == (1, 1, True)


def test_a_resolution_that_is_said_must_fit() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        tidy.completeness(tidy.rows(whole_day()), MARCH, resolution=timedelta(minutes=7))


def afrr_day(*directions: str, price: float | None = 1.0) -> list[MarketRow]:
    return [
        MarketRow(
            feed="afrr-capacity",
            start=a,
            end=b,
            direction=direction,
            time_horizon="DAILY",
            price=price,
        )
        for a, b in steps(MARCH, PARIS, HOUR)
        for direction in directions
    ]


def test_a_direction_without_rows_is_not_complete() -> None:
    report = tidy.completeness(afrr_day("UPWARD"), MARCH)
    assert not report.complete
    assert str(report.series["afrr-capacity", "DOWNWARD", None]).startswith("0 of 23; missing ")
    assert tidy.completeness(afrr_day("UPWARD", "DOWNWARD"), MARCH).complete
    assert tidy.completeness(afrr_day("UP", "DOWN"), MARCH).complete  # RTE's own words


def test_a_feed_without_rows_is_missing_if_it_is_expected() -> None:
    rows = afrr_day("UPWARD", "DOWNWARD")
    assert tidy.completeness(rows, MARCH, expected=["afrr-capacity"]).complete
    report = tidy.completeness(rows, MARCH, expected=["afrr-capacity", "mfrr-capacity"])
    missing = {key[:2]: one.expected for key, one in report.series.items() if not one.got}
    assert missing == {("mfrr-capacity", "UPWARD"): 92, ("mfrr-capacity", "DOWNWARD"): 92}
    assert not report.complete
    one = tidy.completeness(afrr_day("UPWARD"), MARCH, expected={"afrr-capacity": ["UPWARD"]})
    assert one.complete
    with pytest.raises(ValueError, match="unknown feeds"):
        tidy.completeness(rows, MARCH, expected=["afrr"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="several feeds"):
        tidy.completeness(rows, MARCH, expected="afrr-capacity")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("price", "said"),
    [(None, "23 of 23; 23 without a value"), (0.0, "23 of 23; 23 zero and no other value")],
)
def test_a_day_of_nulls_or_zeros_is_not_complete(price: float | None, said: str) -> None:
    report = tidy.completeness(afrr_day("UPWARD", "DOWNWARD", price=price), MARCH)
    assert {str(one) for one in report.series.values()} == {said}
    assert not report.complete


def test_prices_that_are_missing_are_counted_and_a_zero_is_a_price() -> None:
    rows = afrr_day("UPWARD", "DOWNWARD")
    rows[0] = msgspec.structs.replace(rows[0], price=0.0)
    assert tidy.completeness(rows, MARCH).complete
    rows[2] = msgspec.structs.replace(rows[2], price=None)
    report = tidy.completeness(rows, MARCH)
    up = report.series["afrr-capacity", "UPWARD", "DAILY"]
    assert (up.unknown, up.zeros, up.complete) == (1, 1, False)


# The row's own period


OCTOBER = date(2026, 10, 25)


def fcr_blocks(day: date) -> models.FcrCapacity:
    return models.FcrCapacity(
        rows=[
            models.FcrCapacityRow(period_start_utc=a, period_end_utc=b, price=20.0)
            for a, b in blocks(day, PARIS)
        ]
    )


@pytest.mark.parametrize("day", [MARCH, OCTOBER, date(2026, 5, 23)])
def test_a_block_is_paid_whole_whatever_the_clock_does(day: date) -> None:
    rows = tidy.per_hour(tidy.rows(fcr_blocks(day), price_period="row"))
    assert len(rows) == 6
    for row in rows:
        assert row.price
        assert row.start
        assert row.end
        assert row.price * ((row.end - row.start) / HOUR) == pytest.approx(20.0)


@pytest.mark.parametrize(("day", "minutes"), [(MARCH, 180), (OCTOBER, 300)])
def test_a_stated_period_that_a_row_contradicts_is_refused(day: date, minutes: int) -> None:
    first, *others = tidy.rows(fcr_blocks(day), price_period=timedelta(hours=4))
    assert {row.price for row in tidy.per_hour(others)} == {5.0}
    with pytest.raises(ValueError, match=rf'{minutes} min go by.*price_period="row"'):
        tidy.per_hour([first])


@pytest.mark.parametrize("hours", [4, 24])
def test_rows_inside_a_block_or_day_of_another_length_contradict_as_well(hours: int) -> None:
    """Quarter-hours with the price of their block: on that day the block lasts three hours."""
    rows = [
        MarketRow(
            feed="mfrr-capacity", start=a, end=b, price=20.0, price_period_s=hours * 3600.0,
            price_unit="EUR/MW per block",
        )
        for a, b in quarter_hours(MARCH, PARIS)
    ]  # fmt: skip
    with pytest.raises(ValueError, match="go by"):
        tidy.per_hour(rows[:1])
    plain = date(2026, 5, 23)
    (moved,) = quarter_hours(plain, PARIS)[:1]
    row = msgspec.structs.replace(rows[0], start=moved.start, end=moved.end)
    assert tidy.per_hour([row])[0].price == pytest.approx(20.0 / hours)


def test_a_price_for_15_minutes_may_stand_for_a_block_of_any_length() -> None:
    rows = tidy.per_hour(tidy.rows(fcr_blocks(MARCH), price_period=QUARTER))
    assert {row.price for row in rows} == {80.0}


# Longer rows on a grid


def test_a_longer_row_is_cut_into_steps_that_say_so() -> None:
    start = delivery_day(MARCH, PARIS).start
    rows = [
        MarketRow(feed="day-ahead", start=start, end=start + QUARTER, price=1.0),
        MarketRow(feed="day-ahead", start=start + QUARTER, end=start + HOUR, price=2.0),
        MarketRow(feed="day-ahead", start=None, end=None, price=3.0),
    ]
    found = tidy.on_grid(rows)
    assert [(row.price, row.cut_from_s) for row in found] == [
        (1.0, None), (2.0, 2700), (2.0, 2700), (2.0, 2700), (3.0, None),
    ]  # fmt: skip
    assert [row.start for row in found[:4]] == [start + n * QUARTER for n in range(4)]
    with pytest.raises(ValueError, match="do not divide its 45 min"):
        tidy.on_grid(rows, timedelta(minutes=30))
    with pytest.raises(ValueError, match="positive"):
        tidy.on_grid(rows, timedelta(0))


def test_a_capacity_price_is_cut_only_where_its_period_is_known() -> None:
    """Four quarter-hours with the price of the hour would be four times the money."""
    with pytest.raises(ValueError, match="not documented"):
        tidy.on_grid(tidy.rows(fcr_blocks(MARCH)))
    cut = tidy.on_grid(tidy.rows(fcr_blocks(MARCH), price_period="row"))
    hourly = tidy.per_hour(cut)
    assert len(hourly) == 92
    assert sum(row.price or 0.0 for row in hourly) / 4 == pytest.approx(6 * 20.0)
