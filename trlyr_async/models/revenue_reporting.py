"""Structs of `trlyr_async.revenue_reporting`."""

from trlyr_async._generated.revenue_reporting import models as generated
from trlyr_async._generated.revenue_reporting.models import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
