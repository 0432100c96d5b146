"""The newest values of all feeds, kept fresh: for a view that a person leaves open."""

from nanocorp_async.live.board import Board, Entry, entries
from nanocorp_async.live.pace import next_ask
from nanocorp_async.live.watch import watch

__all__ = ["Board", "Entry", "entries", "next_ask", "watch"]
