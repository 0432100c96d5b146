"""`trlyr desk`: submissions in a journal, and what became of them."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from energy_async.cli.exits import ExitCode
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.options import Output
from energy_async.cli.output import emit
from energy_async.cli.screen import View, counted
from energy_async.tables import to_arrow
from trlyr_async.cli.account import Account, Login, connected
from trlyr_async.trading import Entry, SqliteJournal, settle

__all__ = ["desk"]

_ID: Final = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE)
_TITLES: Final = {
    "sent_at": "sent",
    "subject": "for",
    "verdict": "verdict",
    "reason": "reason",
    "last_moment": "due",
    "why": "why",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One submission, for a table."""

    id: str
    sent_at: datetime
    operation: str
    subject: str
    verdict: str
    why: str
    reason: str
    last_moment: datetime | None
    known_at: datetime
    status: int | None
    request_id: str | None
    path: str
    body: str


def desk(
    *,
    journal: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            envvar="TRLYR_JOURNAL",
            help="The journal: the file that SqliteJournal, or `trlyr schedule submit`, was given.",
        ),
    ] = Path("trlyr-desk.sqlite"),
    is_open: Annotated[bool, typer.Option("--open", help="Only what is not settled yet.")] = False,
    settle_open: Annotated[
        bool,
        typer.Option(
            "--settle", help="Ask the server what became of what is open; nothing is sent again."
        ),
    ] = False,
    out: Output,
    login: Login,
) -> None:
    """List submissions: bids and schedules, when and why they were sent, and what became of them.

    Times are in UTC. Ends with code 3 while a submission is open. CSV, JSON and Parquet have the
    request and the server's answer too.

    Example: trlyr desk --journal desk.sqlite --settle
    """
    if not journal.exists():
        raise FileNotFoundError(f"no journal at {journal}; give --journal or set TRLYR_JOURNAL")
    target = out.target()
    who = login.account if settle_open else None
    found = run_until_interrupted(_entries(journal, who))
    left = [one for one in found if one.is_open]
    view = View(
        title=f"{counted(len(found), 'submission')}, {len(left)} open",
        columns=list(_TITLES),
        titles=_TITLES,
        units={},
        caption="open: sending, unknown, not_seen; `--settle` asks the server" if left else "",
    )
    emit(to_arrow([_row(one) for one in (left if is_open else found)], Row), view, target)
    if left:
        raise typer.Exit(ExitCode.INCOMPLETE)


async def _entries(path: Path, who: Account | None) -> list[Entry]:
    async with SqliteJournal(path) as journal:
        if who is not None:
            async with connected(who) as client:
                await settle(client, journal)
        return await journal.entries()


def _row(entry: Entry) -> Row:
    intent, last = entry.intent, entry.last
    answered = next((one for one in reversed(entry.records) if one.status is not None), last)
    return Row(
        id=intent.id,
        sent_at=entry.sent_at,
        operation=intent.operation.partition(".")[2],
        subject=_ID.sub(lambda found: f"{found[0][:8]}…", intent.subject),
        verdict=last.verdict,
        why=last.why,
        reason=intent.reason,
        last_moment=intent.last_moment,
        known_at=last.at,
        status=answered.status,
        request_id=answered.request_id,
        path=intent.path,
        body=intent.body.decode("utf-8", "replace"),
    )
