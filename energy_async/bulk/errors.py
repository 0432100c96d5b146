"""What can be wrong with the folder of a dataset, apart from the disk (`WriteFailed`)."""

from __future__ import annotations

__all__ = ["DatasetLocked", "DatasetMismatch"]


class DatasetMismatch(ValueError):
    """The folder holds something else: other files, another pull, or a damaged part."""


class DatasetLocked(RuntimeError):
    """Another pull is writing into the folder at this moment."""
