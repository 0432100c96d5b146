"""Every trap that is known of the feeds and of their sources, one test each.

Facts about RTE and ENTSO-E are from answers of theirs that stand in public repositories.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from inspect import signature
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from energy_async import tables, units_of
from energy_async.completeness import check_day
from energy_async.delivery import (
    FOUR_SECONDS,
    PARIS,
    QUARTER_HOUR,
    count_steps,
    delivery_day,
    delivery_day_of,
    in_day,
    quarter_hours,
    steps,
)
from nanocorp_async import DecodeFailed, NotSubscribed, market_feeds, tidy, tolerant
from nanocorp_async.models import market_feeds as models
from tests.feeds.conftest import Canned
from tests.feeds.page import BALANCING_CAPACITY, BALANCING_ENERGY, DAY_AHEAD_PRICES

if TYPE_CHECKING:
    from tests.feeds.conftest import Answering

MARCH, OCTOBER = date(2026, 3, 29), date(2026, 10, 25)
START = datetime(2026, 5, 23, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def capacity_row(minutes: int = 60, start: datetime = START, **values: Any) -> dict[str, Any]:
    end = start + timedelta(minutes=minutes)
    return {"period_start_utc": text_of(start), "period_end_utc": text_of(end), **values}


def fcr(*rows: dict[str, Any]) -> models.FcrCapacity:
    return msgspec.convert({"rows": rows}, models.FcrCapacity)


def mfrr_capacity(*rows: dict[str, Any]) -> models.MfrrCapacity:
    return msgspec.convert({"rows": rows}, models.MfrrCapacity)


def day_ahead(periods: Any, price: float = 1.0) -> models.DayAheadPrices:
    return models.DayAheadPrices(
        rows=[
            models.DayAheadPrice(hour_start_utc=a, hour_end_utc=b, price_eur_mwh=price)
            for a, b in periods
        ]
    )


def afrr_step(n: int, **values: Any) -> dict[str, Any]:
    start = START + n * FOUR_SECONDS
    end = start + FOUR_SECONDS
    return {"period_start_utc": text_of(start), "period_end_utc": text_of(end), **values}


def afrr(*rows: dict[str, Any], **values: Any) -> models.AfrrEnergy:
    body = msgspec.json.encode({"recentRows": rows, **values})
    return tolerant.decode(body, models.AfrrEnergy)


def prices(answer: tidy.Answer, direction: str, detail: tidy.Detail = "recent") -> list[Any]:
    return [row.price for row in tidy.rows(answer, detail=detail) if row.direction == direction]


# Day-ahead prices


def test_hour_start_is_the_start_of_a_quarter_hour() -> None:
    (first, second) = tidy.rows(tolerant.decode(DAY_AHEAD_PRICES, models.DayAheadPrices))
    assert first.start
    assert first.end == second.start == first.start + QUARTER_HOUR


def test_prices_can_be_negative() -> None:
    """France was at -0.01 EUR/MWh on 22 September 2025."""
    answer = tolerant.decode(b'{"rows": [{"price_eur_mwh": -0.01}]}', models.DayAheadPrices)
    assert tidy.rows(answer)[0].price == -0.01


@pytest.mark.parametrize("body", [b"{}", b'{"latestDate": null, "earliestDate": null}'])
def test_the_days_of_the_window_may_be_null(body: bytes) -> None:
    answer = tolerant.decode(body, models.DayAheadPrices)
    assert (answer.latest_date, answer.earliest_date) == (None, None)


def test_day_ahead_prices_have_no_fetch_time() -> None:
    """Unlike all other feeds."""
    feeds = [one.returns for one in market_feeds.OPERATIONS.values()]
    without = [one for one in feeds if "latest_fetched_at_utc" not in one.__struct_fields__]
    assert without == [models.DayAheadPrices]


def test_latest_date_is_a_paris_day() -> None:
    """22:00 UTC on 16 April is midnight in Paris, and the example calls it the 17th."""
    answer = tolerant.decode(DAY_AHEAD_PRICES, models.DayAheadPrices)
    start = tidy.rows(answer)[0].start
    assert start
    assert delivery_day_of(start, PARIS) == answer.latest_date == date(2026, 4, 17)


def test_29_days_with_a_clock_change_are_not_29_times_96() -> None:
    """The page says 96 intervals per day; its own window holds the day of 92."""
    days = [date(2026, 3, 20) + timedelta(days=n) for n in range(29)]
    periods = [one for day in days for one in quarter_hours(day, PARIS)]
    assert len(periods) == 2780
    rows = tidy.rows(day_ahead(periods))
    assert all(tidy.completeness(rows, day).complete for day in days)
    assert len(in_day(rows, MARCH, PARIS)) == 92


def test_rows_may_come_newest_first() -> None:
    """RTE lists the 4-second steps so; no order is documented for any feed."""
    answer = day_ahead(reversed(quarter_hours(MARCH, PARIS)))
    assert [(row.start, row.end) for row in tidy.rows(answer)] == quarter_hours(MARCH, PARIS)


def test_an_hourly_price_four_times_is_four_rows() -> None:
    """So ENTSO-E shows France before 1 October 2025; nothing is folded back into hours."""
    rows = tidy.rows(day_ahead(quarter_hours(date(2025, 9, 30), PARIS), 42.0))
    assert len(rows) == 96


def test_an_hour_that_upstream_zeroed_stays_zero() -> None:
    """ENTSO-E served such an hour on 26 October 2025; a zero is a price like any other here."""
    rows = tidy.rows(day_ahead(quarter_hours(date(2025, 10, 26), PARIS), 0.0))
    assert {row.price for row in rows} == {0.0}
    assert not any(row.is_doubtful_zero for row in rows)


# Capacity


def test_the_period_of_a_capacity_price_is_unknown() -> None:
    rows = tidy.rows(tolerant.decode(BALANCING_CAPACITY, models.BalancingCapacity))
    assert {row.price_unit for row in rows} == {"EUR/MW (period not documented)"}
    assert {row.price_period_s for row in rows} == {None}
    assert units_of(models.FcrCapacityRow)["price"] == "EUR/MW (period not documented)"
    assert tables.units(tidy.to_arrow(rows))["price"] == "EUR/MW (period not documented)"


def test_a_capacity_price_is_not_taken_for_eur_per_mw_and_hour() -> None:
    """A factor of four, and somebody with the guide in hand has made the mistake."""
    rows = tidy.rows(tolerant.decode(BALANCING_CAPACITY, models.BalancingCapacity))
    for row in rows:
        with pytest.raises(ValueError, match="not documented"):
            tidy.per_hour([row])


@pytest.mark.parametrize(
    ("price", "quarters", "euros"),
    [
        pytest.param(1.785, 16, 28.56, id="FCR by the block"),
        pytest.param(8.09625, 16, 129.54, id="FCR, a dear block"),
        pytest.param(6.925, 4, 27.70, id="aFRR by the hour"),
        pytest.param(0.208333, 96, 20.00, id="mFRR by the day"),
    ],
)
def test_rtes_own_price_is_for_15_minutes(price: float, quarters: int, euros: float) -> None:
    """Whole cents come out for what was auctioned: blocks, hours and a day."""
    (row,) = tidy.per_hour(tidy.rows(fcr(capacity_row(15, price=price)), price_period=QUARTER_HOUR))
    assert row.price
    assert row.price * quarters / 4 == pytest.approx(euros, abs=0.0005)


def test_volume_of_fcr_is_not_its_contracted_volume() -> None:
    rows = tidy.rows(tolerant.decode(BALANCING_CAPACITY, models.BalancingCapacity))
    found = {row.feed: (row.volume_mw, row.contracted_volume_mw) for row in rows}
    assert found == {
        "fcr-capacity": (582, 576), "afrr-capacity": (None, 418), "mfrr-capacity": (None, 300),
    }  # fmt: skip


@pytest.mark.parametrize(("minutes", "expected"), [(15, 96), (60, 24), (30, 48)])
def test_capacity_rows_may_last_15_minutes_or_an_hour(minutes: int, expected: int) -> None:
    """The examples show hours, RTE gives quarter-hours: the rows themselves tell."""
    count = 24 * 60 // minutes
    starts = [START + timedelta(minutes=minutes * n) for n in range(count)]
    rows = tidy.rows(fcr(*(capacity_row(minutes, one, price=1.0) for one in starts)))
    (one,) = tidy.completeness(rows, date(2026, 5, 24)).series.values()
    assert (one.expected, one.complete) == (expected, True)


@pytest.mark.parametrize("value", ["UP_DOWN", "UP", "AFRR", "STD", "SPE0", "PERIODIC", "", "Neu"])
def test_words_that_nobody_listed_are_kept(value: str) -> None:
    """RTE's own words differ from those of the examples, and the sets are not documented."""
    row = capacity_row(direction=value, product_type=value, time_horizon=value)
    (tidied,) = tidy.rows(fcr(row))
    assert (tidied.direction, tidied.product, tidied.time_horizon) == (value, value, value)


