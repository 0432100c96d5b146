"""Slots that were reserved elsewhere: when they are asked for, used, and given up. No I/O."""

from __future__ import annotations

import math

import pytest

from energy_async.transport.shared_pace import Answer, SharedPace
from energy_async.transport.shared_rate import share_of

NOW = 1000.0


def answer(*slots: float, **fields: float | None) -> Answer:
    usual = {"rate": 50.0, "allowed": 50.0, "paused": 0.0, "rest": 1.0, "alone": 0.0}
    return Answer(workers=3, slots=list(slots), **{**usual, **fields})  # type: ignore[arg-type]


@pytest.fixture
def asked() -> list[None]:
    return []


@pytest.fixture
def pace(asked: list[None]) -> SharedPace:
    return SharedPace("me", 50, None, lambda: asked.append(None))


def test_without_a_slot_nothing_leaves_and_the_wait_is_not_known(pace: SharedPace) -> None:
    assert not pace.take(NOW)
    assert pace.wait(NOW) == 0, "a deadline in reach is not given up before the answer is there"
    assert pace.look_at(NOW) > NOW, "nobody spins until it is"


def test_slots_are_used_at_their_time_in_order_and_once(pace: SharedPace) -> None:
    pace.accept(NOW, answer(0.0, 0.02))
    assert pace.take(NOW)
    assert not pace.take(NOW)
    assert pace.look_at(NOW) == pytest.approx(NOW + 0.02)
    assert pace.wait(NOW) == pytest.approx(0.02)
    assert pace.take(NOW + 0.02)
    assert not pace.take(NOW + 1)


@pytest.mark.parametrize(("late", "good"), [(0.04, True), (0.06, False)])
def test_a_slot_is_good_for_a_twentieth_of_a_second(
    pace: SharedPace, late: float, good: bool
) -> None:
    pace.accept(NOW, answer(0.0))
    assert pace.take(NOW + late) is good


def test_a_slot_that_was_given_back_can_be_used_again(pace: SharedPace) -> None:
    pace.accept(NOW, answer(0.0, 0.02))
    assert pace.take(NOW)
    pace.give_back()
    assert pace.take(NOW + 0.01)
    assert not pace.take(NOW + 0.01)


def test_more_is_asked_for_once_half_is_used_and_no_more_than_is_wanted(
    pace: SharedPace, asked: list[None]
) -> None:
    pace.want(NOW, 9)
    assert len(asked) == 1
    assert pace.news(NOW).wanted == 9
    pace.accept(NOW, answer(0.0, 0.01, 0.02, 0.03))
    pace.want(NOW, 9)
    assert len(asked) == 1, "three quarters are there"
    assert pace.take(NOW)
    assert pace.take(NOW + 0.01)
    pace.want(NOW + 0.01, 2)
    assert len(asked) == 1, "what is there is enough"
    pace.want(NOW + 0.01, 9)
    assert len(asked) == 2
    assert pace.news(NOW + 0.01).wanted == 7


def test_what_was_wanted_before_an_answer_is_not_wanted_again_after_it(pace: SharedPace) -> None:
    pace.want(NOW, 5)
    pace.news(NOW)
    pace.want(NOW, 6)
    pace.accept(NOW, answer(0.0, 0.02))
    assert pace.news(NOW).wanted == 0


def test_news_is_told_once_and_as_ages(pace: SharedPace, asked: list[None]) -> None:
    assert pace.slow_down(NOW, NOW - 0.5) == 1.0
    pace.pause(NOW, 7)
    pace.succeed(NOW, NOW - 0.25)
    assert asked
    has_news = pace.has_news
    news = pace.news(NOW + 1)
    assert (news.refused, news.pause, news.answered) == (1.5, 6, 1.25)
    assert (has_news, pace.has_news) == (True, False)
    again = pace.news(NOW + 1)
    assert (again.refused, again.pause, again.answered) == (None, None, None)


def test_a_pause_drops_the_slots_and_lasts(pace: SharedPace) -> None:
    pace.accept(NOW, answer(0.0, 0.02))
    pace.pause(NOW, 3)
    assert not pace.take(NOW)
    assert (pace.paused_for(NOW), pace.wait(NOW), pace.look_at(NOW)) == (3, 3, NOW + 3)


def test_a_pause_of_the_others_is_followed_and_nothing_is_asked_for_meanwhile(
    pace: SharedPace, asked: list[None]
) -> None:
    pace.accept(NOW, answer(0.0))
    pace.accept(NOW, answer(rate=25, paused=2, slowed=0.1))
    assert not pace.take(NOW)
    pace.want(NOW + 1, 5)
    assert not asked
    pace.want(NOW + 2, 5)
    assert asked
    assert pace.is_slowed
    assert pace.slow_down(NOW, NOW - 0.2) is None, "it had left before the others were refused"
    assert pace.slow_down(NOW, NOW) == 1.0


def test_an_answer_that_does_not_know_of_a_pause_yet_does_not_end_it(pace: SharedPace) -> None:
    pace.news(NOW)
    pace.pause(NOW, 3)
    pace.accept(NOW + 0.1, answer(0.0))
    assert pace.paused_for(NOW + 0.1) == pytest.approx(2.9)
    assert not pace.take(NOW + 0.1)
    pace.news(NOW + 0.1)
    pace.accept(NOW + 0.2, answer(paused=0.0))
    assert pace.paused_for(NOW + 0.2) == 0


def test_the_next_rest_is_what_the_others_say(pace: SharedPace) -> None:
    pace.accept(NOW, answer(rest=8))
    assert pace.slow_down(NOW, NOW) == 8


def test_a_stated_limit_is_told_if_it_is_news(pace: SharedPace, asked: list[None]) -> None:
    pace.allow(NOW, 50)
    pace.allow(NOW, 80)
    assert not asked, "it is no lower than ours"
    pace.allow(NOW, 20)
    assert len(asked) == 1
    assert (pace.rate, pace.allowed) == (20, 20)
    assert pace.news(NOW).allow == 20
    assert pace.slow_down(NOW, NOW - 1) is None, "it left before that was known"


def test_a_quota_that_is_used_up_holds_all(pace: SharedPace, asked: list[None]) -> None:
    pace.share(NOW, 4, 30)
    assert not asked, "that can wait for the next exchange"
    pace.rest(NOW, 9)
    assert asked
    news = pace.news(NOW)
    assert (news.share, news.share_for, news.pause, news.hold) == (4, 30, 9, True)
    assert pace.slow_down(NOW, NOW - 1) is None


@pytest.mark.parametrize(
    ("ahead", "wait"), [(0, 0.01), (1, 0.03), (2, 0.03 + 1 / 50), (4, 0.03 + 3 / 50)]
)
def test_the_least_wait_counts_slots_then_the_rate(
    pace: SharedPace, ahead: int, wait: float
) -> None:
    pace.accept(NOW, answer(0.01, 0.03))
    assert pace.least_wait(NOW, ahead) == pytest.approx(wait)


@pytest.mark.parametrize(
    ("stated", "known", "share"),
    [(3, None, 40 / 3), (3, 2, 40 / 3), (2, 4, 10), (None, 5, 8), (None, None, 4)],
    ids=["stated", "stated is more", "known is more", "known", "neither"],
)
def test_the_share_without_contact_is_the_safer_one(
    stated: int | None, known: int | None, share: float
) -> None:
    assert math.isclose(share_of(50, stated, known), share)
