"""Monitoring: measured data points of physical assets and their sums."""

from trlyr_async._generated.monitoring import *  # noqa: F403
from trlyr_async._generated.monitoring import __all__  # noqa: F401
