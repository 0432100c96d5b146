"""Structs of `trlyr_async.revenue_reporting`."""

from trlyr_async._generated.revenue_reporting.models import *  # noqa: F403
from trlyr_async._generated.revenue_reporting.models import __all__  # noqa: F401
