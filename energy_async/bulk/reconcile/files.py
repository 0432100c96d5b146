"""Are the files of a dataset those of its log, and as they were written?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from energy_async.bulk.reconcile.findings import Finding
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
        yield Finding(
            severity="error" if counts else "notice", kind="stray file", count=1,
            text=f"{one.name} does not belong to the dataset{said}",
            advice="move it away; what killed runs left, `trlyr revenue tidy` deletes after an"
            " hour, and bulk.files names the files that count",
        )  # fmt: skip


def damaged_files(dataset: Dataset, snapshot: Snapshot) -> dict[str, list[Finding]]:
    """Find files that are gone or not as they were written, by path."""
    return {
        part.path: list(_damaged(dataset, part, error))
        for part, error in damaged(dataset.table, snapshot)
    }


def _damaged(dataset: Dataset, part: Part, error: DatasetDamaged) -> Iterator[Finding]:
    advice = f"`trlyr revenue repair {dataset}` asks again for just that"
    if part.kind != "rows":
        text = f"{part.path} {error.reason}; it tells what corrections have changed"
        yield Finding(severity="warning", kind="damaged", text=text, advice=advice, count=part.rows)
        return
    for one in joined(answer.window for answer in dataset.answers.of(part)):
        yield Finding(
            severity="error", kind="damaged", text=f"{part.path} {error.reason}", advice=advice,
            asset_id=one.asset_id, stream=one.stream, start=one.start, end=one.end, count=1,
        )  # fmt: skip
