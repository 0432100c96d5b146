"""What a new document changes: operations added, removed and changed."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from codegen.documents.document import Json, OperationAt, operations, skeleton, unversioned

__all__ = ["Changes", "compare"]

_LOST_SHARE = 5


@dataclass(frozen=True)
class Changes:
    """Operations as `GET /path`, schemas by name. `before` counts the old operations.

    `lost` are the removed operations that are not there under another version either; `others`
    are the keys of further parts that differ.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    lost: tuple[str, ...]
    changed: tuple[str, ...]
    schemas: tuple[str, ...]
    others: tuple[str, ...]
    before: int

    @property
    def lost_too_many(self) -> bool:
        """Whether more than a fifth of the operations are gone: rather a bad download."""
        return len(self.lost) * _LOST_SHARE > self.before

    def lines(self) -> list[str]:
        """For people: one line for each change."""
        told = [f"+ {label}" for label in self.added]
        told += [f"- {label}" for label in self.removed]
        told += [f"~ {label}" for label in self.changed]
        told += [f"~ schema {name}" for name in self.schemas]
        return told + [f"~ {key}" for key in self.others]


def compare(old: Json | None, new: Json) -> Changes:
    """Changes from `old` (None if there is no document yet) to `new`."""
    before, after = _operations(old or {}), _operations(new)
    old_schemas, new_schemas = _schemas(old or {}), _schemas(new)
    names = sorted(old_schemas.keys() | new_schemas.keys()) if old else []
    return Changes(
        added=_labels(after, after.keys() - before.keys()),
        removed=_labels(before, before.keys() - after.keys()),
        lost=_labels(before, _lost(before, after)),
        changed=_labels(after, {k for k in before.keys() & after.keys() if before[k] != after[k]}),
        schemas=tuple(name for name in names if old_schemas.get(name) != new_schemas.get(name)),
        others=tuple(sorted(_others(old, new))) if old else (),
        before=len(before),
    )


def _operations(document: Json) -> dict[str, OperationAt]:
    """Every operation by its method and what its path looks like."""
    return {f"{one.method} {skeleton(one.path)}": one for one in operations(document)}


def _lost(before: dict[str, OperationAt], after: dict[str, OperationAt]) -> set[str]:
    """Keys of what is gone, but for what got another version in its path."""
    still = {(one.method, unversioned(one.path)) for one in after.values()}
    return {
        key
        for key in before.keys() - after.keys()
        if (before[key].method, unversioned(before[key].path)) not in still
    }


def _others(old: Json, new: Json) -> set[str]:
    """What else differs, by its key: `servers`, `security`, `info`, other components."""
    parts = [{**one, **one.get("components", {})} for one in (old, new)]
    keys = parts[0].keys() | parts[1].keys()
    return {
        key
        for key in keys - {"components", "paths", "schemas"}
        if parts[0].get(key) != parts[1].get(key)
    }


def _labels(found: dict[str, OperationAt], keys: AbstractSet[str]) -> tuple[str, ...]:
    return tuple(sorted(found[key].label for key in keys))


def _schemas(document: Json) -> Json:
    schemas: Json = document.get("components", {}).get("schemas", {})
    return schemas
