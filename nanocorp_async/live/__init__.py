"""The newest values of all feeds, kept fresh: for a view that a person leaves open.

In: a client. Out: a `Board`, shown each second, and its lines. `nanocorp live` and displays of
users' own call it.
"""

from nanocorp_async.live.board import Board, Entry, entries
from nanocorp_async.live.watch import ask_once, watch

__all__ = ["Board", "Entry", "ask_once", "entries", "watch"]
