"""What a dataset says it is: the file `_dataset.json`, against which every later pull is held."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.plan import Plan
from energy_async.bulk.windows import asset_key, plan_windows
from energy_async.delivery import require_aware

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from energy_async.bulk.folder import Folder
    from energy_async.bulk.source import Source

__all__ = ["MANIFEST", "Manifest", "read_manifest", "refuse_origin", "refuse_other"]

MANIFEST: Final = "_dataset.json"
FORMAT: Final = 2


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a dataset is: whoever asks for the same may go on with it.

    Attributes:
        format: Of the folder; 2.
        content: What the rows are.
        base_url: Where they come from.
        start: Start of the range, which belongs to it.
        end: End of the range, which does not.
        zone: The zone of the delivery months.
        streams: The streams asked for, sorted.
        assets: The assets asked for, sorted.
        open_from: From here on time had not passed when it was asked for, so that more rows may
            come: an update asks again. None if all had.
    """

    content: str
    base_url: str
    start: datetime
    end: datetime
    zone: str
    streams: list[str]
    assets: list[str]
    format: int = FORMAT
    open_from: datetime | None = None

    @classmethod
    def of(cls, source: Source[Any], plan: Plan, base_url: str, now: datetime) -> Manifest:
        """Describe the dataset that a plan makes if it is asked for from `now` on."""
        return cls(
            content=source.content,
            base_url=base_url,
            start=plan.start,
            end=plan.end,
            zone=plan.zone,
            streams=sorted(plan.streams),
            assets=sorted(plan.assets),
            open_from=_open(plan.start, plan.end, now),
        )

    @property
    def settled_end(self) -> datetime:
        """Where the time ends that had passed when it was asked for."""
        return self.end if self.open_from is None else min(self.end, self.open_from)

    def asked(self, now: datetime) -> Manifest:
        """Note that all of it is asked for from `now` on."""
        return msgspec.structs.replace(self, open_from=_open(self.start, self.end, now))

    def extended(self, end: datetime, asset_ids: Iterable[str | UUID]) -> Manifest:
        """Ask for more: up to `end`, if that is later, and of further assets."""
        more = {asset_key(one) for one in asset_ids}
        return msgspec.structs.replace(
            self,
            end=max(self.end, require_aware(end, "end")),
            assets=sorted({*self.assets, *more}),
        )

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

    def text(self) -> bytes:
        """The content of the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def _open(start: datetime, end: datetime, now: datetime) -> datetime | None:
    return max(start, now) if end > now else None


def read_manifest(folder: Folder) -> Manifest:
    """Read what the dataset is.

    Raises:
        DatasetMismatch: There is none, it is damaged, or it is of another format.
    """
    try:
        with folder.open(MANIFEST) as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetMismatch(f"{folder} holds no dataset: there is no {MANIFEST}") from None
    try:
        found = msgspec.json.decode(content, type=dict[str, Any])
        if found.get("format") != FORMAT:
            raise DatasetMismatch(
                f"{folder} holds a dataset of format {found.get('format')!r}, this version reads"
                f" format {FORMAT}; pull anew into another folder"
            )
        return msgspec.convert(found, Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise DatasetMismatch(f"{folder}/{MANIFEST} is damaged: {exc}") from exc


def refuse_other(folder: Folder, asked: Manifest) -> None:
    """Refuse to go on with a dataset that is not what was asked for.

    Raises:
        DatasetMismatch: The differences, by name.
    """
    _refuse(folder, read_manifest(folder), asked)


def _refuse(folder: Folder, there: Manifest, asked: Manifest) -> None:
    differing = [
        _difference(name, getattr(there, name), getattr(asked, name))
        for name in Manifest.__struct_fields__
        if name != "open_from"  # no part of what was asked
        and getattr(there, name) != getattr(asked, name)
    ]
    if differing:
        raise DatasetMismatch(
            f"{folder} holds another pull's dataset ({'; '.join(differing)}); "
            "ask for the same, choose another folder, or extend it with `update`"
        )


def refuse_origin(folder: Folder, there: Manifest, source: Source[Any], base_url: str) -> None:
    """Refuse to extend a dataset from elsewhere, or with rows of another kind.

    Raises:
        DatasetMismatch: The differences, by name.
    """
    asked = msgspec.structs.replace(there, content=source.content, base_url=base_url)
    _refuse(folder, there, asked)
    unknown = sorted(set(there.streams) - set(source.streams))
    if unknown:
        raise DatasetMismatch(f"{folder} holds streams that are not asked: {', '.join(unknown)}")


def _difference(name: str, there: object, asked: object) -> str:
    if not isinstance(there, list) or not isinstance(asked, list):
        return f"{name}: {there!s} there, {asked!s} asked"
    only_there, only_asked = sorted(set(there) - set(asked)), sorted(set(asked) - set(there))
    return f"{name}: {_some(only_there)} only there, {_some(only_asked)} only asked"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return ", ".join(names[:3]) + more if names else "none"
