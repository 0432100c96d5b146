"""Where tables are: a folder of the file system, or one in an object store, named by its URL."""

from __future__ import annotations

import abc
import uuid
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime


class Entry(NamedTuple):
    """A file as a listing shows it; `modified` is aware, by the clock of the store."""

    name: str
    size: int
    modified: datetime


def _random_name() -> str:
    return uuid.uuid4().hex


class Place(abc.ABC):
    """Files under names such as `stream=tolling/month=2026-03/part-1.parquet`, each written whole.

    Everything blocks. What the disk or the store refuses is raised as `WriteFailed` or
    `ReadFailed`, both `OSError`.

    Attributes:
        retries: How many times a refused request may be worth repeating.

    Args:
        fresh: Gives 32 hexadecimal digits that nobody else has, to name a new file by.
    """

    retries: int = 0

    def __init__(self, fresh: Callable[[], str] = _random_name) -> None:
        self.fresh = fresh

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make the folder; `UnsafeStore` if the store overwrites where it was asked to create."""

    @abc.abstractmethod
    def read(self, name: str) -> bytes:
        """Read a file as it is now; `FileNotFoundError` if there is none."""

    @abc.abstractmethod
    def create(self, name: str, content: bytes | memoryview) -> bool:
        """Write a file whole if there is none; False if there is.

        After a `WriteFailed` the file may be there all the same, or appear later.
        """

    @abc.abstractmethod
    def write(self, name: str, content: bytes | memoryview, *, lasting: bool = True) -> None:
        """Write a file whole, in place of one that may be there.

        One that is not `lasting` may be the one of before after a power cut.
        """

    @abc.abstractmethod
    def remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is gone already is no error."""

    @abc.abstractmethod
    def list(self, folder: str = "") -> Iterator[Entry]:
        """List the files under a folder, its folders included; nothing if there is none."""

    @abc.abstractmethod
    def url(self, name: str) -> str:
        """Name a file as other readers (DuckDB, polars, pandas) take it."""


PlaceLike: TypeAlias = "str | os.PathLike[str] | Place"
"""A folder of the file system, the URL of one (`s3://`, `gs://`, `az://`, `memory://`, `file://`),
or a `Place` with options of its own."""
