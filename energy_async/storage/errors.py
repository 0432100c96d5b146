"""What can be wrong with stored tables, apart from a disk or store that refuses (`files`)."""

from __future__ import annotations

from functools import partial


class DatasetMismatch(ValueError):
    """The place holds something else: other files, another pull, or damaged ones."""


class DatasetMissing(DatasetMismatch):
    """The place holds no dataset."""


class DatasetDamaged(DatasetMismatch):
    """A file of the dataset is damaged or gone.

    Attributes:
        place: Where the dataset is.
        path: The file, relative to it.
        reason: What is wrong with it.
        is_gone: Whether the file is not there at all.
    """

    def __init__(self, place: str, path: str, reason: str, *, is_gone: bool = False) -> None:
        super().__init__(place, path, reason)
        self.is_gone: bool
        self.path: str
        self.place: str
        self.reason: str
        self.place, self.path, self.reason, self.is_gone = place, path, reason, is_gone

    def __reduce__(self) -> tuple[object, ...]:
        made = partial(DatasetDamaged, is_gone=self.is_gone)
        return made, (self.place, self.path, self.reason)

    def __str__(self) -> str:
        return f"{self.place}/{self.path} {self.reason}"


class UnsafeStore(RuntimeError):
    """The store ignores conditional writes, so that several writers could lose rows."""