def test_daily_and_periodic_rows_of_one_period_are_two_rows() -> None:
    """RTE buys part of mFRR for a whole period and may buy the rest by the day."""
    daily = capacity_row(direction="UPWARD", time_horizon="DAILY", price=5.0)
    periodic = capacity_row(direction="UPWARD", time_horizon="PERIODIC", price=0.208333)
    rows = tidy.rows(mfrr_capacity(periodic, daily, daily))
    assert [(row.time_horizon, row.price) for row in rows] == [
        ("DAILY", 5.0),
        ("PERIODIC", 0.208333),
    ]
    report = tidy.completeness(rows, date(2026, 5, 24), expected={"mfrr-capacity": ["UPWARD"]})
    assert [one.doubles for one in report.series.values()] == [(), ()]


def test_fcr_rows_have_a_field_more() -> None:
    fields = {
        one.__name__: set(one.__struct_encode_fields__)
        for one in (models.FcrCapacityRow, models.AfrrCapacityRow, models.MfrrCapacityRow)
    }
    assert fields["FcrCapacityRow"] - fields["AfrrCapacityRow"] == {"volume_mw"}
    assert fields["AfrrCapacityRow"] == fields["MfrrCapacityRow"]
    assert [len(names) for names in fields.values()] == [9, 8, 8]


