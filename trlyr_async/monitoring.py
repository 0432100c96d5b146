"""Monitoring: measured data points of physical assets and their sums."""

from trlyr_async._generated import monitoring as generated
from trlyr_async._generated.monitoring import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
