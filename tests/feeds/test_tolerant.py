"""What upstream writes in place of a value is read as what it means, and nothing else is."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async import Request
from nanocorp_async import DecodeFailed, market_feeds, tolerant
from nanocorp_async.models import market_feeds as models
from nanocorp_async.tolerant import Mend

if TYPE_CHECKING:
    from tests.feeds.conftest import Answering

STEP = {"period_start_utc": "2026-05-23T21:59:56.000Z", "upward_price_eur_mwh": 83.4}


def afrr(**fields: Any) -> bytes:
    return msgspec.json.encode({"recentRows": [STEP, {**STEP, **fields}]})


def read(name: str, value: Any) -> Any:
    answer = tolerant.decode(afrr(**{name: value}), models.AfrrEnergy)
    assert answer.recent_rows is not None
    return getattr(answer.recent_rows[1], name)


@pytest.mark.parametrize(
    ("came", "meant"),
    [
        ("Invalid", None), ("invalid", None), ("INVALID", None), ("", None), ("  ", None),
        (None, None), ("83.4", 83.4), ("-401.5", -401.5), (" 7 ", 7.0), (0, 0.0), (2150, 2150.0),
    ],
)  # fmt: skip
def test_a_number_may_be_invalid_empty_or_a_text(came: object, meant: float | None) -> None:
    assert read("upward_price_eur_mwh", came) == meant


@pytest.mark.parametrize(
    ("came", "meant"),
    [
        ("True", True), ("true", True), ("TRUE", True), ("False", False), ("false", False),
        (1, True), (0, False), (1.0, True), ("Invalid", None), ("", None), (None, None),
        (True, True), (False, False),
    ],
)  # fmt: skip
def test_a_truth_value_may_be_text_in_either_case(came: object, meant: bool | None) -> None:
    assert read("picasso_connection", came) is meant


@pytest.mark.parametrize(("came", "meant"), [(21600.0, 21600), ("21600", 21600), ("Invalid", None)])
def test_an_integer_may_come_as_a_float(came: object, meant: int | None) -> None:
    body = msgspec.json.encode({"rowCount": came})
    answer = tolerant.decode(body, models.AfrrEnergy)
    assert answer.row_count == meant
    assert type(answer.row_count) is type(meant)


def test_a_time_or_a_day_may_be_empty() -> None:
    body = b'{"latestFetchedAtUtc": "", "latestDeliveryDateParis": "Invalid"}'
    assert tolerant.decode(body, models.AfrrEnergy) == models.AfrrEnergy()


def test_other_texts_stay_as_they_came() -> None:
    """`Invalid` is a value like any other where a text is expected."""
    row = {"direction": "Invalid", "product_type": "", "price": "Invalid"}
    answer = tolerant.decode(msgspec.json.encode({"rows": [row]}), models.FcrCapacity)
    assert answer.rows == [models.FcrCapacityRow(direction="Invalid", product_type="")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("upward_price_eur_mwh", "n/a"), ("upward_price_eur_mwh", "nan"),
        ("upward_price_eur_mwh", "12,5"), ("upward_price_eur_mwh", True),
        ("upward_price_eur_mwh", [1]), ("picasso_connection", "yes"), ("picasso_connection", 2),
        ("period_start_utc", "2026-05-23T21:59:56"), ("period_start_utc", 1779573596),
    ],
)  # fmt: skip
def test_what_nobody_has_seen_is_refused_with_its_place(name: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.recentRows\[1\]\.{name}"):
        tolerant.decode(afrr(**{name: value}), models.AfrrEnergy)


def test_a_count_is_not_rounded() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.rowCount"):
        tolerant.decode(b'{"rowCount": 21600.5}', models.AfrrEnergy)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b'{"rowCount": NaN}'])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        tolerant.decode(body, models.AfrrEnergy)


@pytest.mark.parametrize("body", [b"[]", b'"Invalid"', b'{"recentRows": {}}', b'{"latestRow": ""}'])
def test_an_answer_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        tolerant.decode(body, models.AfrrEnergy)


def test_every_mend_is_listed_with_what_came() -> None:
    body = afrr(upward_price_eur_mwh="Invalid", prorata_mode="False")
    assert tolerant.mends(body, models.AfrrEnergy) == [
        Mend("$.recentRows[1].upward_price_eur_mwh", "Invalid", None),
        Mend("$.recentRows[1].prorata_mode", "False", False),
    ]


def test_mends_reach_into_an_aggregate() -> None:
    body = b'{"mfrr": {"latestUpwardRow": {"clearing_price_eur_mwh": ""}, "rowCount": 192.0}}'
    assert tolerant.mends(body, models.BalancingEnergy) == [
        Mend("$.mfrr.latestUpwardRow.clearing_price_eur_mwh", "", None),
        Mend("$.mfrr.rowCount", 192.0, 192),
    ]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_is_the_same_number(value: float) -> None:
    body = msgspec.json.encode({"averageUpwardPrice": repr(value)})
    assert tolerant.decode(body, models.AfrrEnergy).average_upward_price == value


async def test_the_client_reads_tolerantly_and_counts_in_the_log(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    body = afrr(upward_price_eur_mwh="Invalid", picasso_connection="True")
    with caplog.at_level(logging.INFO, logger="energy_async.feeds"):
        async with answering(body) as client:
            answer = await market_feeds.get_afrr_energy(client)
    assert answer.recent_rows is not None
    assert answer.recent_rows[1] == models.AfrrEnergyRow(
        period_start_utc=datetime(2026, 5, 23, 21, 59, 56, tzinfo=UTC), picasso_connection=True
    )
    (record,) = [one for one in caplog.records if one.name == "energy_async.feeds"]
    assert record.getMessage().startswith("market_feeds.get_afrr_energy: 2 values")


async def test_a_clean_answer_is_not_mentioned(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="energy_async.feeds"):
        async with answering(afrr()) as client:
            await market_feeds.get_afrr_energy(client)
    assert [one for one in caplog.records if one.name == "energy_async.feeds"] == []


async def test_the_client_names_the_place_that_cannot_be_read(answering: Answering) -> None:
    """And not the first odd one, which could be read."""
    body = msgspec.json.encode({"recentRows": [{"pdemand_mw": "Invalid"}, {"pdemand_mw": "much"}]})
    async with answering(body) as client:
        with pytest.raises(DecodeFailed) as caught:
            await market_feeds.get_afrr_energy(client)
    assert caught.value.path == "$.recentRows[1].pdemand_mw"
    assert caught.value.body == body
    assert caught.value.operation == "market_feeds.get_afrr_energy"
    assert caught.value.request_id == "r-1"
    assert "GET /api/afrr-energy" in str(caught.value)


@pytest.mark.parametrize("tail", [b",{", b",{\xff", b"]}}"])
async def test_an_odd_value_before_a_broken_end_is_one_error_of_ours(
    answering: Answering, tail: bytes
) -> None:
    async with answering(b'{"recentRows": [{"pdemand_mw": "Invalid"}' + tail) as client:
        with pytest.raises(DecodeFailed, match="expected JSON, got application/json") as caught:
            await market_feeds.get_afrr_energy(client)
    assert caught.value.path == ""


async def test_a_bare_nan_is_named_with_its_place(answering: Answering) -> None:
    async with answering(b'{"recentRows": [{"pdemand_mw": NaN}]}') as client:
        with pytest.raises(DecodeFailed, match=r"got NaN \(no JSON\) at byte 31: .*pdemand_mw"):
            await market_feeds.get_afrr_energy(client)


async def test_the_raw_value_is_a_request_away(answering: Answering) -> None:
    body = afrr(upward_price_eur_mwh="Invalid")
    async with answering(body) as client:
        reply = await client.send_raw(Request(market_feeds.OPERATIONS["get_afrr_energy"]))
    assert reply.body == body
    (mend,) = tolerant.mends(reply.body, models.AfrrEnergy)
    assert mend.came == "Invalid"


# Partly


UNREADABLE = ['"N/A"', '"-"', '"83,4"', '"null"', '"NaN"', "NaN", "1e999", "true"]


@pytest.mark.parametrize("cell", UNREADABLE)
def test_a_row_that_cannot_be_read_is_left_out_alone(cell: str) -> None:
    rows = ", ".join(f'{{"price": {one}}}' for one in ("1.5", cell, "2.5"))
    found = tolerant.decode_partly(f'{{"rows": [{rows}]}}'.encode(), models.FcrCapacity)
    assert [row.price for row in found.answer.rows] == [1.5, 2.5]
    assert [one.path for one in found.left_out] == ["$.rows[1].price"]


def test_what_is_left_out_says_what_came() -> None:
    found = tolerant.decode_partly(b'{"rows": [{"price": "83,4"}, null]}', models.FcrCapacity)
    assert [f"{one.path}: {one.why}" for one in found.left_out] == [
        "$.rows[0].price: Expected `float | null`, got `str` '83,4'",
        "$.rows[1]: Expected `object`, got `null`",
    ]


def test_a_byte_that_is_no_text_costs_its_row() -> None:
    body = b'{"rows": [{"direction": "UP\xff"}, {"direction": "UP"}]}'
    found = tolerant.decode_partly(body, models.FcrCapacity)
    assert [row.direction for row in found.answer.rows] == ["UP"]
    assert [one.path for one in found.left_out] == ["$.rows[0]"]


def test_values_beside_the_rows_and_inside_an_aggregate_are_left_out_too() -> None:
    body = b"""{"mfrr": {"rowCount": 192.5, "latestUpwardRow": {"clearing_price_eur_mwh": "-"},
        "chartRows": [{"upward_price_eur_mwh": "N/A"}, {"upward_price_eur_mwh": 1.0}]}}"""
    found = tolerant.decode_partly(body, models.BalancingEnergy)
    assert len(found.answer.mfrr.chart_rows) == 1
    assert {one.path for one in found.left_out} == {
        "$.mfrr.rowCount", "$.mfrr.latestUpwardRow.clearing_price_eur_mwh",
        "$.mfrr.chartRows[0].upward_price_eur_mwh",
    }  # fmt: skip


def test_names_that_this_version_does_not_know_are_listed() -> None:
    body = b'{"rows": [{"auction": "EXAA", "price": 1.0}], "intraday": [1], "count": 1}'
    found = tolerant.decode_partly(body, models.FcrCapacity)
    assert found.unknown == {"auction", "intraday"}
    assert not found.left_out


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[]", b'{"rows": {"price": 1}}'])
def test_an_answer_without_readable_rows_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        tolerant.decode_partly(body, models.FcrCapacity)


def test_a_time_may_lack_its_seconds() -> None:
    """ENTSO-E writes it so; without a zone it stays refused."""

    def read_start(text: str) -> datetime | None:
        body = msgspec.json.encode({"rows": [{"hour_start_utc": text}]})
        rows = tolerant.decode(body, models.DayAheadPrices).rows
        return rows[0].hour_start_utc if rows else None

    moment = datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    assert read_start("2026-10-25T02:30Z") == read_start("2026-10-25T04:30+02:00") == moment
    with pytest.raises(msgspec.ValidationError):
        read_start("2026-10-25T02:30")
