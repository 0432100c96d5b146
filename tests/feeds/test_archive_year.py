"""Six weeks around a clock change in virtual time: nothing missing, doubled or wrong."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.feeds.simulated_year import compare, play, scenario

if TYPE_CHECKING:
    from pathlib import Path

    from nanocorp_async.tidy import FeedName

FEEDS: tuple[FeedName, ...] = ("day-ahead", "fcr-capacity", "mfrr-energy")


async def test_an_archive_holds_all_that_was_shown(tmp_path: Path) -> None:
    """Through late days, corrections, outages, restarts and the spring clock change."""
    plan = scenario(FEEDS, date(2026, 3, 3), date(2026, 4, 14), seed=11)
    requests = await play(plan, tmp_path)
    tallies = compare(plan, tmp_path)
    assert plan.behaviour.late
    assert len(plan.behaviour.outages) > 3
    assert len(plan.stops) > 2
    for name, tally in tallies.items():
        assert (tally.missing, tally.doubled, tally.wrong) == (0, 0, 0), name
        assert tally.kept == tally.revisions, name
    counts = {name: tally.rows for name, tally in tallies.items()}
    assert counts["day-ahead"] > 65 * 96
    assert tallies["day-ahead"].revisions > 40
    assert tallies["mfrr-energy"].revisions > 40
    for name in FEEDS:
        assert tallies[name].days_told == tallies[name].days_lost, name
    assert tallies["mfrr-energy"].days_lost
    days = (plan.end - plan.start).days
    answered = sum(count for (_, status), count in requests.items() if status in (200, 304))
    assert 5 < answered / days / len(FEEDS) < 20
    whole = sum(count for (_, status), count in requests.items() if status == 200)
    assert whole / days / len(FEEDS) < 1.5
