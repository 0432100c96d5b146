# Do not edit: `python -m codegen build`, specs/trlyr/auth.json sha256:fe8c183b5a8e
"""Endpoint functions of terralayr authentication."""

from trlyr_async._generated.auth.operations import OPERATIONS, authenticate, refresh

__all__ = ["OPERATIONS", "authenticate", "refresh"]
