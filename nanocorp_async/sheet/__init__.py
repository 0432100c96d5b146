"""A delivery day of the French markets on one HTML page, to send to a colleague.

In: a client, or rows that you have. Out: the page (`day_sheet`, `render`), or its content as values
(`read_day`, `describe`). Users and the command line call it. Needs the extra `[report]`.
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
