"""Bids go out once they are good, once only, and what stood there before is remembered."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from energy_sandbox import Sandbox
from tests.clock import Clock
from trlyr_async import (
    BadRequest,
    DeadlineExceeded,
    OutcomeUnknown,
    Trlyr,
    auctions,
    trading,
    virtual_assets,
)
from trlyr_async.models.virtual_assets import AncillaryBid, SubmitAncillaryBids
from trlyr_async.trading import Bid

if TYPE_CHECKING:
    from tests.trading.conftest import Desk, Watch

pytestmark = pytest.mark.filterwarnings("ignore::trlyr_async.ProvisionalEndpointWarning")

ROUTES = [
    pytest.param("ancillary", "FCR", "submit_ancillary_bids", id="FCR, ancillary"),
    pytest.param("create", "FCR", "create_fcr_bids", id="FCR, create"),
    pytest.param("update", "FCR", "update_fcr_bids", id="FCR, update"),
    pytest.param("ancillary", "aFRR", "submit_ancillary_bids", id="aFRR, ancillary"),
    pytest.param("create", "aFRR", "create_afrr_bids", id="aFRR, create"),
    pytest.param("update", "aFRR", "update_afrr_bids", id="aFRR, update"),
    pytest.param("create", "energy", "create_afrr_bids", id="aFRR energy, create"),
]


def bid(desk: Desk, market: str = "FCR", **changes: Any) -> Bid:
    terms: dict[str, Any] = {
        "FCR": {"product": "NEGPOS_08_12", "capacity_price": 12.5},
        "aFRR": {"product": "POS_08_12", "capacity_price": 4, "energy_price": 120},
        "energy": {"product": "NEG_090", "energy_price": 55},
    }[market]
    return Bid(**{**terms, "delivery_day": desk.day, "offered_capacity": 2000, **changes})


async def book(desk: Desk) -> dict[str, list[tuple[float, float | None, float | None]]]:
    """What upstream holds: capacity and prices by product."""
    start = desk.clock()
    found = await virtual_assets.get_ancillary_bids(
        *desk.asset, start=start, end=start + timedelta(days=9)
    )
    return {
        str(one.product): [
            (each.offered_capacity, each.capacity_price, each.energy_price)
            for each in one.bids or ()
        ]
        for one in found
    }


async def lost(desk: Desk, fault: Any, operation: str, *bids: Bid, **options: Any) -> Any:
    """Submit bids whose answer is lost: after the work (`cut_body`), or before (`reset`)."""
    injected = desk.sandbox.inject(fault, operation=operation, times=None)
    with pytest.raises(trading.SubmissionUnknown) as caught:
        await trading.submit_bids(*desk.asset, bids, **options)
    injected.remove()
    return caught.value


@pytest.mark.parametrize(("route", "market", "operation"), ROUTES)
async def test_bids_go_out_by_every_route(
    desk: Desk, route: trading.Route, market: str, operation: str
) -> None:
    one = bid(desk, market)
    receipt = await trading.submit_bids(*desk.asset, [one], route=route)
    assert (receipt.findings, receipt.status, receipt.unrecorded) == ((), 200, "")
    terms = (one.offered_capacity, one.capacity_price, one.energy_price)
    assert await book(desk) == {one.product: [terms]}
    assert desk.requests(operation) == 1


async def test_several_products_go_in_one_request(desk: Desk) -> None:
    bids = [bid(desk), bid(desk, product="NEGPOS_12_16", offered_capacity=1000.5)]
    receipt = await trading.submit_bids(*desk.asset, bids, route="create")
    [warning] = receipt.findings
    assert (warning.kind, warning.value) == ("capacity", 1000.5)
    assert [offers[0][0] for offers in (await book(desk)).values()] == [2000, 1000]
    assert desk.requests("create_fcr_bids") == 1


async def test_bids_with_errors_are_never_sent(desk: Desk) -> None:
    bids = [bid(desk, offered_capacity=1500), bid(desk, "aFRR", energy_price=None)]
    with pytest.raises(trading.CheckFailed) as caught:
        await trading.submit_bids(*desk.asset, bids)
    assert [one.kind for one in caught.value.findings] == ["capacity", "price", "mixed_markets"]
    several = [bid(desk), bid(desk, product="NEGPOS_00_04")]
    with pytest.raises(trading.CheckFailed, match="an update is for one product"):
        await trading.submit_bids(*desk.asset, several, route="update")
    with pytest.raises(trading.CheckFailed, match="its gate closed"):
        await trading.submit_bids(*desk.asset, [bid(desk, delivery_day=desk.day - timedelta(9))])
    assert desk.requests("bids") == 0


async def test_the_gate_of_fcr_is_a_deadline(desk: Desk) -> None:
    gate = trading.fcr_gate_closure(desk.day)
    for deadline, last in ((None, gate), (gate + timedelta(hours=1), gate)):
        submission = await trading.prepare_bids(*desk.asset, [bid(desk)], deadline=deadline)
        assert submission.intent.last_moment == last


async def test_a_deadline_of_the_caller_holds_too(desk: Desk) -> None:
    with pytest.raises(DeadlineExceeded):
        await trading.submit_bids(
            *desk.asset, [bid(desk, "aFRR")], deadline=desk.clock() - timedelta(seconds=1)
        )
    assert desk.requests("bids") == 0


async def test_bids_go_out_even_if_the_book_cannot_be_read(desk: Desk, watch: Watch) -> None:
    desk.sandbox.inject("status", operation="get_ancillary_bids", status=403)
    error = await lost(desk, "cut_body", "submit_ancillary_bids", bid(desk))
    assert error.before is None
    outcome = await watch.look_up(desk.client, error)
    assert (outcome.answer, outcome.in_force, outcome.before_known) == ("cannot_tell", True, False)


async def test_a_book_that_hangs_takes_a_quarter_of_the_time_at_most(desk: Desk) -> None:
    desk.sandbox.inject("delay", operation="get_ancillary_bids", delay=60)
    deadline = desk.clock() + timedelta(seconds=5)
    await trading.submit_bids(*desk.asset, [bid(desk)], deadline=deadline)
    assert desk.clock() < deadline - timedelta(seconds=2)
    assert len(await book(desk)) == 1


async def test_a_refusal_of_upstream_stays_what_it_is(desk: Desk) -> None:
    with pytest.raises(BadRequest, match="is not available"):
        await trading.submit_bids(*desk.asset, [bid(desk, offered_capacity=9000)])
    assert await book(desk) == {}


@pytest.mark.parametrize(("route", "market", "operation"), ROUTES)
async def test_a_bid_that_arrived_is_found(
    desk: Desk, watch: Watch, route: trading.Route, market: str, operation: str
) -> None:
    one = bid(desk, market)
    error = await lost(desk, "cut_body", operation, one, route=route)
    assert error.before == {one.code: ()}
    assert desk.requests(operation) == 1
    outcome = await watch.look_up(desk.client, pickle.loads(pickle.dumps(error)))
    assert (outcome.answer, outcome.in_force, outcome.looks) == ("sent", True, 1)
    [evidence] = outcome.evidence
    assert (evidence.key, evidence.before) == (one.code, ())
    assert isinstance(evidence.found, tuple)
    assert evidence.found[0].offered_capacity == 2000


@pytest.mark.parametrize(
    ("route", "operation"),
    [("ancillary", "submit_ancillary_bids"), ("create", "create_fcr_bids")],
)
async def test_bids_for_several_days_are_found(
    desk: Desk, watch: Watch, route: trading.Route, operation: str
) -> None:
    bids = [bid(desk), bid(desk, delivery_day=desk.day + timedelta(days=2))]
    error = await lost(desk, "cut_body", operation, *bids, route=route)
    outcome = await watch.look_up(desk.client, error)
    assert (outcome.answer, len(outcome.evidence)) == ("sent", 2)


@pytest.mark.parametrize(("route", "market", "operation"), ROUTES)
async def test_a_bid_that_never_arrived_is_found_missing(
    desk: Desk, watch: Watch, route: trading.Route, market: str, operation: str
) -> None:
    error = await lost(desk, "reset", operation, bid(desk, market), route=route)
    outcome = await watch.look_up(desk.client, error, settle=10.0)
    assert (outcome.answer, outcome.in_force) == ("not_seen", False)
    assert watch.slept == [0.5, 1, 2, 4, 2.5]
    assert outcome.looks == 6


async def test_a_bid_that_shows_late_is_waited_for(desk: Desk, watch: Watch) -> None:
    error = await lost(desk, "reset", "submit_ancillary_bids", bid(desk))

    async def arrive() -> None:
        await trading.submit_bids(*desk.asset, [bid(desk)])

    watch.at[3.0] = arrive
    outcome = await watch.look_up(desk.client, error, settle=10.0)
    assert (outcome.answer, outcome.looks) == ("sent", 4)
    assert watch.now == 3.5


async def test_a_book_that_cannot_be_read_is_asked_again(desk: Desk, watch: Watch) -> None:
    error = await lost(desk, "cut_body", "submit_ancillary_bids", bid(desk))
    fault = desk.sandbox.inject("status", operation="get_ancillary_bids", status=500, times=2)
    outcome = await watch.look_up(desk.client, error)
    assert (outcome.answer, outcome.looks, fault.hits) == ("sent", 3, 2)
    desk.sandbox.inject("status", operation="get_ancillary_bids", status=500, times=None)
    outcome = await watch.look_up(desk.client, error)
    assert (outcome.answer, outcome.in_force) == ("cannot_tell", False)
    assert "cannot be read" in outcome.why
    assert outcome.evidence[0].found is None


async def test_a_bid_over_another_one_is_told_apart(desk: Desk, watch: Watch) -> None:
    await trading.submit_bids(*desk.asset, [bid(desk, capacity_price=1)])
    lost_before = await lost(desk, "reset", "submit_ancillary_bids", bid(desk))
    assert (await watch.look_up(desk.client, lost_before)).answer == "not_seen"
    lost_after = await lost(desk, "cut_body", "submit_ancillary_bids", bid(desk))
    assert (await watch.look_up(desk.client, lost_after)).answer == "sent"


async def test_the_very_same_bid_is_told_apart_by_its_id_alone(desk: Desk, watch: Watch) -> None:
    """Only the functions of both markets give ids, and a new bid has a new one."""
    await trading.submit_bids(*desk.asset, [bid(desk)])
    for route, fault, answer in (
        ("ancillary", "reset", "cannot_tell"),
        ("ancillary", "cut_body", "sent"),
        ("create", "reset", "cannot_tell"),
        ("create", "cut_body", "cannot_tell"),
    ):
        operation = {"ancillary": "submit_ancillary_bids", "create": "create_fcr_bids"}[route]
        error = await lost(desk, fault, operation, bid(desk), route=route)
        outcome = await watch.look_up(desk.client, error, settle=1.0)
        assert (route, fault, outcome.answer) == (route, fault, answer)
        assert outcome.in_force


async def test_a_generated_function_has_no_memory(desk: Desk, watch: Watch) -> None:
    """Without it, a match may be older; nothing at all is an answer."""
    terms = AncillaryBid(offered_capacity=1000, capacity_price=3)
    body = [SubmitAncillaryBids(product="NEGPOS_08_12", delivery_day=desk.day, bids=[terms])]

    async def outcome_of(fault: Any) -> trading.Outcome:
        desk.sandbox.inject(fault, operation="submit_ancillary_bids")
        with pytest.raises(OutcomeUnknown) as caught:
            await virtual_assets.submit_ancillary_bids(*desk.asset, body=body)
        return await watch.look_up(desk.client, caught.value)

    missing = await outcome_of("reset")
    assert (missing.answer, missing.in_force) == ("not_seen", False)
    assert missing.looks > 1
    match = await outcome_of("cut_body")
    assert (match.answer, match.in_force) == ("cannot_tell", True)
    assert match.looks == 1  # waiting would not tell more
    await trading.submit_bids(*desk.asset, [bid(desk)])
    another = await outcome_of("reset")
    assert (another.answer, another.in_force) == ("cannot_tell", False)
    found = another.evidence[0].found
    assert isinstance(found, tuple)
    assert [one.capacity_price for one in found] == [12.5]


async def test_an_operation_that_cannot_be_looked_up_is_named(desk: Desk) -> None:
    error = OutcomeUnknown("lost", operation="physical_assets.create_unavailability")
    with pytest.raises(
        ValueError, match=r"what can: auctions\.submit_bid, virtual_assets\.create_"
    ):
        await trading.look_up(desk.client, error)


# Auctions


async def running(desk: Desk) -> str:
    found = await auctions.get_auctions(desk.client)
    return next(str(one.id) for one in found if one.status == "RUNNING")


async def lost_auction_bid(desk: Desk, fault: Any, auction_id: str, price: float) -> Any:
    injected = desk.sandbox.inject(fault, operation="submit_bid", times=None)
    with pytest.raises(trading.SubmissionUnknown) as caught:
        await trading.submit_auction_bid(desk.client, auction_id, price)
    injected.remove()
    return caught.value


@pytest.mark.parametrize("price", [250_000, 250_000.5, Decimal("250000.50")])
async def test_an_auction_takes_a_bid(desk: Desk, price: float) -> None:
    auction_id = await running(desk)
    assert (await trading.submit_auction_bid(desk.client, auction_id, price)).findings == ()
    auction = await auctions.get_auction(desk.client, auction_id)
    assert auction.current_bid is not None
    assert Decimal(str(auction.current_bid.price)) == price


async def test_a_bad_auction_bid_is_never_sent(desk: Desk) -> None:
    auction_id = await running(desk)
    with pytest.raises(trading.CheckFailed, match="not a price up to 10,000,000 EUR"):
        await trading.submit_auction_bid(desk.client, auction_id, 10_000_001)
    found = await auctions.get_auctions(desk.client)
    closed = next(str(one.id) for one in found if one.status in {"WON", "LOST", "PENDING"})
    with pytest.raises(trading.CheckFailed, match="takes no bids"):
        await trading.submit_auction_bid(desk.client, closed, 100)
    with pytest.raises(DeadlineExceeded):
        await trading.submit_auction_bid(
            desk.client, auction_id, 100, deadline=desk.clock() - timedelta(seconds=1)
        )
    assert desk.requests("submit_bid") == 0


async def test_a_lower_bid_goes_out_with_a_warning(desk: Desk) -> None:
    auction_id = await running(desk)
    await trading.submit_auction_bid(desk.client, auction_id, 200)
    [warning] = (await trading.submit_auction_bid(desk.client, auction_id, 100)).findings
    assert (warning.severity, warning.value) == ("warning", 100)


async def test_an_auction_bid_goes_out_even_if_the_auction_cannot_be_read(
    desk: Desk, watch: Watch
) -> None:
    auction_id = await running(desk)
    desk.sandbox.inject("status", operation="get_auction", status=500)
    error = await lost_auction_bid(desk, "cut_body", auction_id, 100)
    assert error.before is None
    outcome = await watch.look_up(desk.client, error)
    assert (outcome.answer, outcome.in_force) == ("cannot_tell", True)  # nothing need be sent again


async def test_bids_that_a_login_page_has_swallowed_are_found_missing(
    desk: Desk, watch: Watch
) -> None:
    error = await lost(desk, "html", "submit_ancillary_bids", bid(desk))
    outcome = await watch.look_up(desk.client, error)
    assert (outcome.answer, outcome.in_force) == ("not_seen", False)


async def test_an_auction_bid_does_not_wait_for_a_slow_reading(desk: Desk) -> None:
    auction_id = await running(desk)
    desk.sandbox.inject("delay", delay=30.0, operation="get_auction")
    soon = desk.clock() + timedelta(seconds=4)
    receipt = await trading.submit_auction_bid(desk.client, auction_id, 100, deadline=soon)
    assert receipt.findings == ()
    assert desk.requests("submit_bid") == 1


async def test_an_auction_tells_by_its_timestamps(desk: Desk, watch: Watch) -> None:
    """Of equal prices, a new time proves one, and an old one proves nothing."""
    auction_id = await running(desk)
    for fault, answer, in_force in (
        ("reset", "not_seen", False),
        ("cut_body", "sent", True),
        ("reset", "cannot_tell", True),
        ("cut_body", "sent", True),
    ):
        error = await lost_auction_bid(desk, fault, auction_id, 100)
        outcome = await watch.look_up(desk.client, error)
        assert (fault, outcome.answer, outcome.in_force) == (fault, answer, in_force)
    assert desk.requests("submit_bid") == 4


async def test_the_end_of_an_auction_is_a_deadline(desk: Desk) -> None:
    auction = await auctions.get_auction(desk.client, await running(desk))
    submission = await trading.prepare_auction_bid(desk.client, auction.id or "", 100)
    assert submission.intent.last_moment == auction.end


async def test_an_auction_that_has_ended_takes_no_bid() -> None:
    """In a world that lags behind the client's clock, by years, the auction still seems open."""
    then, clock = datetime(2026, 3, 28, 9, tzinfo=UTC), Clock()
    async with (
        Sandbox(assets=1, clock=lambda: then) as sandbox,
        Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, wall=clock.wall
        ) as client,
    ):
        found = await auctions.get_auctions(client)
        auction_id = next(str(one.id) for one in found if one.status == "RUNNING")
        with pytest.raises(trading.CheckFailed, match="is open from"):
            await trading.submit_auction_bid(client, auction_id, 100)
        assert not any(name.endswith("submit_bid") for name, _ in sandbox.counters.requests)
