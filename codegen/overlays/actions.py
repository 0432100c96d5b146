"""Carries out the actions of an overlay on a copy of a document."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codegen.documents.document import Json
from codegen.documents.outline import METHODS
from codegen.overlays.definitions import is_above_whole, is_whole, label, moved, same_definition
from codegen.overlays.places import Place, find, value_at
from codegen.overlays.replacement import Superseded, replace_ours
from codegen.problems import Problem, Problems, pointer

_NOTES = frozenset({
    "deprecated", "description", "example", "examples", "format", "operationId", "summary", "tags",
    "title",
})  # fmt: skip


@dataclass(frozen=True)
class Applied:
    """What became of a document and an overlay.

    `overtaken` is what upstream has overtaken, `ours` the operations that only the overlay has,
    each with its place in the overlay.
    """

    document: Json
    overtaken: tuple[Problem, ...] = ()
    ours: tuple[Problem, ...] = ()


def describe_action(number: int, action: Json, what: str) -> str:
    """A message about one action."""
    reason = " ".join(str(action["x-reason"]).split())
    return f"action {number + 1}, target {action['target']}: {what} (reason: {reason})"


class Corrections:
    """Carries out actions on a copy of a document."""

    def __init__(self, document: Json, source: str) -> None:
        self._upstream = document
        self._document = copy.deepcopy(document)
        self._overtaken = Problems(source)
        self._ours = Problems(source)
        self._superseded: list[Superseded] = []
        self._before = 0
        self._schemas: dict[str, tuple[int, Json, Any]] = {}
        self._number = 0
        self._action: Json = {}
        self._noted = False

    def finish(self) -> Applied:
        """The result, once every action has been carried out."""
        if self._superseded:
            self._replace_ours()
        return Applied(self._document, tuple(self._overtaken.found), tuple(self._ours.found))

    def _replace_ours(self) -> None:
        named = {one.place[2] for one in self._superseded if one.place[0] == "components"}
        ours = {name: schema for name, (_, _, schema) in self._schemas.items()}
        gone = replace_ours(self._document, self._superseded, ours)
        for name, heir in gone.items():
            if name not in named:
                self._number, self._action, _ = self._schemas[name]
                instead = f": upstream's {heir} is called so now" if heir else ""
                self._note(f"nothing leads to schema {name} any more{instead}")

    def carry_out(self, number: int, action: Json) -> None:
        """Carry out one action; raises a ValueError if that is not possible."""
        self._number, self._action, self._noted = number, action, False
        self._before = len(self._superseded)
        places = find(self._document, action["target"]) or self._moved(action["target"])
        if not places:
            self._note("matches nothing; what it corrected may be elsewhere now")
        elif action.get("remove"):
            _remove(self._document, places)
        else:
            self._update_all(places, action["update"])

    def _moved(self, target: str) -> list[Place]:
        """What the target has become, if upstream only spells it in another way."""
        other = moved(self._document, target)
        places = find(self._document, other) if other else []
        if places:
            self._note(f"matches nothing, and was carried out on {other}: correct the target")
        return places

    def _update_all(self, places: list[Place], update: Any) -> None:  # noqa: ANN401
        # Each place must change: one that is right already no longer needs the action.
        idle = [place for place in places if not self._update(place, update)]
        if superseded := self._superseded[self._before :]:
            self._note(_describe_superseded(superseded))
        elif idle and not self._noted:
            where = ", ".join(pointer(*place) or "/" for place in idle)
            self._note(f"changes nothing at {where}; remove it")

    def _update(self, place: Place, update: Any) -> bool:  # noqa: ANN401 - any JSON
        target = value_at(self._document, place)
        if isinstance(target, list):
            return self._extend(target, [update], place, ("update",))
        if isinstance(target, dict) and isinstance(update, dict):
            return self._merge(target, update, place, ("update",))
        raise ValueError(f"cannot update {type(target).__name__} with {type(update).__name__}")

    def _merge(self, target: Json, update: Json, at: Place, source: Place) -> bool:
        """Put `update`, which stands at `source` in the action, to what stands at `at`."""
        changes = [
            self._member(target, key, value, (*at, key), (*source, key))
            for key, value in update.items()
        ]
        return any(changes)

    def _member(self, target: Json, key: str, value: Any, place: Place, source: Place) -> bool:  # noqa: ANN401
        here = target.get(key)
        if is_whole(place) and not (here and _is_notes(value)):
            return self._add(target, value, place, source)
        is_fields = key == "properties" and place[0] == "components" and here is None
        if (is_above_whole(place) or is_fields) and isinstance(value, dict):
            return self._collection(target, key, value, place, source)
        if isinstance(here, dict) and isinstance(value, dict):
            return self._merge(here, value, place, source)
        if isinstance(here, list) and isinstance(value, list):
            return self._extend(here, value, place, source)
        return self._set(target, value, place, source)

    def _set(self, target: Json, value: Any, place: Place, source: Place) -> bool:  # noqa: ANN401
        key = str(place[-1])
        if key not in target and place[-2:-1] == ("properties",) and _is_notes(value):
            return self._miss(place, source)
        if key in target and target[key] == value:
            return False
        target[key] = copy.deepcopy(value)
        return True

    def _collection(
        self, target: Json, key: str, update: Json, place: Place, source: Place
    ) -> bool:
        """Merge into a collection that is made for it; an empty one is not left behind."""
        is_new = key not in target
        changed = self._merge(target.setdefault(key, {}), update, place, source)
        if is_new and not target[key] and update:
            del target[key]
            return changed
        return changed or is_new

    def _extend(self, target: list[Any], items: list[Any], place: Place, source: Place) -> bool:
        """Append what is not there yet; of a parameter there is one, and upstream's counts."""
        changed = False
        for item in items:
            if (same := [one for one in target if _is_same(one, item)]) and item not in same:
                what = f"{item['name']!r} at {pointer(*place)}"
                self._note(f"upstream declares {what} itself: its own counts", source)
            elif not same:
                target.append(copy.deepcopy(item))
                changed = True
        return changed

    def _add(self, target: Json, definition: Any, place: Place, source: Place) -> bool:  # noqa: ANN401
        theirs = same_definition(self._upstream, place, definition)
        if theirs is not None and not _is_there(self._document, theirs):
            theirs = None  # an earlier action has removed it
        if theirs is None and _is_notes(definition):
            return self._miss(place, source)
        is_schema = place[:2] == ("components", "schemas")
        if is_schema:
            self._schemas[str(place[2])] = self._number, self._action, definition
        if theirs is None or (is_schema and theirs != place):
            if target.get(str(place[-1])):
                raise ValueError(f"{label(place)} is there already: an earlier action adds it")
            target[str(place[-1])] = copy.deepcopy(definition)
        if theirs is not None:
            self._superseded.append(Superseded(definition, place, theirs))
        elif place[0] == "paths" and place[2] in METHODS:
            self._ours.add(pointer("actions", self._number, *source), label(place))
        return theirs is None

    def _miss(self, place: Place, source: Place) -> bool:
        self._note(f"corrects {pointer(*place)}, which upstream does not have", source)
        return False

    def _note(self, what: str, origin: Place = ()) -> None:
        self._noted = True
        where = pointer("actions", self._number, *origin)
        self._overtaken.add(where, describe_action(self._number, self._action, what))


def _is_there(document: Json, place: Place) -> bool:
    try:
        value_at(document, place)
    except KeyError:
        return False
    return True


def _is_notes(value: object) -> bool:
    """Whether this says something of a thing without saying what it is."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(key in _NOTES or key.startswith("x-") for key in value)
    )


def _is_same(one: object, other: object) -> bool:
    if one == other:
        return True
    if not (isinstance(one, dict) and isinstance(other, dict) and "name" in one and "in" in one):
        return False
    return (one["in"], one["name"]) == (other.get("in"), other.get("name"))


def _describe_superseded(superseded: Sequence[Superseded]) -> str:
    things = ", ".join(
        label(one.place) + (f" (as {label(one.theirs)})" if one.theirs != one.place else "")
        for one in superseded
    )
    return (
        f"upstream defines itself now: {things}. Its definitions are used, with our names, words"
        " and units where they fit. Compare, then correct what upstream has instead of adding it"
    )


def _remove(document: Json, places: list[Place]) -> None:
    if () in places:
        raise ValueError("cannot remove the whole document")
    for place in sorted(places, key=lambda one: [str(key).zfill(9) for key in one], reverse=True):
        del value_at(document, place[:-1])[place[-1]]
