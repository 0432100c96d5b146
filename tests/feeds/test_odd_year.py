"""Five weeks around the switch to quarter-hours and a clock change, with all that is odd."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from nanocorp_async import repair_archive
from tests.feeds.odd_year import PARIS, Plan, judge, play, reported

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def test_nothing_is_wrong_lost_or_unreported(
    tmp_path: Path, later_version: Callable[[], None]
) -> None:
    """And what this version could not read, a later one finds in its place."""
    plan = Plan(
        first=date(2026, 3, 6),
        last=date(2026, 4, 10),
        switch=datetime(2026, 3, 27, 5, tzinfo=PARIS),
        silent=frozenset({date(2026, 3, 16), date(2026, 4, 2)}),
    )
    events, feeds = await play(plan, tmp_path)
    found = reported(plan, tmp_path, events, feeds)
    assert found.oddities.keys() == {"two prices", "zero prices", "replaced", "unread"}
    assert found.oddities["unread"] > 10
    assert found.unreported == {}
    read = judge(plan, tmp_path, taught=False)
    assert (read.wrong, read.lost) == (0, 0)
    assert read.rows > 28 * 96
    assert read.worst_mean < 1e-9
    later_version()
    repair_archive(tmp_path)
    taught = judge(plan, tmp_path, taught=True)
    assert (taught.wrong, taught.lost) == (0, 0)
    assert taught.rows > read.rows
