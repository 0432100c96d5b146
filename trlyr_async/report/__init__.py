"""A revenue dataset as one self-contained HTML page. Needs the extra `[report]`."""

from __future__ import annotations

from trlyr_async.report.page import render, write

__all__ = ["render", "write"]
