"""Structs of `trlyr_async.auth`."""

from trlyr_async._generated.auth.models import *  # noqa: F403
from trlyr_async._generated.auth.models import __all__  # noqa: F401
