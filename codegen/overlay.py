"""Our corrections: OpenAPI Overlay 1.0 documents in YAML, applied to a document.

Every action needs `x-reason`. An action that finds no target, or finds one and changes nothing,
is an error: it tells that upstream has mended what the action was for.
"""

import copy
from pathlib import Path
from typing import Any

import yaml

from codegen import jsonpath
from codegen.document import Json, check_frame
from codegen.problems import Problem, Problems, ProblemsError, pointer

__all__ = ["apply", "carry_out", "read"]

_ACTION_KEYS = frozenset({"target", "description", "update", "remove", "x-reason"})


def read(path: Path, source: str) -> Json:
    """Read an overlay file and check its outline.

    Raises:
        ProblemsError: It is not YAML, or not an overlay of the kind described above.
    """
    try:
        overlay = yaml.load(path.read_text("utf-8"), Loader=_OverlayLoader)  # noqa: S506
    except yaml.YAMLError as exc:
        message = f"not readable as YAML: {' '.join(str(exc).split())}"
        raise ProblemsError([Problem(source, "", message)]) from exc
    return _check(overlay, source)


class _OverlayLoader(yaml.SafeLoader):
    """YAML with the scalars of JSON: a date stays text, as it must in an OpenAPI document."""


_OverlayLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check(overlay: object, source: str) -> Json:
    problems = Problems(source)
    if not isinstance(overlay, dict):
        raise ProblemsError([Problem(source, "", "expected an overlay object")])
    if overlay.get("overlay") != "1.0.0":
        problems.add("/overlay", f"expected '1.0.0', got {overlay.get('overlay')!r}")
    if not isinstance(overlay.get("info"), dict):
        problems.add("/info", "expected an object with title and version")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        problems.add("/actions", "expected an array of at least one action")
    else:
        for number, action in enumerate(actions):
            _check_action(number, action, problems)
    problems.raise_if_any()
    return overlay


def _check_action(number: int, action: object, problems: Problems) -> None:
    where = pointer("actions", number)
    if not isinstance(action, dict) or not isinstance(action.get("target"), str):
        problems.add(where, "expected an object with a target")
        return
    if unknown := sorted(set(action) - _ACTION_KEYS):
        problems.add(where, f"unknown keys: {', '.join(map(str, unknown))}")
    if not str(action.get("x-reason") or "").strip():
        problems.add(where + "/x-reason", f"no reason given for {action['target']}")
    if ("update" in action) == bool(action.get("remove")):
        problems.add(where, "expected either `update` or `remove: true`")


def apply(document: Json, overlay: Json, source: str) -> Json:
    """The document with every action carried out, in order. The document given is left alone.

    Raises:
        ProblemsError: Every action that matches nothing, changes nothing or cannot be carried out.
    """
    result, idle = carry_out(document, overlay, source)
    if idle:
        raise ProblemsError(idle)
    return check_frame(result, source)


def carry_out(document: Json, overlay: Json, source: str) -> tuple[Json, list[Problem]]:
    """The document with every action that still does something, and the others as problems."""
    result = copy.deepcopy(document)
    problems = Problems(source)
    for number, action in enumerate(overlay["actions"]):
        try:
            _carry_out(result, action)
        except ValueError as exc:
            reason = " ".join(str(action["x-reason"]).split())
            message = f"action {number + 1}, target {action['target']}: {exc} (reason: {reason})"
            problems.add(pointer("actions", number), message)
    return result, problems.found


def _carry_out(document: Json, action: Json) -> None:
    places = jsonpath.find(document, action["target"])
    if not places:
        raise ValueError("matches nothing")
    if action.get("remove"):
        _remove(document, places)
        return
    # Each place must change: one that is right already no longer needs the action.
    idle = [place for place in places if not _update(document, place, action["update"])]
    if idle:
        raise ValueError(
            f"changes nothing at {', '.join(pointer(*place) or '/' for place in idle)}"
        )


def _remove(document: Json, places: list[jsonpath.Place]) -> None:
    if () in places:
        raise ValueError("cannot remove the whole document")
    for place in sorted(places, key=_last_first, reverse=True):
        del jsonpath.value_at(document, place[:-1])[place[-1]]


def _last_first(place: jsonpath.Place) -> tuple[tuple[str, int], ...]:
    return tuple(("", key) if isinstance(key, int) else (key, 0) for key in place)


def _update(document: Json, place: jsonpath.Place, update: Any) -> bool:  # noqa: ANN401
    target = jsonpath.value_at(document, place)
    if isinstance(target, list):
        target.append(copy.deepcopy(update))
        return True
    if isinstance(target, dict) and isinstance(update, dict):
        return _merge(target, update)
    raise ValueError(f"cannot update {type(target).__name__} with {type(update).__name__}")


def _merge(target: Json, update: Json) -> bool:
    changed = False
    for key, value in update.items():
        here = target.get(key)
        if isinstance(here, dict) and isinstance(value, dict):
            changed |= _merge(here, value)
        elif isinstance(here, list) and isinstance(value, list):
            here.extend(copy.deepcopy(value))
            changed |= bool(value)
        elif key not in target or here != value:
            target[key] = copy.deepcopy(value)
            changed = True
    return changed
