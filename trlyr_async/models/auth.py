"""Structs of `trlyr_async.auth`."""

from trlyr_async._generated.auth import models as generated
from trlyr_async._generated.auth.models import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
