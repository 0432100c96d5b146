"""Datasets as the command line names them: a folder, or the URL of one in a store."""

from typing import Annotated, TypeAlias

import typer

from energy_async.bulk import Place, place_at

__all__ = ["DatasetArgument", "parse_place"]


def parse_place(text: str | Place) -> Place:
    """Give the place that a path or a URL names.

    Raises:
        BadParameter: There is no such kind of URL.
    """
    if not str(text).strip():
        raise typer.BadParameter("an empty name is no place")
    try:
        return place_at(text)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from exc


DatasetArgument: TypeAlias = Annotated[
    Place,
    typer.Argument(
        metavar="PLACE",
        parser=parse_place,
        help="A folder, or a URL such as s3://bucket/revenue; written by trlyr revenue pull.",
    ),
]