@pytest.mark.parametrize(
    "kind", [models.FcrCapacity, models.BalancingCapacity, models.BalancingEnergy]
)
def test_the_fetch_time_may_be_null(kind: type[msgspec.Struct]) -> None:
    answer = tolerant.decode(b'{"latestFetchedAtUtc": null}', kind)
    assert answer == kind()


def test_one_direction_alone_is_no_fault() -> None:
    """RTE's mFRR had `UP` only, while the example shows `DOWNWARD`."""
    rows = tidy.rows(mfrr_capacity(capacity_row(direction="DOWNWARD", price=9.8)))
    assert [row.direction for row in rows] == ["DOWNWARD"]


def test_rtes_clock_change_day_of_200_rows_is_complete() -> None:
    """26 October 2025: 100 quarter-hours in two directions, from 22:00 UTC the day before."""
    day = date(2025, 10, 26)
    rows = [
        capacity_row(15, one.start, direction=direction, price=1.0)
        for one in quarter_hours(day, PARIS)
        for direction in ("UPWARD", "DOWNWARD")
    ]
    assert (len(rows), rows[0]["period_start_utc"]) == (200, "2025-10-25T22:00:00.000Z")
    assert tidy.completeness(tidy.rows(mfrr_capacity(*rows)), day).complete


# aFRR energy


def test_invalid_prices_are_missing() -> None:
    """About half of RTE's 4-second prices were the text `Invalid` in one sample."""
    answer = afrr(
        afrr_step(0, upward_price_eur_mwh="Invalid", downward_price_eur_mwh=-401.5),
        afrr_step(1, upward_price_eur_mwh="", downward_price_eur_mwh="Invalid"),
    )
    assert prices(answer, "UPWARD") == [None, None]
    assert prices(answer, "DOWNWARD") == [-401.5, None]


@pytest.mark.parametrize("text", ["True", "true", True])
def test_booleans_may_be_text_in_changing_case(text: object) -> None:
    """RTE went from "True" to "true" in the middle of 2026."""
    (row,) = tidy.merged(afrr(afrr_step(0, picasso_connection=text)), detail="recent")[
        "afrr-energy"
    ]
    assert row.picasso_connection is True  # type: ignore[attr-defined]


def test_powers_are_signed_and_fractional() -> None:
    (row,) = (
        afrr(
            afrr_step(
                0, pdemand_mw=-1398.2601, afrr_for_france_mw=-824.9579, afrr_in_france_mw=0.25
            )
        ).recent_rows
        or []
    )
    assert (row.pdemand_mw, row.afrr_for_france_mw, row.afrr_in_france_mw) == (
        -1398.2601, -824.9579, 0.25,
    )  # fmt: skip


