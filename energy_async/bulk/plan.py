"""A pull before it is begun: what it asks, how long that takes, how to share it out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from energy_async.bulk.notebook import table_html
from energy_async.bulk.windows import plan_windows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window


class Outline(NamedTuple):
    """What a whole plan asks for, as its shares remember it."""

    start: datetime
    end: datetime
    zone: str
    streams: tuple[str, ...]
    assets: tuple[str, ...]


class Plan(Sequence["Window"]):
    """The windows of a pull, one request each; nothing has been sent.

    A pull may need fewer requests than planned, where small answers let it ask for several windows
    at once, or more, where an answer is too large and its window is split.

    Args:
        windows: What is asked. The windows of one asset and stream follow one another in time.
        window: The length that was asked for; None lets the pull choose.
        zone: The zone of the delivery months.
        whole: The plan that this is a share of; None if it is whole.
    """

    def __init__(
        self,
        windows: Iterable[Window],
        *,
        window: timedelta | None,
        zone: str,
        whole: Outline | None = None,
    ) -> None:
        self.windows: tuple[Window, ...] = tuple(windows)
        self.window = window
        self.zone = zone
        self.whole = whole

    @overload
    def __getitem__(self, index: int) -> Window: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Window]: ...
    def __getitem__(self, index: int | slice) -> Window | Sequence[Window]:
        return self.windows[index]

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def requests(self) -> int:
        """How many requests the plan makes."""
        return len(self.windows)

    @property
    def assets(self) -> tuple[str, ...]:
        """The assets, in the order in which they were named."""
        return tuple(dict.fromkeys(one.asset_id for one in self.windows))

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams, in the order in which they were named."""
        return tuple(dict.fromkeys(one.stream for one in self.windows))

    @property
    def start(self) -> datetime:
        """Start of the range, which belongs to it."""
        return min(one.start for one in self.windows)

    @property
    def end(self) -> datetime:
        """End of the range, which does not belong to it."""
        return max(one.end for one in self.windows)

    def least_time(self, rate: float) -> timedelta:
        """The time that the planned requests take at the least, at `rate` requests a second."""
        if not rate > 0:
            raise ValueError(f"rate must be a positive number of requests a second, got {rate!r}")
        return timedelta(seconds=0 if math.isinf(rate) else self.requests / rate)

    def shards(self, count: int) -> list[Plan]:
        """Share the windows out over at most `count` plans for as many workers, in any order.

        All of them are pulled into one dataset, by any number of processes at once. Many small
        shards, some dozens for each worker, keep a slow worker from holding up the end. A shard
        has neighbouring assets of one stream, so that its rows lie in few files.
        """
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        windows = sorted(self.windows, key=lambda one: (one.stream, one.asset_id, one.start))
        size = math.ceil(len(windows) / count)
        whole = self.whole or Outline(self.start, self.end, self.zone, self.streams, self.assets)
        return [
            Plan(windows[at : at + size], window=self.window, zone=self.zone, whole=whole)
            for at in range(0, len(windows), size)
        ]

    def __repr__(self) -> str:
        return f"<Plan: {self}>"

    def _repr_html_(self) -> str:
        return table_html(
            str(self), ["stream", "requests"], Counter(w.stream for w in self).items()
        )

    def __str__(self) -> str:
        counts = (
            (len(self), "request"),
            (len(self.assets), "asset"),
            (len(self.streams), "stream"),
        )
        requests, *rest = (f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in counts)
        span = f"{self.start:%Y-%m-%dT%H:%M:%SZ} to {self.end:%Y-%m-%dT%H:%M:%SZ}"
        return f"{requests}: {', '.join(rest)}, {span}"


def plan_pull(
    source: Source[Any],
    asset_ids: Iterable[str | UUID],
    *,
    start: datetime,
    end: datetime,
    streams: Iterable[str] | None = None,
    window: timedelta | None = None,
) -> Plan:
    """List what a pull would ask for, one request each, without asking.

    Args:
        source: What is pulled.
        asset_ids: What is asked about, each once.
        start: Start of the range, which belongs to it; aware.
        end: End of the range, which does not belong to it; aware.
        streams: Which streams of the source; by default all.
        window: How much time one request covers; any length gives the same rows. By default a
            delivery month, and several where the answers turn out to be small. Where an answer is
            too large or too slow, its window is split, whatever was chosen.

    Raises:
        ValueError: An asset or stream named twice (its rows would count twice), no asset, an
            unknown stream, a naive time, an end that is not after the start, a window of nothing.
    """
    windows = plan_windows(
        asset_ids,
        source.streams if streams is None else streams,
        known=source.streams,
        start=start,
        end=end,
        window=window,
        zone=source.zone,
    )
    return Plan(windows, window=window, zone=source.zone)
