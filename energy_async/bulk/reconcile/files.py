"""Are the files of a dataset those of its log, and as they were written?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from energy_async.bulk.reconcile.findings import Finding, finding
from energy_async.bulk.windows import joined
from energy_async.storage import damaged, is_passing, strays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energy_async.bulk.dataset import Dataset
    from energy_async.storage import DatasetDamaged, Part, Snapshot

_DATA = (".parquet", ".pq", ".csv")


def stray_files(dataset: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    """Find files that do not belong to the dataset: copies of sync tools, what killed runs left."""
    for one in strays(dataset.table, snapshot):
        if is_passing(one.name):
            continue
        counts = one.name.lower().endswith(_DATA)
        said = "; other readers of the folder add its rows up as well" if counts else ""
        text = f"{one.name} does not belong to the dataset{said}"
        yield finding("stray file", text, severity="error" if counts else "notice", count=1)


def damaged_files(dataset: Dataset, snapshot: Snapshot) -> dict[str, list[Finding]]:
    """Find files that are gone or not as they were written, by path."""
    return {
        part.path: list(_damaged(dataset, part, error))
        for part, error in damaged(dataset.table, snapshot)
    }


def _damaged(dataset: Dataset, part: Part, error: DatasetDamaged) -> Iterator[Finding]:
    advice = f"`trlyr revenue repair {dataset}` asks again for just that."
    text = f"{part.path} {error.reason}"
    if part.kind != "rows":
        text += "; it tells what corrections have changed"
        yield finding("damaged", text, severity="warning", advice=advice, count=part.rows)
        return
    for one in joined(answer.window for answer in dataset.answers.of(part)):
        yield finding("damaged", text, advice=advice, count=1, **msgspec.structs.asdict(one))
