"""Log in to terralayr.

A `Trlyr` client logs in and renews its token by itself; this area is for those who want the
tokens as such.
"""

from trlyr_async._generated.auth import (
    OPERATIONS,
    authenticate,
    refresh,
)

__all__ = [
    "OPERATIONS",
    "authenticate",
    "refresh",
]
