"""Log in to terralayr.

A `Trlyr` client logs in and renews its token by itself; this area is for those who want the
tokens as such.
"""

from trlyr_async._generated.auth import *  # noqa: F403
from trlyr_async._generated.auth import __all__  # noqa: F401
