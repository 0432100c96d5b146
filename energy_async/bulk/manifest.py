"""What a dataset is: the note in its log with which every later pull is compared."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from energy_async.bulk.plan import Plan
from energy_async.bulk.windows import Window, asset_key, plan_windows
from energy_async.delivery import require_aware
from energy_async.storage import DatasetMismatch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from energy_async.bulk.source import Source

NOTE: Final = "dataset"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a dataset is: whoever asks for the same, or a part of it, may go on with it.

    Attributes:
        content: What the rows are.
        base_url: Where they come from.
        start: Start of the range, which belongs to it.
        end: End of the range, which does not.
        zone: The zone of the delivery months.
        streams: The streams asked for, sorted.
        assets: The assets asked for, sorted.
        start_column: The column of the rows that tells when they begin.
        key_columns: What tells rows of one asset and start from each other.
        recheck_from: An update has begun to ask again from here on and is not through; None if
            every one is.
        history_from: Before this moment it is not known any more what was known; None if it is.
    """

    content: str
    base_url: str
    start: datetime
    end: datetime
    zone: str
    streams: list[str]
    assets: list[str]
    start_column: str = "start"
    key_columns: list[str] = []
    recheck_from: datetime | None = None
    history_from: datetime | None = None

    @classmethod
    def of(cls, source: Source[Any], plan: Plan, base_url: str) -> Manifest:
        """Describe the dataset that a plan makes."""
        whole = plan.whole or plan
        return cls(
            content=source.content,
            base_url=base_url,
            start=whole.start,
            end=whole.end,
            zone=whole.zone,
            streams=sorted(whole.streams),
            assets=sorted(whole.assets),
            start_column=source.start_column,
            key_columns=list(source.key_columns),
        )

    def extended(self, end: datetime, asset_ids: Iterable[str | UUID]) -> Manifest:
        """Ask for more: up to `end`, if that is later, and of further assets."""
        more = {asset_key(one) for one in asset_ids}
        return msgspec.structs.replace(
            self,
            end=max(self.end, require_aware(end, "end")),
            assets=sorted({*self.assets, *more}),
        )

    def covers(self, window: Window) -> bool:
        """Whether a window is a part of what was asked for."""
        is_asked = window.stream in self.streams and window.asset_id in self.assets
        return is_asked and self.start <= window.start and window.end <= self.end

    def plan(self) -> Plan:
        """Everything that the dataset was asked for."""
        windows = plan_windows(
            self.assets,
            self.streams,
            known=self.streams,
            start=self.start,
            end=self.end,
            window=None,
            zone=self.zone,
        )
        return Plan(windows, window=None, zone=self.zone)


_ASKED: Final = ("content", "base_url", "start", "end", "zone", "streams", "assets")


def refuse_other(place: object, there: Manifest, asked: Manifest) -> None:
    """Refuse to go on with a dataset that is not what was asked for."""
    differing = [
        _difference(name, getattr(there, name), getattr(asked, name))
        for name in _ASKED
        if getattr(there, name) != getattr(asked, name)
    ]
    if differing:
        raise DatasetMismatch(
            f"{place} holds another pull's dataset ({'; '.join(differing)}); "
            f"{_advice(place, there, asked)}"
        )


def refuse_origin(place: object, there: Manifest, source: Source[Any], base_url: str) -> None:
    """Refuse to extend a dataset from elsewhere, or with rows of another kind."""
    asked = msgspec.structs.replace(there, content=source.content, base_url=base_url)
    refuse_other(place, there, asked)
    unknown = sorted(set(there.streams) - set(source.streams))
    if unknown:
        raise DatasetMismatch(f"{place} holds streams that are not asked: {', '.join(unknown)}")


def _advice(place: object, there: Manifest, asked: Manifest) -> str:
    """Say what gives all that was asked: an update, as far as it only adds; else another place."""
    if there.base_url != asked.base_url:
        return f"ask {there.base_url} again, or choose another place"
    fixed = ("content", "zone", "streams", "start")
    is_more = all(getattr(there, name) == getattr(asked, name) for name in fixed)
    if not is_more or not set(there.assets) <= set(asked.assets) or asked.end < there.end:
        return "ask for the same, or choose another place"
    return f"`update` extends {place} to that, or choose another place"


def _difference(name: str, there: object, asked: object) -> str:
    if not isinstance(there, list) or not isinstance(asked, list):
        return f"{name}: {there!s} there, {asked!s} asked"
    only_there, only_asked = sorted(set(there) - set(asked)), sorted(set(asked) - set(there))
    return f"{name}: {_some(only_there)} only there, {_some(only_asked)} only asked"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return ", ".join(names[:3]) + more if names else "none"
