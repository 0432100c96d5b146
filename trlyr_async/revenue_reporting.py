"""Revenue reporting: what virtual assets earned, by revenue stream, and aggregated data points.

One call is one request. For many assets, long ranges and resuming, use `trlyr_async.bulk`.
"""

from trlyr_async._generated.revenue_reporting import *  # noqa: F403
from trlyr_async._generated.revenue_reporting import __all__  # noqa: F401
