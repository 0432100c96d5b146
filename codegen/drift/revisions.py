"""Two states of the documents, side by side: files or folders -> a drift report."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from codegen import areas
from codegen.areas import Area
from codegen.documents import lock
from codegen.documents.document import Json
from codegen.documents.normalise import normalise
from codegen.documents.reading import read
from codegen.drift.functions import compare, compare_servers
from codegen.drift.report import Report
from codegen.drift.verdicts import Change, Subject
from codegen.interface import Interface, interface_of
from codegen.overlays import overlay
from codegen.overlays.actions import Applied
from codegen.overlays.masked import masked_changes
from codegen.package import modules_of
from codegen.problems import Problem, ProblemsError

_FILE = Area(api="api", package="api", name="api", title="the API")
_EMPTY = Interface({}, {})


@dataclass(frozen=True)
class State:
    """One area at some time; `interface` is None where it cannot be built, and `problems` say why.

    `applied` is what the overlay makes of the document, with `ours` where that is whole.
    """

    area: Area
    interface: Interface | None
    problems: tuple[Problem, ...] = ()
    published: Json = field(default_factory=dict, repr=False)
    applied: Applied = field(default=Applied({}), repr=False)

    @property
    def documents(self) -> tuple[Json, Json]:
        """The document as it is published, and with the overlay."""
        return self.published, self.applied.document


def state_of(
    area: Area, document: Json, actions: Json | None, how: lock.How | None = None
) -> State:
    """The area with a document, obtained as `how` says, and an overlay."""
    applied = Applied(document)
    try:
        applied = overlay.apply(document, actions, area.overlay)
        if how != "published":
            applied = replace(applied, ours=())
        made = interface_of(normalise(applied.document, area.mends), area)
    except ProblemsError as exc:
        return State(area, None, tuple(exc.problems), document, applied)
    return State(area, made, (), document, applied)


def drift(old: Sequence[State], new: Sequence[State], version: str) -> Report:
    """The report on two states of the same areas; an area may be missing from either."""
    before = {one.area.key: one for one in old}
    after = {one.area.key: one for one in new}
    both = [(before[key], after[key]) for key in sorted(before.keys() & after.keys())]
    changes = [
        change
        for key in sorted(before.keys() | after.keys())
        for change in _of_area(before.get(key), after.get(key))
    ]
    return Report(
        tuple(sorted(changes, key=lambda one: one.sort_key)),
        version,
        overtaken=tuple(chain.from_iterable(one.applied.overtaken for one in new)),
        ours=tuple(chain.from_iterable(one.applied.ours for one in new)),
        problems=tuple(chain.from_iterable(one.problems for one in new)),
        masked=tuple(
            one
            for old_state, state in both
            for one in masked_changes(old_state.documents, state.documents, state.area.document)
        ),
    )


def _of_area(old: State | None, new: State | None) -> list[Change]:
    module = (new or old).area.module  # type: ignore[union-attr]
    before = old.interface if old else _EMPTY
    after = new.interface if new else _EMPTY
    if before is None or after is None:
        return []  # what could not be read is a problem, and says nothing about changes
    found = compare(before, after, module)
    if old is not None and new is not None:
        documents = old.applied.document, new.applied.document
        found += compare_servers(*documents, module)
        if old.area == new.area == _FILE:
            found += _moved(*map(modules_of, documents))
    return found


def _moved(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    """Operations whose first tag, and with it their module in a package, is another."""
    return [
        Subject(before[label], label).breaking(
            f"its {label} is in the module {after[label]!r} now", "imports fail"
        )
        for label in sorted(before.keys() & after.keys())
        if before[label] != after[label]
    ]


def drift_between(old: Path, new: Path, root: Path) -> Report:
    """The report on two documents, or on two folders that hold `specs/`.

    Raises:
        ProblemsError: Either is neither, or the old one cannot be read.
    """
    before, after = _states(old), _states(new)
    lost = [problem for one in before for problem in one.problems]
    if lost:
        raise ProblemsError(lost)
    return drift(before, after, version_of(root))


def version_of(root: Path) -> str:
    """The version of the last release, by its tag; 0.0.0 before there is one."""
    command = ["git", "-C", str(root), "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:  # no git here
        return "0.0.0"
    return done.stdout.strip().removeprefix("v") or "0.0.0"


def _states(path: Path) -> list[State]:
    if path.is_file():  # two files are one area, whatever they are called
        return [state_of(_FILE, read(path, str(path)), None)]
    if path.is_dir():
        return _folder_states(path)
    raise ProblemsError([Problem(str(path), "", "no such file or folder")])


def _folder_states(folder: Path) -> list[State]:
    listed = folder / "codegen/areas.toml"
    every = areas.load(listed) if listed.exists() else areas.load()
    entries = lock.load(folder)
    return [
        _stored(area, folder, entries.get(area.key))
        for area in every
        if (folder / area.document).exists()
    ]


def _stored(area: Area, folder: Path, entry: lock.Entry | None) -> State:
    try:
        actions = overlay.read(folder / area.overlay, area.overlay)
        document = read(folder / area.document, area.document)
    except ProblemsError as exc:
        return State(area, None, tuple(exc.problems))
    return state_of(area, document, actions, entry.how if entry else None)
