"""What came of a pull: a table for people, JSON for programs, and the power beside the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from energy_async.cli.screen import counted
from energy_async.cli.times import days_between
from energy_async.delivery import BERLIN
from energy_async.files import write_whole
from trlyr_async.cli.kept import total_power
from trlyr_async.cli.summary import StreamSum, add_up, per_mw_year, summary_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.table import Table

    from energy_async.bulk import Report
    from trlyr_async.cli.job import Job
    from trlyr_async.cli.progress import Traffic

__all__ = ["Outcome"]


class Outcome(NamedTuple):
    """A pull that has ended, complete or not. Power in MW, by asset, as far as known."""

    job: Job
    ids: Sequence[str]
    powers: Mapping[str, float]
    report: Report

    def table(self, traffic: Traffic) -> Table:
        """Give EUR for each stream, and for each MW and year."""
        state = "" if self.report.complete else ", INCOMPLETE"
        return summary_table(
            self._sums(),
            title=f"Revenue of {counted(len(self.ids), 'virtual asset')}{state}\n{self.job.range}",
            megawatts=self._megawatts(),
            days=self._days(),
            caption=self._caption(traffic),
        )

    def write(self, path: Path, traffic: Traffic) -> None:
        """Write everything as JSON.

        Raises:
            WriteFailed: The disk refuses.
        """
        text = msgspec.json.format(msgspec.json.encode(self._facts(traffic)), indent=2)
        write_whole(path, text, b"\n")

    def _sums(self) -> list[StreamSum]:
        return add_up(self.job.out, self.job.streams)

    def _megawatts(self) -> float | None:
        return total_power(self.ids, self.powers)

    def _days(self) -> float:
        return days_between(self.job.range.start, self.job.range.end, BERLIN)

    def _caption(self, traffic: Traffic) -> str:
        report = self.report
        lines = [
            f"{counted(report.rows, 'row')} of {counted(len(report.windows), 'window')}",
            f"{_requests(traffic)} in {report.elapsed:.1f} s",
            f"{report.resumed:,} windows were there already" if report.resumed else "",
            f"{report.duplicates:,} rows came twice and were left out" if report.duplicates else "",
            f"{len(report.conflicting):,} windows hold rows that contradict each other; all kept"
            if report.conflicting
            else "",
        ]
        return "\n".join(filter(None, lines))

    def _facts(self, traffic: Traffic) -> dict[str, Any]:
        megawatts, days = self._megawatts(), self._days()
        report = self.report
        return {
            "complete": report.complete,
            "start": self.job.range.start,
            "end": self.job.range.end,
            "days": days,
            "assets": list(self.ids),
            "mean_rated_power_mw": megawatts,
            "streams": [_facts(one, megawatts, days) for one in self._sums()],
            "rows": report.rows,
            "windows": len(report.windows),
            "windows_from_earlier_runs": report.resumed,
            "failed": [{"window": str(one.window), "error": one.error} for one in report.failed],
            "not_offered": report.not_offered,
            "requests": traffic.requests,
            "logins": traffic.logins,
            "seconds": round(report.elapsed, 3),
            "dataset": str(self.job.out),
        }


def _requests(traffic: Traffic) -> str:
    return f"{counted(traffic.requests, 'request')} and {counted(traffic.logins, 'login')}"


def _facts(one: StreamSum, megawatts: float | None, days: float) -> dict[str, Any]:
    yearly = per_mw_year(one.revenue, megawatts, days) if megawatts else None
    return {
        "stream": one.stream,
        "revenue_eur": round(one.revenue, 6),
        "eur_per_mw_year": yearly,
        "rows": one.rows,
        "rows_without_figure": one.unknown,
    }
