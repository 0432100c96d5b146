"""Reading what several machines have pulled: the shards of one plan as one table.

Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from energy_async.bulk.dataset import read_datasets
from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.folder import LocalFolder
from energy_async.bulk.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import pyarrow as pa

    from energy_async.bulk.plan import Plan

__all__ = ["read_shards"]

_NAME: Final = re.compile(r"shard-(\d+)")
_SAME: Final = ("content", "base_url", "start", "end", "zone", "streams")
_SHOWN: Final = 3


def read_shards(path: str | os.PathLike[str], plan: Plan | None = None) -> pa.Table:
    """Read the rows of all shards in a folder as one table, always in the same order.

    Each shard is a dataset of its own, in `shard-0`, `shard-1` and so on. The table is the one that
    `read` gives of a pull that was never shared out. It holds what was fetched so far; only the
    reports of the pulls tell whether that is all.

    Args:
        path: The folder that holds the shards.
        plan: What was shared out. With it, a shard that is not there or is not part of it is an
            error; without it, only a gap in the numbers can be seen.

    Raises:
        DatasetMismatch: There is no shard, one is missing, nothing was fetched into one yet, two
            hold the same asset (its rows would count twice), or they are of different pulls.
    """
    root = Path(path)
    folders = _folders(root)
    manifests = {name: read_manifest(folder) for name, folder in folders.items()}
    _refuse_different(root, manifests)
    _refuse_shared_assets(root, manifests)
    if plan is not None:
        _refuse_other_than(plan, root, manifests)
    return read_datasets(folders.values())


def _folders(root: Path) -> dict[str, LocalFolder]:
    found = (_NAME.fullmatch(one.name) for one in (root.iterdir() if root.is_dir() else ()))
    numbers = sorted(int(one[1]) for one in found if one)
    if not numbers:
        raise DatasetMismatch(f"{root} holds no shards: there is no shard-0")
    missing = sorted(set(range(numbers[-1])) - set(numbers))
    if missing:
        raise DatasetMismatch(f"{root}: missing {_some([f'shard-{one}' for one in missing])}")
    return {f"shard-{one}": LocalFolder(root / f"shard-{one}") for one in numbers}


def _refuse_different(root: Path, manifests: dict[str, Manifest]) -> None:
    """All shards ask the same of their assets."""
    first, *others = manifests
    for other in others:
        for field in _SAME:
            ours, theirs = getattr(manifests[first], field), getattr(manifests[other], field)
            if ours != theirs:
                raise DatasetMismatch(
                    f"{root}: {first} and {other} are of different pulls:"
                    f" {field} is {ours!s} and {theirs!s}"
                )


def _refuse_shared_assets(root: Path, manifests: dict[str, Manifest]) -> None:
    home: dict[str, str] = {}
    for name, manifest in manifests.items():
        for asset in manifest.assets:
            if asset in home:
                raise DatasetMismatch(
                    f"{root}: {home[asset]} and {name} both hold {asset}; were they shared out"
                    " over another number of shards? its rows would count twice"
                )
            home[asset] = name


def _refuse_other_than(plan: Plan, root: Path, manifests: dict[str, Manifest]) -> None:
    one = next(iter(manifests.values()))
    there = (one.start, one.end, one.zone, one.streams)
    if there != (plan.start, plan.end, plan.zone, sorted(plan.streams)):
        raise DatasetMismatch(
            f"{root} holds shards of another plan: {', '.join(one.streams)} from {one.start}"
            f" to {one.end}"
        )
    held = {asset for manifest in manifests.values() for asset in manifest.assets}
    if absent := sorted(set(plan.assets) - held):
        raise DatasetMismatch(f"{root}: a shard is missing, the one of {_some(absent)}")
    if extra := sorted(held - set(plan.assets)):
        raise DatasetMismatch(f"{root} holds {_some(extra)}, which the plan does not ask for")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
