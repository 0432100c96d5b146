# Do not edit: `python -m codegen build`, specs/trlyr/auth.json sha256:5e3790b6e595
"""Endpoint functions of terralayr authentication."""

from trlyr_async._generated.auth.operations import OPERATIONS, authenticate

__all__ = ["OPERATIONS", "authenticate"]
