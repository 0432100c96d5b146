"""Our corrections: OpenAPI Overlay 1.0 documents in YAML, applied to a document.

Every action needs `x-reason`. An action *corrects* what its target leads to, or *adds* whole things
to a collection that it targets (operations, components, `security`). What upstream has overtaken
does no harm and is noted, so that somebody looks at the action:

- its target, or the field that it corrects, is not there any more;
- it changes nothing, since upstream says the same now;
- it adds what upstream defines itself now. Then upstream's definition is used, whole, and takes
  over our names, words and units (`replacement.py`); the two are never blended any further. An
  overlay that wants its own all the same removes upstream's first.
"""

from pathlib import Path

from codegen.documents.document import Json
from codegen.documents.reading import check_frame
from codegen.documents.yaml12 import load_yaml
from codegen.overlays.actions import Applied, Corrections, describe_action
from codegen.problems import Problem, Problems, ProblemsError, pointer

_ACTION_KEYS = frozenset({"target", "description", "update", "remove", "x-reason"})


def read(path: Path, source: str) -> Json | None:
    """The overlay in a file, its outline checked; None if there is no such file."""
    return parse(path.read_text("utf-8"), source) if path.exists() else None


def parse(text: str, source: str) -> Json:
    """The overlay that a text holds, its outline checked."""
    try:
        overlay = load_yaml(text)
    except ValueError as exc:
        raise ProblemsError([Problem(source, "", f"not readable as YAML: {exc}")]) from exc
    return _check(overlay, source)


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


def apply(document: Json, overlay: Json | None, source: str) -> Applied:
    """A copy of the document with every action carried out, in order; raises ProblemsError."""
    if overlay is None:
        return Applied(document)
    corrections = Corrections(document, source)
    refused = Problems(source)
    for number, action in enumerate(overlay["actions"]):
        try:
            corrections.carry_out(number, action)
        except ValueError as exc:
            refused.add(pointer("actions", number), describe_action(number, action, str(exc)))
    refused.raise_if_any()
    applied = corrections.finish()
    check_frame(applied.document, source)
    return applied
