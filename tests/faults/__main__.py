"""Print what becomes of every fault: `python -m tests.faults [--bids N] [--secrets]`.

The table says what the caller gets, and how many requests reach the server, over all attempts. One
entry stands for both backends where they agree. After it: whether a password or token could be read
anywhere meanwhile, and what became of N bids on a server that drops connections. Ends with status 1
if anything is not as expected. `--secrets` searches many more errors, with the variables of their
frames, for six passwords and the tokens, and does nothing else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import anyio
from rich.console import Console
from rich.table import Table

from tests.faults.bids import place_bids
from tests.faults.clients import METHODS, STACKS, loop_of
from tests.faults.leaks import Search, leaks_of
from tests.faults.matrix import FAULTS, Fault, run
from tests.faults.mishaps import MISHAPS, Mishap
from tests.faults.secrets import Readable
from tests.spellings import PASSWORDS


def outcome(row: Fault | Mishap, method: str, stack: str, readable: Readable) -> str:
    """What becomes of one fault; all that can be read meanwhile goes to `readable`."""

    async def happen() -> str:
        if isinstance(row, Mishap):
            return await row.happen(method, stack)
        done = await run(row, method, stack, on_event=readable.event)
        for error in done.errors:
            readable.error(error)
        return done.outcome

    terminal = StringIO()
    with readable.watching(), redirect_stdout(terminal), redirect_stderr(terminal):
        found = anyio.run(happen, backend=loop_of(stack))
    readable.texts.append(("terminal", terminal.getvalue()))
    return found


def cell(found: dict[str, str]) -> str:
    """One entry for all stacks that agree."""
    if len(set(found.values())) == 1:
        return found[STACKS[0]]
    return "\n".join(f"{stack}: {text}" for stack, text in found.items())


def faults_table(readable: Readable) -> tuple[Table, list[str]]:
    """The table, and the rows that are not as expected."""
    table = Table("fault", *METHODS, title="what the caller gets x requests the server saw")
    wrong = []
    for row in (*FAULTS, *MISHAPS):
        cells = []
        for method in METHODS:
            found = {stack: outcome(row, method, stack, readable) for stack in STACKS}
            cells.append(cell(found))
            if any(text != row.expected(method, stack) for stack, text in found.items()):
                wrong.append(f"{row.name}, {method}: {found}")
        table.add_row(row.name, *cells)
    return table, wrong


def bids_table(count: int) -> tuple[Table, list[str]]:
    """What the client said of so many bids, what the server held, and what does not fit."""
    table = Table("the client says, the server holds", *STACKS, title=f"{count} bids")
    tallies = {
        stack: anyio.run(place_bids, stack, count, backend=loop_of(stack)) for stack in STACKS
    }
    for words in sorted({words for tally in tallies.values() for words in tally.answers}):
        table.add_row(words, *(str(tally.answers[words]) for tally in tallies.values()))
    most = (str(max(tally.held.values())) for tally in tallies.values())
    table.add_row("most often that a bid was carried out", *most)
    return table, [text for tally in tallies.values() for text in tally.wrong]


def leaks_table() -> tuple[Table, list[str]]:
    """Errors searched for each password on each stack, and where a secret can be read."""
    table = Table("password", *STACKS, title="errors searched, with the variables of their frames")
    leaks = []
    for password in PASSWORDS:
        cells = []
        for stack in STACKS:
            search = Search(stack, password)
            found = anyio.run(search.all, backend=loop_of(stack))
            cells.append(str(len(found)))
            for name, error in found:
                leaks += [f"{stack}: {name}: {leak}" for leak in leaks_of(error, password)]
        table.add_row(ascii(password), *cells)
    return table, leaks


def report(console: Console, title: str, wrong: Iterable[str]) -> bool:
    """Print what is wrong; whether anything is."""
    listed = list(wrong)
    console.print(f"{title}: {'none' if not listed else len(listed)}")
    for text in listed:
        console.print(f"  {text}", markup=False)
    return bool(listed)


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(description="What becomes of every fault.")
    parser.add_argument("--bids", type=int, default=1000, help="how many bids to place")
    parser.add_argument("--secrets", action="store_true", help="only search errors for secrets")
    arguments = parser.parse_args()
    console, readable = Console(width=120), Readable()
    if arguments.secrets:
        table, leaks = leaks_table()
        console.print(table, markup=False)
        return int(report(console, "leaks", leaks))
    table, unexpected = faults_table(readable)
    readable.spans()
    console.print(table)
    is_bad = report(console, "outcomes that are not as expected", unexpected)
    console.print(f"{len(readable.texts)} texts searched for password and token", end="; ")
    is_bad |= report(console, "leaks", readable.leaks())
    table, denied = bids_table(arguments.bids)
    console.print(table)
    is_bad |= report(console, "bids placed twice, or denied", denied)
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())
