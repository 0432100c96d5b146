"""What refusals teach about the rate: half at once, then back step by step.

After a refusal the rate is cut, once for all requests that were under way. It then climbs in steps,
one for each second with an answer in it, along the curve that CUBIC (RFC 9438) uses for TCP: fast
back towards the rate that was refused, slowly around it, and ever faster beyond it while it holds.
So a limit that stands is touched seldom, and one that was raised tenfold is found again in 50
steps.
"""

from __future__ import annotations

import math
from typing import Final

__all__ = ["Recovery"]

_PLATEAU: Final = 12
"""Steps until the rate is back where it was refused."""

_CUT: Final = 0.5
_SMALL_CUT: Final = 0.3
"""Where the limit is known: refused at about the same rate as the last time."""

_NEAR: Final = 1.5
_STEP: Final = 1.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


class Recovery:
    """The rate that refusals leave, infinity if there were none; all times on one clock."""

    __slots__ = (
        "_cut",
        "_proved",
        "_refused",
        "_slowed_at",
        "_stepped_at",
        "_steps",
        "pause",
        "rate",
    )

    def __init__(self) -> None:
        self.rate = math.inf
        self.pause = _FIRST_PAUSE
        self._refused = math.inf
        self._cut = _CUT
        self._steps = 0
        self._slowed_at = self._stepped_at = -math.inf
        self._proved = True

    def refused(self, now: float, sent_at: float, rate: float, least: float) -> bool:
        """Learn from a refusal; False if it is no news, being of a request sent before the last.

        `rate` is what requests left at, `least` the rate to stay above. If nothing got through
        since the last refusal, the server wants rest rather than a slower pace: then the rate
        stays, and `pause` doubles.
        """
        if sent_at < self._slowed_at:
            return False
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
        self._proved = True
