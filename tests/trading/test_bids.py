"""What a check finds in bids, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from trlyr_async import trading
from trlyr_async.models.auctions import Auction, CurrentBid
from trlyr_async.models.virtual_assets import VirtualAsset
from trlyr_async.trading import Bid

DAY = date(2026, 6, 1)


def fcr(**changes: Any) -> Bid:
    terms = {"product": "NEGPOS_08_12", "delivery_day": DAY, "offered_capacity": 2000}
    return Bid(**{**terms, "capacity_price": 12.5, **changes})


def capacity(**changes: Any) -> Bid:
    return fcr(**{"product": "POS_00_04", "energy_price": 120, **changes})


def energy(**changes: Any) -> Bid:
    return fcr(**{"product": "NEG_096", "capacity_price": None, "energy_price": 55, **changes})


def found(*bids: Bid, **arguments: Any) -> list[tuple[str, str, float | None]]:
    findings = trading.check_bids(bids, **arguments)
    return [(one.severity, one.kind, one.value) for one in findings]


@pytest.mark.parametrize(
    "bid",
    [
        fcr(),
        fcr(capacity_price=15_000),
        fcr(capacity_price=0),
        capacity(),
        capacity(product="NEG_20_24", energy_price=-15_000),
        energy(),
        energy(product="POS_001"),
        energy(product="NEG_100", delivery_day=date(2026, 10, 25)),
        energy(product="NEG_092", delivery_day=date(2026, 3, 29)),
    ],
)
def test_a_good_bid_is_left_alone(bid: Bid) -> None:
    assert found(bid) == []


ERRORS = [
    pytest.param(fcr(offered_capacity=1500), "capacity", 1500, id="no whole MW"),
    pytest.param(fcr(offered_capacity=5), "capacity", 5, id="MW for kW"),
    pytest.param(fcr(offered_capacity=0), "capacity", 0, id="nothing"),
    pytest.param(fcr(offered_capacity=-1000), "capacity", -1000, id="negative"),
    pytest.param(fcr(offered_capacity=999.9), "capacity", 999.9, id="cut to no whole MW"),
    pytest.param(fcr(offered_capacity=float("inf")), "no_number", None, id="endless"),
    pytest.param(fcr(capacity_price=10**400), "no_number", None, id="no float"),
    pytest.param(fcr(capacity_price=15_000.01), "price", 15_000.01, id="high"),
    pytest.param(energy(energy_price=-15_001), "price", -15_001, id="low"),
    pytest.param(capacity(energy_price=99_999), "price", 99_999, id="high energy price"),
    pytest.param(fcr(capacity_price=None), "price", None, id="FCR without price"),
    pytest.param(fcr(energy_price=1), "price", 1, id="FCR with energy"),
    pytest.param(capacity(energy_price=None), "price", None, id="capacity without energy"),
    pytest.param(capacity(capacity_price=None), "price", None, id="capacity without price"),
    pytest.param(energy(capacity_price=1), "price", 1, id="energy with capacity"),
    pytest.param(energy(energy_price=None), "price", None, id="energy without price"),
    pytest.param(fcr(product="NEGPOS_04_12"), "product", None, id="no block"),
    pytest.param(fcr(product="negpos_00_04"), "product", None, id="case"),
    pytest.param(energy(product="POS_000"), "product", None, id="0th quarter-hour"),
    pytest.param(energy(product="POS_097"), "product", None, id="97th quarter-hour"),
    pytest.param(
        energy(product="POS_093", delivery_day=date(2026, 3, 29)), "product", None, id="93 of 92"
    ),
]


@pytest.mark.parametrize(("bid", "kind", "value"), ERRORS)
def test_a_bid_that_cannot_be_is_an_error(bid: Bid, kind: str, value: float | None) -> None:
    assert found(bid) == [("error", kind, value)]
    [finding] = trading.check_bids([bid])
    assert finding.product == bid.code
    assert str(finding).startswith(bid.code)


def test_a_price_that_is_no_number_is_an_error() -> None:
    [(severity, kind, _)] = found(fcr(capacity_price=float("nan")))
    assert (severity, kind) == ("error", "no_number")


def test_who_pays_is_told_how_much() -> None:
    assert found(fcr(capacity_price=-15_000)) == [("warning", "price", -15_000)]
    [finding] = trading.check_bids([capacity(capacity_price=-0.5, delivery_day=date(2026, 10, 25))])
    assert "pays up to 5.00 EUR" in finding.message  # 2 MW for the five hours of that night


@pytest.mark.parametrize(
    "wrong", [{"product": None}, {"product": 5}, {"delivery_day": "2026-06-01"},
              {"delivery_day": datetime(2026, 6, 1, tzinfo=UTC)}]
)  # fmt: skip
def test_a_wrong_type_is_an_error(wrong: Any) -> None:
    assert found(fcr(**wrong)) == [("error", "product", None)]


def test_a_fraction_of_a_kilowatt_is_told_since_upstream_cuts_it() -> None:
    assert found(fcr(offered_capacity=1000.5)) == [("warning", "capacity", 1000.5)]


def test_everything_is_told_at_once() -> None:
    bids = [
        fcr(offered_capacity=1500, capacity_price=None),
        fcr(product="x", offered_capacity=7, capacity_price=-99_999),
    ]
    assert [one[1] for one in found(*bids, energy())] == [
        "capacity",
        "price",
        "product",
        "capacity",
        "price",
        "mixed_markets",
    ]
    assert found() == [("error", "nothing", None)]


def test_fcr_and_afrr_go_apart_and_each_product_takes_one_bid() -> None:
    assert found(capacity(), energy()) == []
    assert found(fcr(), capacity()) == [("error", "mixed_markets", None)]
    assert found(fcr(), fcr(capacity_price=1)) == [("error", "duplicate", None)]
    assert found(fcr(), fcr(delivery_day=date(2026, 6, 2))) == []


def test_rated_power_is_the_roughest_limit() -> None:
    asset = VirtualAsset(rated_charge_power=5000, rated_discharge_power=10_000)

    def limit(bid: Bid, **arguments: Any) -> bool:
        return ("warning", "capacity", bid.offered_capacity) in found(
            bid, **{"asset": asset, **arguments}
        )

    assert not limit(fcr(offered_capacity=4000))  # 80% of the lesser, by law
    assert limit(fcr(offered_capacity=5000))
    assert not limit(capacity(offered_capacity=10_000))
    assert limit(capacity(offered_capacity=11_000))
    assert not limit(energy(offered_capacity=5000))
    assert limit(energy(offered_capacity=6000))
    assert not limit(fcr(offered_capacity=5000), asset=VirtualAsset(rated_charge_power=1))


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        ("2026-05-24T21:59:59+00:00", ["gate_closure"]),
        ("2026-05-24T22:00:00+00:00", []),
        ("2026-05-31T05:29:59+00:00", []),
        ("2026-05-31T05:30:00+00:00", ["gate_closure"]),
    ],
)
def test_fcr_is_open_from_a_week_before_until_half_past_seven(now: str, kinds: list[str]) -> None:
    assert [one[1] for one in found(fcr(), now=datetime.fromisoformat(now))] == kinds


def test_the_fcr_gate_is_local() -> None:
    winter, summer = date(2026, 1, 10), DAY
    assert trading.fcr_gate_closure(winter) == datetime(2026, 1, 9, 6, 30, tzinfo=UTC)
    assert trading.fcr_gate_closure(summer) == datetime(2026, 5, 31, 5, 30, tzinfo=UTC)


def test_afrr_is_only_held_against_its_delivery() -> None:
    start = datetime(2026, 5, 31, 22, tzinfo=UTC)
    assert found(capacity(), now=start - timedelta(seconds=1)) == []
    assert found(capacity(), now=start) == [("error", "gate_closure", None)]
    last = datetime(2026, 6, 1, 21, 45, tzinfo=UTC)
    assert found(energy(), now=last - timedelta(seconds=1)) == []
    assert found(energy(), now=last) == [("error", "gate_closure", None)]


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="now must be an aware datetime"):
        trading.check_bids([fcr()], now=datetime(2026, 6, 1))  # noqa: DTZ001


AUCTION = Auction(
    id="a",
    status="RUNNING",
    start=datetime(2026, 6, 1, 8, tzinfo=UTC),
    end=datetime(2026, 6, 1, 10, tzinfo=UTC),
    current_bid=CurrentBid(price="500.00", timestamp="2026-06-01T08:30:00Z"),
)


def about(price: float | Decimal, **arguments: Any) -> list[tuple[str, str]]:
    findings = trading.check_auction_bid(price, **arguments)
    return [(one.severity, one.kind) for one in findings]


@pytest.mark.parametrize(
    ("price", "findings"),
    [
        (10_000_000, []),
        (Decimal("10000000.00"), []),
        (10_000_000.01, [("error", "price")]),
        (float("nan"), [("error", "no_number")]),
        (float("-inf"), [("error", "no_number")]),
        (10**400, [("error", "no_number")]),
        (0, [("warning", "price")]),
        (-5, [("warning", "price")]),
    ],
)
def test_an_auction_takes_up_to_ten_million(price: float, findings: list[tuple[str, str]]) -> None:
    assert about(price) == findings


def test_an_auction_must_be_running() -> None:
    for status in ("NOT_STARTED", "PENDING", "WON", "LOST", "NO_BIDS_SUBMITTED"):
        assert about(600, auction=Auction(id="a", status=status)) == [("error", "auction")]
    for open_ in ("RUNNING", "SOMETHING_NEW", None):
        assert about(600, auction=Auction(id="a", status=open_)) == []


@pytest.mark.parametrize(
    ("hour", "findings"),
    [(7, [("error", "auction")]), (8, []), (10, [("error", "auction")])],
)
def test_an_auction_is_open_between_its_times(hour: int, findings: list[tuple[str, str]]) -> None:
    now = datetime(2026, 6, 1, hour, tzinfo=UTC)
    assert about(600, auction=AUCTION, now=now) == findings


def test_a_bid_that_lowers_or_repeats_the_standing_one_is_told() -> None:
    assert about(500.01, auction=AUCTION) == []
    assert about(499, auction=AUCTION) == [("warning", "price")]
    [finding] = trading.check_auction_bid(500, auction=AUCTION)
    assert "of equal prices the earliest wins" in finding.advice
    odd = Auction(id="a", current_bid=CurrentBid(price="500 EUR"))
    assert about(1, auction=odd) == []
    assert about(Decimal("nan"), auction=AUCTION) == [("error", "no_number")]
