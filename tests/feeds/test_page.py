"""The examples of the documentation page decode to exactly what they show."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from nanocorp_async import market_feeds, tolerant
from nanocorp_async.models import market_feeds as models
from tests.feeds.page import BALANCING_CAPACITY, BALANCING_ENERGY, DAY_AHEAD_PRICES

PAGE: list[tuple[bytes, type[msgspec.Struct]]] = [
    (DAY_AHEAD_PRICES, models.DayAheadPrices),
    (BALANCING_CAPACITY, models.BalancingCapacity),
    (BALANCING_ENERGY, models.BalancingEnergy),
]


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(("body", "kind"), PAGE, ids=["day-ahead", "capacity", "energy"])
def test_an_example_loses_nothing_on_its_way_through_the_structs(
    body: bytes, kind: type[msgspec.Struct]
) -> None:
    """Every key and value comes back under its own name; only the writing of times differs."""
    decoded = msgspec.json.decode(body, type=kind)
    assert _times(msgspec.to_builtins(decoded)) == _times(msgspec.json.decode(body))
    assert tolerant.mends(body, kind) == []


def _times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _times(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_times(item) for item in value]
    return value.replace(".000Z", "Z").replace("000Z", "Z") if isinstance(value, str) else value


def test_the_day_ahead_example_has_these_values() -> None:
    answer = msgspec.json.decode(DAY_AHEAD_PRICES, type=models.DayAheadPrices)
    assert answer == models.DayAheadPrices(
        rows=[
            models.DayAheadPrice(
                hour_start_utc=at(16, 22, month=4),
                hour_end_utc=at(16, 22, 15, month=4),
                price_eur_mwh=128.48,
            ),
            models.DayAheadPrice(
                hour_start_utc=at(16, 22, 15, month=4),
                hour_end_utc=at(16, 22, 30, month=4),
                price_eur_mwh=123.41,
            ),
        ],
        latest_date=date(2026, 4, 17),
        earliest_date=date(2026, 3, 20),
    )


def test_the_capacity_example_has_these_values() -> None:
    answer = msgspec.json.decode(BALANCING_CAPACITY, type=models.BalancingCapacity)
    fetched = datetime(2026, 5, 23, 14, 35, 24, 755_000, tzinfo=UTC)
    period = {"period_start_utc": at(23, 22), "period_end_utc": at(23, 23)}
    assert answer == models.BalancingCapacity(
        latest_fetched_at_utc=fetched,
        fcr=models.FcrCapacity(
            latest_fetched_at_utc=fetched,
            rows=[
                models.FcrCapacityRow(
                    **period, volume_mw=582, contracted_volume_mw=576, offered_volume_mw=590,
                    price=18.4, direction="SYMMETRIC", product_type="FCR", time_horizon="DAILY",
                )
            ],
        ),
        afrr=models.AfrrCapacity(
            latest_fetched_at_utc=fetched,
            rows=[
                models.AfrrCapacityRow(
                    **period, contracted_volume_mw=418, offered_volume_mw=430, price=12.7,
                    direction="UPWARD", product_type="aFRR", time_horizon="DAILY",
                )
            ],
        ),
        mfrr=models.MfrrCapacity(
            latest_fetched_at_utc=fetched,
            rows=[
                models.MfrrCapacityRow(
                    **period, contracted_volume_mw=300, offered_volume_mw=310, price=9.8,
                    direction="DOWNWARD", product_type="mFRR", time_horizon="DAILY",
                )
            ],
        ),
    )  # fmt: skip


def test_the_afrr_energy_example_has_these_values() -> None:
    answer = msgspec.json.decode(BALANCING_ENERGY, type=models.BalancingEnergy)
    step = models.AfrrEnergyRow(
        period_start_utc=at(23, 21, 59, 56), period_end_utc=at(23, 22),
        upward_price_eur_mwh=83.4, downward_price_eur_mwh=-11.2, pdemand_mw=2150,
        afrr_for_france_mw=96, afrr_in_france_mw=84, picasso_connection=True, prorata_mode=False,
    )  # fmt: skip
    assert answer.afrr == models.AfrrEnergy(
        latest_delivery_date_paris=date(2026, 5, 23),
        latest_fetched_at_utc=datetime(2026, 5, 23, 23, 10, 28, 164_000, tzinfo=UTC),
        latest_period_start_utc=at(23, 21, 59, 56),
        latest_period_end_utc=at(23, 22),
        resolution_seconds=4,
        row_count=21600,
        average_upward_price=74.2,
        average_downward_price=-8.6,
        latest_row=step,
        recent_rows=[step],
        chart_rows=[
            models.AfrrEnergyBucket(
                bucket_start_utc=at(23, 21, 55), bucket_end_utc=at(23, 22),
                upward_price_eur_mwh=79.8, downward_price_eur_mwh=-9.4,
            )
        ],
    )  # fmt: skip


def test_the_mfrr_energy_example_has_these_values() -> None:
    answer = msgspec.json.decode(BALANCING_ENERGY, type=models.BalancingEnergy)
    fetched = datetime(2026, 5, 23, 23, 20, 6, 497_000, tzinfo=UTC)
    period = {"period_start_utc": at(23, 21, 45), "period_end_utc": at(23, 22)}
    pair = models.MfrrEnergyRow(**period, upward_price_eur_mwh=126.5, downward_price_eur_mwh=0)
    assert answer.latest_fetched_at_utc == fetched
    assert answer.mfrr == models.MfrrEnergy(
        latest_delivery_date_paris=date(2026, 5, 23),
        latest_fetched_at_utc=fetched,
        latest_period_start_utc=at(23, 21, 45),
        latest_period_end_utc=at(23, 22),
        resolution_seconds=900,
        row_count=192,
        average_upward_price=118.1,
        average_downward_price=0,
        latest_upward_row=models.MfrrEnergyDirectionRow(
            **period, direction="UPWARD", clearing_price_eur_mwh=126.5,
            settlement_price_current_eur_mwh=126.5, settlement_price_previous_eur_mwh=121.3,
            total_requested_volume_sa_mw=45, total_requested_volume_da_mw=0,
            total_satisfied_need_sa_mw=42, total_satisfied_need_da_mw=0,
            total_activated_volume_sa_mw=42, total_activated_volume_da_mw=0,
            total_volume_submitted_offers_mw=310, total_volume_filtered_offers_mw=265,
        ),
        latest_downward_row=models.MfrrEnergyDirectionRow(
            **period, direction="DOWNWARD", clearing_price_eur_mwh=0,
            settlement_price_current_eur_mwh=0, settlement_price_previous_eur_mwh=0,
            total_requested_volume_sa_mw=0, total_requested_volume_da_mw=0,
            total_satisfied_need_sa_mw=0, total_satisfied_need_da_mw=0,
            total_activated_volume_sa_mw=0, total_activated_volume_da_mw=0,
            total_volume_submitted_offers_mw=180, total_volume_filtered_offers_mw=180,
        ),
        recent_rows=[pair],
        chart_rows=[pair],
    )  # fmt: skip


def test_all_eight_feeds_have_a_function() -> None:
    """One for day-ahead prices, five single ones and two aggregates."""
    assert {one.path for one in market_feeds.OPERATIONS.values()} == {
        "/api/day-ahead-prices", "/api/fcr-capacity", "/api/afrr-capacity", "/api/mfrr-capacity",
        "/api/afrr-energy", "/api/mfrr-energy", "/api/balancing-capacity", "/api/balancing-energy",
    }  # fmt: skip
    assert {one.method for one in market_feeds.OPERATIONS.values()} == {"GET"}


def test_a_single_feed_has_the_shape_of_its_part_of_an_aggregate() -> None:
    """The page says "same payload as"; it describes the single feeds nowhere else."""
    energy = models.BalancingEnergy.__annotations__
    assert energy["afrr"] == models.AfrrEnergy | None
    assert market_feeds.OPERATIONS["get_afrr_energy"].returns is models.AfrrEnergy
    assert market_feeds.OPERATIONS["get_mfrr_energy"].returns is models.MfrrEnergy
    assert market_feeds.OPERATIONS["get_fcr_capacity"].returns is models.FcrCapacity
    assert market_feeds.OPERATIONS["get_afrr_capacity"].returns is models.AfrrCapacity
    assert market_feeds.OPERATIONS["get_mfrr_capacity"].returns is models.MfrrCapacity


@pytest.mark.parametrize("kind", [one.returns for one in market_feeds.OPERATIONS.values()])
def test_every_value_may_be_absent_or_null(kind: type[msgspec.Struct]) -> None:
    """Four fields alone are documented as nullable; nothing is said of the others."""
    empty = kind()
    assert msgspec.json.decode(b"{}", type=kind) == empty
    for struct in _structs(kind):
        nulls = dict.fromkeys(struct.__struct_encode_fields__)
        assert msgspec.convert(nulls, struct) == struct()


def _structs(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()

    def visit(node: Any) -> None:
        if isinstance(node, msgspec.inspect.StructType) and node.cls not in found:
            found.add(node.cls)
            for field in node.fields:
                visit(field.type)
        elif isinstance(node, msgspec.inspect.UnionType):
            for one in node.types:
                visit(one)
        elif isinstance(node, msgspec.inspect.ListType):
            visit(node.item_type)
        elif isinstance(node, msgspec.inspect.Metadata):
            visit(node.type)

    visit(msgspec.inspect.type_info(kind))
    return found
