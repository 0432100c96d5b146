"""A delivery day of the French markets on one HTML page, to send to a colleague.

`day_sheet` asks the feeds and gives the page; `read_day` gives its content as values, `describe`
does so for rows that you have, and `render` makes the page. Needs the extra `[report]`.
"""

from nanocorp_async.sheet.content import DaySheet, Part, Series, Source, State, describe
from nanocorp_async.sheet.page import day_sheet, render
from nanocorp_async.sheet.reading import read_day, read_feeds

__all__ = [
    "DaySheet",
    "Part",
    "Series",
    "Source",
    "State",
    "day_sheet",
    "describe",
    "read_day",
    "read_feeds",
    "render",
]
