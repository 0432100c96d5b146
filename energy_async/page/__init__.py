"""HTML pages for people: one skeleton, one stylesheet, charts as inline SVG.

A page carries all that it needs: no script, nothing from elsewhere; light, dark, phone and print
are the stylesheet's. Needs the extra `[report]`.
"""

from energy_async.page.charts import Line, StepChart, draw
from energy_async.page.rendering import environment, number

__all__ = ["Line", "StepChart", "draw", "environment", "number"]
