"""The decision, case by case: what was sent, what stood there before, what stands there now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trlyr_async.trading import StandingBid, StandingPrice, StandingValue
from trlyr_async.trading.outcome import judge
from trlyr_async.trading.standing import inquire, path_values

SENT_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def bids(
    price: float, bid_id: str | None = None, capacity: float = 1000
) -> tuple[StandingBid, ...]:
    return (StandingBid(offered_capacity=capacity, capacity_price=price, bid_id=bid_id),)


CASES: list[
    tuple[str, list[StandingValue], list[StandingValue] | None, list[StandingValue], str, bool]
] = [
    ("a bid that was not there", [bids(5)], [()], [bids(5)], "sent", True),
    ("still nothing", [bids(5)], [()], [()], "not_seen", False),
    ("still the old one", [bids(5)], [bids(4)], [bids(4)], "not_seen", False),
    ("over the old one", [bids(5)], [bids(4)], [bids(5)], "sent", True),
    ("somebody else's", [bids(5)], [bids(4)], [bids(6)], "cannot_tell", False),
    ("withdrawn meanwhile", [bids(5)], [bids(4)], [()], "cannot_tell", False),
    ("the same as before", [bids(5)], [bids(5)], [bids(5)], "cannot_tell", True),
    ("the same, same id", [bids(5)], [bids(5, "a")], [bids(5, "a")], "cannot_tell", True),
    ("the same, new id", [bids(5)], [bids(5, "a")], [bids(5, "b")], "sent", True),
    ("the old one, new id", [bids(5)], [bids(4, "a")], [bids(4, "b")], "cannot_tell", False),
    ("the same, gone", [bids(5)], [bids(5)], [()], "cannot_tell", False),
    ("a fraction cut off", [bids(5, None, 1000.5)], [()], [bids(5)], "sent", True),
    ("another capacity", [bids(5)], [()], [bids(5, None, 2000)], "cannot_tell", False),
    ("half of two", [bids(5), bids(6)], [(), ()], [bids(5), ()], "cannot_tell", False),
    ("both of two", [bids(5), bids(6)], [(), ()], [bids(5), bids(6)], "sent", True),
    ("one new of two", [bids(5), bids(6)], [bids(5), ()], [bids(5), bids(6)], "sent", True),
    ("one old of two", [bids(5), bids(6)], [bids(5), ()], [bids(5), ()], "not_seen", False),
    ("no memory, a match", [bids(5)], None, [bids(5)], "cannot_tell", True),
    ("no memory, nothing", [bids(5)], None, [()], "not_seen", False),
    ("no memory, another", [bids(5)], None, [bids(4)], "cannot_tell", False),
    ("a power", [100.0], [0.0], [100.0], "sent", True),
    ("a power, rounded", [100.0], [0.0], [100.0004], "sent", True),
    ("a power, corrected", [100.0], [0.0], [99.0], "cannot_tell", False),
    ("a power, not yet", [100.0, 50.0], [0.0, 50.0], [0.0, 50.0], "not_seen", False),
    ("a power, no longer shown", [100.0], [0.0], [None], "cannot_tell", False),
]


@pytest.mark.parametrize(
    ("sent", "before", "found", "answer", "in_force"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_the_answer_follows_from_what_changed(
    sent: list[StandingValue],
    before: list[StandingValue] | None,
    found: list[StandingValue],
    answer: str,
    in_force: bool,
) -> None:
    def keyed(values: list[StandingValue]) -> dict[str, StandingValue]:
        return {str(index): value for index, value in enumerate(values)}

    outcome = judge(keyed(sent), None if before is None else keyed(before), keyed(found))
    assert (outcome.answer, outcome.in_force) == (answer, in_force)
    assert outcome.before_known == (before is not None)
    assert [one.sent for one in outcome.evidence] == sent
    assert [one.found for one in outcome.evidence] == found
    assert outcome.why


def stamped(price: str, seconds: float = 0) -> StandingPrice:
    at = (SENT_AT + timedelta(seconds=seconds)).isoformat()
    return StandingPrice(price=price, timestamp=at)


NINE = StandingPrice(price="9")
OLD = stamped("100.00", -60)
AUCTION_CASES: list[tuple[str, dict[str, StandingValue] | None, StandingValue, str]] = [
    ("the first bid", {"a": None}, stamped("100.00", 1), "sent"),
    ("no bid", {"a": None}, None, "not_seen"),
    ("the old one", {"a": OLD}, OLD, "cannot_tell"),
    ("the same price, later", {"a": OLD}, stamped("100.00", 1), "sent"),
    ("another price, later", {"a": OLD}, stamped("90.00", 1), "cannot_tell"),
    ("an old one of another price", {"a": stamped("90")}, stamped("90"), "not_seen"),
    ("its like, placed anew", {"a": stamped("90", -60)}, stamped("90", 1), "cannot_tell"),
    ("no times", {"a": StandingPrice(price="100")}, StandingPrice(price="100"), "cannot_tell"),
    ("no times, other price", {"a": NINE}, NINE, "not_seen"),
    ("no memory, no bid", None, None, "not_seen"),
    ("no memory, this price", None, stamped("100.00", 1), "cannot_tell"),
    ("no memory, another price", None, stamped("90.00", 1), "cannot_tell"),
]


@pytest.mark.parametrize(
    ("before", "found", "answer"),
    [case[1:] for case in AUCTION_CASES],
    ids=[case[0] for case in AUCTION_CASES],
)
def test_bids_in_an_auction_are_told_apart_by_their_times(
    before: dict[str, StandingValue] | None, found: StandingValue, answer: str
) -> None:
    outcome = judge({"a": StandingPrice(price="100")}, before, {"a": found})
    assert outcome.answer == answer
    assert outcome.in_force == (
        isinstance(found, StandingPrice) and found.price in {"100", "100.00"}
    )


def test_ids_are_read_out_of_a_path_whatever_is_in_front() -> None:
    template = "/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/bids"
    path = "/base/organisations/a%2Fb/virtual-assets/c/fcr/bids"
    assert path_values(template, path) == {"organisationID": "a/b", "virtualAssetID": "c"}
    with pytest.raises(ValueError, match="is not a path such as"):
        path_values(template, f"{path}/more")


def test_a_body_that_is_none_is_a_value_error() -> None:
    path = "/organisations/a/virtual-assets/c/ancillary/bids"
    with pytest.raises(ValueError, match="Expected `array`"):
        inquire("virtual_assets.submit_ancillary_bids", path, b'{"bids": 1}')
