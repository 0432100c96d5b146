"""What came of a pull: a table for people, JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from energy_async.cli.screen import counted
from energy_async.files import write_whole
from trlyr_async.cli.summary import summary_table

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from energy_async.bulk import Report
    from trlyr_async.bulk.figures import Figure, Figures
    from trlyr_async.cli.job import Job
    from trlyr_async.cli.progress import Traffic

__all__ = ["Outcome"]


class Outcome(NamedTuple):
    """A pull that has ended, complete or not."""

    job: Job
    report: Report
    figures: Figures

    def table(self, traffic: Traffic) -> Table:
        """Give EUR for each stream, and for each MW and year."""
        return summary_table(self.figures, caption=self._caption(traffic))

    def write(self, path: Path, traffic: Traffic) -> None:
        """Write everything as JSON.

        Raises:
            WriteFailed: The disk refuses.
        """
        text = msgspec.json.format(msgspec.json.encode(self._facts(traffic)), indent=2)
        write_whole(path, text, b"\n")

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
        report, figures = self.report, self.figures
        return {
            "complete": report.complete,
            "start": self.job.range.start,
            "end": self.job.range.end,
            "assets": figures.manifest.assets,
            "mean_rated_power_mw": figures.megawatts,
            "streams": [{"stream": one.stream, **_facts(one)} for one in figures.by("stream")],
            "total": _facts(figures.total),
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


def _facts(one: Figure) -> dict[str, Any]:
    covers = one.covers
    return {
        "revenue_eur": one.revenue,
        "eur_per_mw_year": one.per_mw_year,
        "eur_per_mw_year_of_those": one.per_mw_year_of_those,
        "mw_days": one.mw_days,
        "rows": one.rows,
        "rows_without_figure": one.unknown,
        "counts_from": covers.first,
        "counts_to": covers.last,
        "share_of_time": covers.share,
        "lacks": covers.lacks,
        "assets_without_power": covers.without_power,
    }
