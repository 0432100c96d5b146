"""What an API check has found, for a terminal, as a page and as a record."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import RenderableType
from rich.text import Text

from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.notes import note
from energy_async.cli.output import show, write_bytes
from energy_async.cli.screen import add_columns, counted, plain_table
from energy_async.contact import Contact, to_json
from energy_async.page import environment

__all__ = ["ContactOptions"]

_CORRECT: Final = "To go on without a new release, put this into a file that TRLYR_PATHS names"
_STYLES: Final = {
    "works": "green", "differs": "yellow", "not there": "red", "refused": "red", "fails": "red",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ContactOptions:
    """How an API is checked, and what is written of it."""

    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page.")] = (
        None
    )
    record: Annotated[
        Path | None,
        typer.Option(
            "--record",
            metavar="FILE",
            help="Write a record to share: shapes, no data. Read it before you do.",
        ),
    ] = None
    word: Annotated[
        list[str] | None,
        typer.Option(
            "--word",
            metavar="WORD",
            help="Let a name into the record that it shows as a star. May be repeated.",
        ),
    ] = None
    pause: Annotated[
        float, typer.Option("--pause", min=0, metavar="SECONDS", help="Between requests.")
    ] = 0.5  # fmt: skip

    def check_files(self) -> None:
        """Raise `ValueError` if what was asked for could not be written."""
        if self.html is not None:
            check_suffix(self.html, ".html", ".htm")
        if self.record is not None:
            check_suffix(self.record, ".json")

    def report(self, found: Contact, record: Contact) -> None:
        """Show what was found, write what was asked for, and end with 3 on a surprise."""
        show(*_parts(found))
        if self.html is not None:
            page = environment("energy_async.contact").get_template("page.html.jinja")
            write_bytes(page.render(found=found).encode(), self.html)
        if self.record is not None:
            text = to_json(record)
            write_bytes(text, self.record)
            note(f"{self.record} holds shapes and no data: read it before you share it")
            if b"*" in text:
                note("a star in it stands for a name that may be yours: --word NAME lets it in")
        if not found.is_as_expected:
            raise typer.Exit(ExitCode.INCOMPLETE)


def _parts(found: Contact) -> list[RenderableType]:
    table = plain_table(f"API check of {found.api} at {found.asked}")
    add_columns(table, ["operation", "verdict", "status", "what was seen"], ())
    for one in found.operations:
        verdict = Text(one.verdict, _STYLES.get(one.verdict, "dim"))
        table.add_row(one.operation, verdict, str(one.status or ""), Text(one.said))
    surprises = [
        Text.assemble(f"{number:>3}. ", one.text, (f"\n     {', '.join(one.operations)}", "dim"))
        for number, one in enumerate(found.surprises, 1)
    ]
    counts: dict[str, int] = {}
    for operation in found.operations:
        counts[operation.verdict] = counts.get(operation.verdict, 0) + 1
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    facts = {**found.measures, **{f"document of {k}": v for k, v in found.documents.items()}}
    if found.fresh:
        facts["not in this client"] = ", ".join(found.fresh)
    return [
        table,
        *(Text(f"{name}: {said}", "dim") for name, said in facts.items()),
        Text(f"\n{counted(found.requests, 'request')}, the login and reading ones: {verdicts}"),
        Text(f"Otherwise than expected: {len(surprises)}", "bold"),
        *surprises,
        *([Text(f"\n{_CORRECT}:\n{json.dumps(found.paths)}")] if found.paths else []),
    ]
