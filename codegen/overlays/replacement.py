"""Upstream's definition takes the place of ours, and keeps what only we know.

Facts (parameters, bodies, answers, fields, types, what is required) are upstream's, whole. Ours
stay: the names that Python code uses, our words, the extensions (units above all), and the format
of a text that upstream leaves open. They stay only where upstream has the place that they are
about. An operation leads to schemas; those of upstream take over the names of ours that stand in
the same places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codegen.documents.document import Json, objects_in, reach, texts_in
from codegen.overlays.places import Place, value_at

_PREFIX = "#/components/schemas/"
_OURS = frozenset({"description", "summary", "security"})
_NAMED = frozenset({"content", "properties", "responses"})


@dataclass(frozen=True)
class Superseded:
    """A definition of ours, and the place of the one that upstream has."""

    ours: object
    place: Place
    theirs: Place


def replace_ours(
    document: Json, superseded: Sequence[Superseded], schemas: Mapping[str, Json]
) -> dict[str, str | None]:
    """Let upstream's definitions in `document` take over what is ours; `schemas` holds ours.

    Schemas that only we have, and that nothing leads to any more, go. They are given with the
    schema of upstream that has taken over the name, if there is one.
    """
    pairs = _Pairs(schemas)
    for one in superseded:
        if one.place[:2] == ("components", "schemas"):
            pairs.add(str(one.place[2]), str(one.theirs[2]))
        elif one.place[0] == "paths":
            pairs.take(value_at(document, one.theirs), one.ours)
    theirs: Json = document.get("components", {}).get("schemas", {})
    heirs = dict(pairs.followed(theirs))
    for mine, other in heirs.items():
        theirs[other].setdefault(
            "x-trlyr-python-name", schemas[mine].get("x-trlyr-python-name", mine)
        )
        for node in objects_in(document):
            if node.get("$ref") == _PREFIX + mine:
                node["$ref"] = _PREFIX + other
    published = {one.theirs[2] for one in superseded if one.theirs[:2] == ("components", "schemas")}
    gone = sorted(schemas.keys() - _reached(document) - published)
    for name in gone:
        theirs.pop(name, None)
    return {name: heirs.get(name) for name in gone}


class _Pairs:
    def __init__(self, ours: Mapping[str, Json]) -> None:
        self._ours = ours
        self._pairs: dict[tuple[str, str], None] = {}

    def add(self, ours: str, theirs: str) -> None:
        """Both are about the same thing."""
        if ours in self._ours:
            self._pairs[ours, theirs] = None

    def followed(self, schemas: Json) -> list[tuple[str, str]]:
        """The pairs that have nobody else and different names, those below each included."""
        done: set[tuple[str, str]] = set()
        while ahead := [pair for pair in self._pairs if pair not in done]:
            for pair in ahead:
                done.add(pair)
                self.take(schemas.get(pair[1]), self._ours[pair[0]])
        mine, theirs = [[pair[side] for pair in done] for side in (0, 1)]
        return sorted(
            pair
            for pair in done
            if pair[0] != pair[1]
            and mine.count(pair[0]) == theirs.count(pair[1]) == 1
            and isinstance(schemas.get(pair[1]), dict)
        )

    def take(self, theirs: Any, ours: Any) -> None:  # noqa: ANN401 - any part of a document
        """Put what is ours to `theirs`, and note which references stand in the same places."""
        if not isinstance(theirs, dict) or not isinstance(ours, dict):
            return
        if "$ref" in theirs and "$ref" in ours:
            self.add(_name(ours), _name(theirs))
        for key, value in ours.items():
            self._member(theirs, ours, key, value)

    def _member(self, theirs: Json, ours: Json, key: str, value: Any) -> None:  # noqa: ANN401
        are_texts = theirs.get("type") == ours.get("type") == "string"
        if key == "operationId":
            theirs[key] = value
        elif key == "x-trlyr-provenance":
            theirs[key] = "published"
        elif key == "x-trlyr-enum-units":
            known = {one: unit for one, unit in value.items() if one in theirs.get("enum", ())}
            theirs.setdefault(key, known)
        elif key in _OURS or key.startswith("x-") or (key == "format" and are_texts):
            theirs.setdefault(key, value)
        elif key == "parameters":
            self._parameters(theirs.get(key, []), value)
        elif key in _NAMED:
            for name in sorted(value.keys() & theirs.get(key, {}).keys()):
                self.take(theirs[key][name], value[name])
        else:
            self.take(theirs.get(key), value)

    def _parameters(self, theirs: list[Json], ours: list[Json]) -> None:
        mine = {(one.get("in"), one.get("name")): one for one in ours}
        for one in theirs:
            self.take(one, mine.get((one.get("in"), one.get("name"))))


def _name(reference: Json) -> str:
    return str(reference["$ref"]).removeprefix(_PREFIX)


def _reached(document: Json) -> set[str]:
    """Names of the schemas that anything outside them leads to."""
    components = document.get("components", {})
    schemas = components.get("schemas", {})
    rest = {key: value for key, value in components.items() if key != "schemas"}
    outside = _names_in([document.get("paths", {}), rest])
    return set(reach(outside, lambda name: _names_in(schemas.get(name))))


def _names_in(node: object) -> list[str]:
    """Names of schemas in references and in the mappings of discriminators."""
    return [one.removeprefix(_PREFIX) for one in texts_in(node) if one.startswith(_PREFIX)]
