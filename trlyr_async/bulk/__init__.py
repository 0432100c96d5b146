"""The bulk revenue pull: many virtual assets, long ranges, every revenue stream.

```python
async for batch in bulk.pull_revenue(client, asset_ids, start=start, end=end):
    ...                                                       # rows as they arrive
report = await bulk.pull_revenue_to(client, "revenue/", asset_ids, start=start, end=end)
```

Anything else that has a time range is pulled in the same way: a `Source` (`data_points(...)`, or
`of_operation` for any endpoint function), a `plan_pull`, and `pull` or `pull_to`.

A pull of `[start, end)` holds every row whose own start lies in that range: `start` included, `end`
not, so that neighbouring pulls share no row. A row that began before `start` is not part of it.

`report` tells what came of every asset, stream and window. Look at `report.complete` before adding
anything up: the failure of one window does not end the pull.
"""

from energy_async import bulk as general
from energy_async.bulk import *  # noqa: F403
from energy_async.bulk.reconcile import Finding, Reconciliation
from energy_async.files import WriteFailed
from trlyr_async.bulk.assets import AssetFacts, Assets, describe_assets, ids_of
from trlyr_async.bulk.comparing import MonthDifference, PullComparison, compare_pulls
from trlyr_async.bulk.data_points import DataPointRow, Subject, data_points
from trlyr_async.bulk.figures import Covers, Cut, Figure, Figures, add_up
from trlyr_async.bulk.reconciliation import reconcile
from trlyr_async.bulk.revenue import (
    ALL,
    REVENUE,
    RevenueRow,
    Stream,
    plan,
    pull_revenue,
    pull_revenue_to,
    update_revenue,
)

__all__ = [
    "ALL",
    "REVENUE",
    "AssetFacts",
    "Assets",
    "Covers",
    "Cut",
    "DataPointRow",
    "Figure",
    "Figures",
    "Finding",
    "MonthDifference",
    "PullComparison",
    "Reconciliation",
    "RevenueRow",
    "Stream",
    "Subject",
    "WriteFailed",
    "add_up",
    "compare_pulls",
    "data_points",
    "describe_assets",
    "ids_of",
    "plan",
    "pull_revenue",
    "pull_revenue_to",
    "reconcile",
    "update_revenue",
]
__all__ += general.__all__
