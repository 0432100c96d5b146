"""What refusals teach about the rate: half at once, then back step by step.

After a refusal the rate is cut, once for all requests that were under way. It then climbs in steps,
one for each second with an answer in it, along the curve that CUBIC (RFC 9438) uses for TCP: fast
back towards the rate that was refused, slowly around it, and ever faster beyond it while it holds.
So a limit that stands is touched seldom, and one that was raised tenfold is found again in 50
steps.

A limit that is passed refuses in a row. A single refusal among many requests that pass takes only a
tenth off the rate, and none below seven tenths of where that began: what still refuses one in a
hundred then, refuses for another reason than the rate.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

__all__ = ["UNRELATED", "Recovery", "Refusals"]

UNRELATED: Final = -1.0
"""In place of a pause: the refusal has nothing to do with the rate."""

_PLATEAU: Final = 12
"""Steps until the rate is back where it was refused."""

_CUT: Final = 0.5
_SMALL_CUT: Final = 0.3
"""Where the limit is known: refused at about the same rate as the last time."""

_NEAR: Final = 1.5
_STEP: Final = 1.0
_EASED: Final = 0.1
"""What a single refusal among many requests that passed takes off the rate."""

_EASED_TO: Final = 0.7
"""Single ones that still come at this share of the rate do not come from it."""

_EVIDENCE, _EVIDENCE_AGAIN = 100, 20
_ROW: Final = (4, 10)
_MANY: Final = (8, 100)
"""How many refusals, among how many requests, are the work of a limit."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


class Refusals:
    """Tells a single refusal from those that a limit hands out; counts by requests that left."""

    __slots__ = ("_since", "_when")

    def __init__(self) -> None:
        self._when: deque[int] = deque(maxlen=_MANY[0])
        self._since = 0

    def is_single(self, left: int) -> bool:
        """Judge one that comes when `left` requests have left in all."""
        when = self._when
        when.append(left)
        in_a_row = any(
            len(when) >= count and left - when[-count] < among for count, among in (_ROW, _MANY)
        )
        return not in_a_row and left - self._since >= _EVIDENCE

    def begin(self, left: int) -> None:
        """The rate has been cut: what was refused before counts no more."""
        self._when.clear()
        self._since = left - (_EVIDENCE - _EVIDENCE_AGAIN)


class Recovery:
    """The rate that refusals leave, infinity if there were none; all times on one clock."""

    __slots__ = (
        "_cut",
        "_eased_at",
        "_eased_from",
        "_proved",
        "_refused",
        "_slowed_at",
        "_stepped_at",
        "_steps",
        "_unrelated",
        "pause",
        "rate",
    )

    def __init__(self) -> None:
        self.rate: float = math.inf
        self.pause: float = _FIRST_PAUSE
        self._refused = math.inf
        self._cut = _CUT
        self._steps = 0
        self._slowed_at = self._stepped_at = self._eased_at = -math.inf
        self._eased_from, self._unrelated = math.nan, False
        self._proved = True

    def refused(self, now: float, sent_at: float, rate: float, least: float) -> bool:
        """Learn from a refusal; False if it is no news, being of a request sent before the last.

        `rate` is what requests left at, `least` the rate to stay above. If nothing got through
        since the last refusal, the server wants rest rather than a slower pace: then the rate
        stays, and `pause` doubles.
        """
        if sent_at < self._slowed_at:
            return False
        self._begin()
        if self._proved:
            is_known = self._refused / _NEAR < rate < self._refused * _NEAR
            self._cut = _SMALL_CUT if is_known else _CUT
            self._refused = rate
            self.rate = max(rate * (1 - self._cut), least)
            self._proved = False
            self.pause = _FIRST_PAUSE
        else:
            self.pause = min(self.pause * 2, _LONGEST_PAUSE)
        self._steps = 0
        self.hold(now)
        return True

    def eased(self, now: float, sent_at: float, rate: float, least: float) -> bool | None:
        """Learn from a single refusal: True if the rate is a little lower, None if that is no news.

        False if that has been tried: they do not come from the rate.
        """
        if self._unrelated:
            return False
        if sent_at < max(self._slowed_at, self._eased_at):
            return None
        if math.isnan(self._eased_from):
            self._eased_from = rate
        lower = rate * (1 - _EASED)
        if lower < self._eased_from * _EASED_TO:
            self._unrelated = True
            self._refused, self._cut, self._steps = rate, _CUT, _PLATEAU
            return False
        self._refused, self._cut, self._steps = rate, _EASED, 0
        self.rate = max(lower, least)
        self._eased_at = self._stepped_at = now
        return True

    def _begin(self) -> None:
        self._eased_from, self._unrelated = math.nan, False

    def hold(self, now: float) -> None:
        """The rate has been cut otherwise: what was sent before is no news, the climb waits."""
        self._slowed_at = self._stepped_at = now

    def answered(self, now: float, sent_at: float) -> None:
        """A request sent at `sent_at` was not refused; climb a step if a second has passed."""
        if sent_at < self._slowed_at:
            return
        self._proved = True
        if now - self._stepped_at < _STEP:
            return
        self._stepped_at = now
        self._steps += 1
        way = self._steps / _PLATEAU - 1
        self.rate = self._refused * (1 + self._cut * way**3)

    def forget(self) -> None:
        """The rate is back where it may be."""
        self.rate = math.inf
        self._begin()
        self._proved = True