def test_whole_numbers_in_the_examples_prove_no_integers() -> None:
    """Measured values are floats; only the two counts are integers, and may come as floats."""
    body = BALANCING_ENERGY.replace(b"21600", b"21600.0").replace(b'd_mw": 2150', b'd_mw": 2150.5')
    answer = tolerant.decode(body, models.BalancingEnergy)
    assert answer.afrr
    assert answer.afrr.latest_row
    assert (answer.afrr.row_count, answer.afrr.latest_row.pdemand_mw) == (21600, 2150.5)


def test_buckets_and_quarter_hours_keep_their_own_names() -> None:
    """The charts: aFRR by `bucket_start_utc`, mFRR by `period_start_utc`."""
    assert "bucket_start_utc" in models.AfrrEnergyBucket.__struct_encode_fields__
    assert "period_start_utc" in models.MfrrEnergyRow.__struct_encode_fields__
    answer = tolerant.decode(BALANCING_ENERGY, models.BalancingEnergy)
    lengths = {
        row.feed: row.end - row.start
        for row in tidy.rows(answer, detail="chart")
        if row.start and row.end
    }
    assert lengths == {"afrr-energy": timedelta(minutes=5), "mfrr-energy": QUARTER_HOUR}


def test_the_latest_row_is_among_the_recent_ones() -> None:
    answer = tolerant.decode(BALANCING_ENERGY, models.BalancingEnergy)
    assert answer.afrr
    assert len(tidy.merged(answer.afrr, detail="recent")["afrr-energy"]) == 1


@pytest.mark.parametrize("count", [0, 1, 45, 21_600])
def test_any_number_of_recent_rows_is_taken(count: int) -> None:
    answer = afrr(*(afrr_step(n, upward_price_eur_mwh=1.0) for n in range(count)))
    assert len(prices(answer, "UPWARD")) == count


def test_the_doubled_hour_may_be_there_once_with_900_doubles() -> None:
    """RTE's step is a Paris clock without offset: on the October Sunday two hours look the same.

    Whoever converts to UTC has to guess. If both land on one hour, nothing is dropped: the steps
    stay as doubles, and the hour that they should have filled is named.
    """
    whole = list(steps(OCTOBER, PARIS, FOUR_SECONDS))
    day = delivery_day(OCTOBER, PARIS)
    summer = day.start + 2 * HOUR
    guessed = [
        models.AfrrEnergyRow(
            period_start_utc=one.start - shift,
            period_end_utc=one.end - shift,
            upward_price_eur_mwh=float(n),
        )
        for n, one in enumerate(whole)
        for shift in (HOUR if summer + HOUR <= one.start < summer + 2 * HOUR else timedelta(0),)
    ]
    rows = tidy.rows(models.AfrrEnergy(recent_rows=guessed), detail="recent")
    upward = [row for row in rows if row.direction == "UPWARD"]
    assert len(upward) == 22_500
    report = tidy.completeness(upward, OCTOBER, expected={"afrr-energy": ["UPWARD"]})
    (one,) = report.series.values()
    assert (len(one.doubles), one.got, one.expected) == (900, 21_600, 22_500)
    assert [(gap.start, gap.duration) for gap in one.gaps] == [(summer + HOUR, HOUR)]


def test_a_time_without_a_zone_is_refused_and_not_guessed() -> None:
    body = b'{"latestPeriodStartUtc": "2026-10-25T02:30:00"}'
    with pytest.raises(msgspec.ValidationError, match="latestPeriodStartUtc"):
        tolerant.decode(body, models.AfrrEnergy)


# mFRR energy


def test_mfrr_has_two_latest_rows_in_place_of_one() -> None:
    assert "latest_row" not in models.MfrrEnergy.__struct_fields__
    answer = tolerant.decode(BALANCING_ENERGY, models.BalancingEnergy).mfrr
    assert answer
    rows = tidy.rows(answer, detail="latest")
    assert [(row.direction, row.price) for row in rows] == [("DOWNWARD", 0), ("UPWARD", 126.5)]


