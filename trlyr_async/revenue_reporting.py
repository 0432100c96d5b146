"""Revenue reporting: what virtual assets earned, by revenue stream, and aggregated data points.

One call is one request. For many assets, long ranges and resuming, use `trlyr_async.bulk`.
"""

from trlyr_async._generated import revenue_reporting as generated
from trlyr_async._generated.revenue_reporting import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
