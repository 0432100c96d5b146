"""Options that several commands take, spelled and explained the same everywhere."""

import inspect
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from energy_async.cli.formats import Format

__all__ = [
    "FormatOption",
    "OutputOption",
    "SingleWriterOption",
    "VerboseOption",
    "VersionOption",
    "help_from",
    "new_app",
]

FormatOption: TypeAlias = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        help="Default: what the name after -o ends with; without -o a table on a terminal and CSV"
        " in a pipe.",
        show_default=False,
    ),
]
OutputOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to FILE, whole or not at all.",
        show_default=False,
    ),
]
SingleWriterOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--single-writer",
        help="Accept a store that ignores conditional writes; see to it that no other process"
        " writes at the same time.",
    ),
]
VerboseOption: TypeAlias = Annotated[
    bool, typer.Option("--verbose", "-v", help="Log to standard error; secrets are masked.")
]


def _print_version(context: typer.Context, wanted: bool) -> None:  # noqa: FBT001 - typer passes it so
    """Print the program's name and the version, as far as the package is installed."""
    if not wanted:
        return
    try:
        found = version("trlyr-async")
    except PackageNotFoundError:
        typer.echo(f"{context.info_name}, not installed")
    else:
        typer.echo(f"{context.info_name} {found}")
    raise typer.Exit


VersionOption: TypeAlias = Annotated[
    bool,
    typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
]


def new_app(name: str) -> typer.Typer:
    """Make an application that leaves errors to `entry.run`."""
    return typer.Typer(
        name=name,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def help_from(command: Callable[..., object]) -> str:
    """Give the docstring of a command with its paragraphs unwrapped, for any width of terminal."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