def test_row_count_counts_instants_for_afrr_and_directions_for_mfrr() -> None:
    answer = tolerant.decode(BALANCING_ENERGY, models.BalancingEnergy)
    day = date(2026, 5, 23)
    assert answer.afrr
    assert answer.mfrr
    assert answer.afrr.row_count == count_steps(day, PARIS, FOUR_SECONDS)
    assert answer.mfrr.row_count == 2 * count_steps(day, PARIS, QUARTER_HOUR)


def test_a_zero_of_mfrr_may_mean_no_activation() -> None:
    """RTE leaves such fields empty; the feed shows 0. It is passed on, and can be told."""
    answer = tolerant.decode(BALANCING_ENERGY, models.BalancingEnergy)
    rows = tidy.rows(answer)
    assert [(row.feed, row.price) for row in rows if row.is_doubtful_zero] == [("mfrr-energy", 0)]
    assert answer.mfrr
    assert answer.mfrr.average_downward_price == 0


def test_a_price_without_activation_is_a_price() -> None:
    """RTE's aFRR of 10 October 2026 had 215 EUR/MWh downward with 0 MW activated."""
    (row,) = afrr(afrr_step(0, downward_price_eur_mwh=215, afrr_in_france_mw=0)).recent_rows or []
    assert (row.downward_price_eur_mwh, row.afrr_in_france_mw) == (215, 0)
    assert prices(afrr(afrr_step(0, downward_price_eur_mwh=215)), "DOWNWARD") == [215]


def test_empty_fields_of_mfrr_are_missing() -> None:
    """Most of RTE's fields are empty in most quarter-hours; settlement prices in all we saw."""
    names = models.MfrrEnergyDirectionRow.__struct_encode_fields__
    row = {name: "" for name in names if name.endswith(("_mwh", "_mw"))}
    body = msgspec.json.encode({"latestUpwardRow": {**row, "direction": "UPWARD"}})
    answer = tolerant.decode(body, models.MfrrEnergy)
    assert answer.latest_upward_row == models.MfrrEnergyDirectionRow(direction="UPWARD")


def test_volumes_of_mfrr_may_be_fractional() -> None:
    body = b'{"latestUpwardRow": {"total_activated_volume_sa_mw": 151.01}}'
    row = tolerant.decode(body, models.MfrrEnergy).latest_upward_row
    assert row
    assert row.total_activated_volume_sa_mw == 151.01


def test_three_prices_of_mfrr_are_kept_apart() -> None:
    """Which of them the chart shows is not documented, so none is put in another's place."""
    row = {
        **capacity_row(15),
        "clearing_price_eur_mwh": 1.0,
        "settlement_price_current_eur_mwh": 2.0,
        "settlement_price_previous_eur_mwh": 3.0,
        "direction": "UPWARD",
    }
    pair = {**capacity_row(15), "upward_price_eur_mwh": 4.0}
    answer = msgspec.convert({"latestUpwardRow": row, "recentRows": [pair]}, models.MfrrEnergy)
    assert prices(answer, "UPWARD", "latest") == [1.0]
    assert prices(answer, "UPWARD", "recent") == [4.0]
    (kept,) = tidy.merged(answer, detail="latest")["mfrr-energy"]
    assert msgspec.to_builtins(kept)["settlement_price_previous_eur_mwh"] == 3.0


def test_scheduled_and_direct_activation_are_kept_apart() -> None:
    names = set(models.MfrrEnergyDirectionRow.__struct_encode_fields__)
    kinds = ("requested_volume", "satisfied_need", "activated_volume")
    assert {f"total_{kind}_{way}_mw" for kind in kinds for way in ("sa", "da")} < names


# What is not documented


@pytest.mark.parametrize("body", [b"{}", b'{"rows": null}', b'{"rows": []}'])
def test_absent_null_and_empty_rows_are_no_rows(body: bytes) -> None:
    assert tidy.rows(tolerant.decode(body, models.DayAheadPrices)) == []


def test_absent_and_null_are_missing_and_zero_is_zero() -> None:
    answer = fcr(capacity_row(), capacity_row(price=None, start=START + HOUR),
                 capacity_row(price=0, start=START + 2 * HOUR))  # fmt: skip
    assert [row.price for row in tidy.rows(answer)] == [None, None, 0]


