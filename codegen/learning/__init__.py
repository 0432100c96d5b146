"""Comes in: records of checks against the real API. Goes out: proposed changes of the overlays.

Called by the command line; calls overlays and drift.
"""
