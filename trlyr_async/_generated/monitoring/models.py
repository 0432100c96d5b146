# Do not edit: `python -m codegen build`, specs/trlyr/monitoring.json sha256:61e6a246a1ad
"""Structs of terralayr monitoring."""

__all__ = []