def test_null_everywhere_survives() -> None:
    kinds = [one.returns for one in market_feeds.OPERATIONS.values()]
    for kind in kinds:
        nulls = msgspec.json.encode(dict.fromkeys(kind.__struct_encode_fields__))
        assert tidy.rows(tolerant.decode(nulls, kind)) == []
    rows = [dict.fromkeys(models.FcrCapacityRow.__struct_encode_fields__)]
    body = msgspec.json.encode({"rows": rows, "latestFetchedAtUtc": None})
    (row,) = tidy.rows(tolerant.decode(body, models.FcrCapacity))
    assert (row.start, row.price, row.direction) == (None, None, None)


def test_no_feed_takes_a_date() -> None:
    """So nothing can be fetched later, and no argument pretends that it could."""
    for name in market_feeds.OPERATIONS:
        assert list(signature(getattr(market_feeds, name)).parameters) == ["client", "options"]


def test_a_window_that_upstream_cut_short_is_named() -> None:
    """RTE silently cuts wide ranges down to two or three days."""
    rows = tidy.rows(day_ahead(quarter_hours(MARCH, PARIS)[:40]))
    (one,) = tidy.completeness(rows, MARCH).series.values()
    assert (one.got, one.expected, len(one.gaps)) == (40, 92, 1)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2026, 5, 23), (24, 96, 21_600, 288, 192)),
        (date(2026, 3, 29), (23, 92, 20_700, 276, 184)),
        (date(2027, 3, 28), (23, 92, 20_700, 276, 184)),
        (date(2025, 10, 26), (25, 100, 22_500, 300, 200)),
        (date(2026, 10, 25), (25, 100, 22_500, 300, 200)),
        (date(2027, 10, 31), (25, 100, 22_500, 300, 200)),
    ],
)
def test_the_counts_of_a_paris_day(day: date, counts: tuple[int, ...]) -> None:
    seconds = (3600, 900, 4, 300)
    found = [count_steps(day, PARIS, timedelta(seconds=one)) for one in seconds]
    assert (*found, 2 * found[1]) == counts


def test_a_day_begins_at_22_utc_in_summer_and_at_23_utc_in_winter() -> None:
    assert delivery_day(date(2026, 5, 23), PARIS).start == datetime(2026, 5, 22, 22, tzinfo=UTC)
    assert delivery_day(date(2026, 1, 23), PARIS).start == datetime(2026, 1, 22, 23, tzinfo=UTC)


def test_shifted_times_are_unaligned_and_not_complete() -> None:
    """Feeds of other vendors had a `Z` on a local time: a whole day is then an hour off."""
    shifted = [(a + HOUR, b + HOUR) for a, b in quarter_hours(MARCH, PARIS)]
    report = check_day(shifted, MARCH, PARIS, QUARTER_HOUR)
    assert (report.got, report.outside, len(report.gaps)) == (88, 4, 1)


def test_milliseconds_and_an_offset_are_read_as_the_moment_that_they_are() -> None:
    body = b'{"latestFetchedAtUtc": "2026-05-24T01:10:28.164+02:00"}'
    moment = tolerant.decode(body, models.AfrrEnergy).latest_fetched_at_utc
    assert moment == datetime(2026, 5, 23, 23, 10, 28, 164_000, tzinfo=UTC)
    assert moment.astimezone(ZoneInfo(PARIS)).hour == 1


async def test_a_401_is_asked_once_and_not_renewed() -> None:
    """It means no subscription; a new token cannot be had by asking."""
    from nanocorp_async import Nanocorp  # noqa: PLC0415

    backend = Canned(b"", status=401)
    async with Nanocorp("token", backend=backend, retries=5) as client:
        with pytest.raises(NotSubscribed):
            await market_feeds.get_balancing_energy(client)
    assert backend.asked == 1


async def test_no_content_is_told_and_not_taken_for_an_empty_feed() -> None:
    """RTE answers 204 where it has no data."""
    from nanocorp_async import Nanocorp  # noqa: PLC0415

    async with Nanocorp("token", backend=Canned(b"", status=204)) as client:
        with pytest.raises(DecodeFailed, match="empty body with status 204"):
            await market_feeds.get_afrr_energy(client)


async def test_fields_that_are_new_are_ignored(answering: Answering) -> None:
    async with answering({"rows": [], "rate": 1, "nested": {"new": [1]}}) as client:
        assert await market_feeds.get_day_ahead_prices(client) == models.DayAheadPrices(rows=[])
