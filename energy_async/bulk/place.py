"""Where a dataset may be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit
from urllib.request import url2pathname

from energy_async.bulk.folder import LocalFolder
from energy_async.bulk.fsspec_folder import FsspecFolder

if TYPE_CHECKING:
    from energy_async.bulk.folder import Folder

__all__ = ["Place", "folder_at"]

Place: TypeAlias = "str | os.PathLike[str] | Folder"
"""A folder of the file system, the URL of one in any store that fsspec knows (extra `[fsspec]`),
such as `s3://bucket/revenue`, or a `Folder` with options of its own."""


def folder_at(place: Place) -> Folder:
    """Give the folder at a place, without touching it.

    Raises:
        ImportError: fsspec, or the package that it needs for the store, is not installed.
        ValueError: fsspec knows no such kind of URL.
    """
    if not isinstance(place, (str, os.PathLike)):
        return place
    text = os.fspath(place)
    if "://" not in text:
        return LocalFolder(Path(text))
    scheme, _, path, *_ = urlsplit(text)
    if scheme in {"file", "local"}:
        # Not through fsspec, which would leave half a file behind a killed process.
        return LocalFolder(Path(url2pathname(path)))
    return FsspecFolder(text)
