"""Comes in: what a build has made, as text, and its document. Goes out: what does not hold there.

Called by every build before it replaces anything; calls `documents` and reads `functions`.
"""
