"""Bring the stored documents up to date without ever losing a good one to a bad download."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from codegen.areas import Area
from codegen.documents import lock
from codegen.documents.document import Json, canonical, operations, sha256, unversioned
from codegen.documents.prose import without_prose
from codegen.documents.reading import parse, read
from codegen.documents.sources import Obtained
from codegen.drift.revisions import State, state_of
from codegen.overlays import overlay
from codegen.problems import Problem, ProblemsError

_LOST_SHARE = 5

Source = Callable[[Area, lock.Entry | None], Obtained | None]
"""Gets the document of an area, given what is known of the stored one; None: nothing to do."""


@dataclass(frozen=True)
class Pulled:
    """What became of one area; `how` is None if upstream says that nothing has changed.

    `before` and `after` are what the area offers to Python, where that may have changed.
    """

    area: Area
    how: lock.How | None = None
    is_changed: bool = False
    is_prose_new: bool = False
    before: State | None = None
    after: State | None = None

    def lines(self) -> list[str]:
        """For people."""
        if self.how is None:
            return [f"{self.area.key}: not changed"]
        lines = [f"{self.area.key}: {self.how}, {'' if self.is_changed else 'nothing '}changed"]
        if self.is_prose_new:
            lines.append("  ! descriptions changed upstream: read them, units may have moved")
        return lines


def pull(
    areas: Sequence[Area], source: Source, root: Path, *, today: str, accept: bool = False
) -> tuple[list[Pulled], list[Problem]]:
    """Obtain, check and store the document of each area; an area with problems stays as it was."""
    entries = lock.load(root)
    done: list[Pulled] = []
    problems: list[Problem] = []
    for area in areas:
        try:
            before = entries.get(area.key)
            obtained = source(area, before)
            if obtained is None:
                done.append(Pulled(area))
                continue
            pulled, entry = _store(area, obtained, before, root, today=today, accept=accept)
        except ProblemsError as exc:
            problems += exc.problems
            continue
        done.append(pulled)
        entries[area.key] = entry
        _replace(root / lock.NAME, lock.render(entries))
    return done, problems


def _store(
    area: Area,
    obtained: Obtained,
    before: lock.Entry | None,
    root: Path,
    *,
    today: str,
    accept: bool,
) -> tuple[Pulled, lock.Entry]:
    document, prose = _facts(obtained)
    content = canonical(document)
    parse(content, area.document)
    old = read(root / area.document, area.document) if (root / area.document).exists() else None
    _check_lost(old or {}, document, area, accept=accept)
    entry = _entry(obtained, document, content, prose, before, today)
    _replace(root / area.document, content)
    pulled = Pulled(
        area, obtained.how, old != document, before is not None and before.prose != prose
    )
    if old is None or old == document:
        return pulled, entry
    actions = overlay.read(root / area.overlay, area.overlay)
    states = state_of(area, old, actions), state_of(area, document, actions, obtained.how)
    return replace(pulled, before=states[0], after=states[1]), entry


def _check_lost(old: Json, new: Json, area: Area, *, accept: bool) -> None:
    """A document that has lost more than a fifth of its operations is rather a bad download."""
    before = {(one.method, unversioned(one.path)): one.label for one in operations(old)}
    after = {(one.method, unversioned(one.path)) for one in operations(new)}
    lost = sorted(label for key, label in before.items() if key not in after)
    if len(lost) * _LOST_SHARE > len(before) and not accept:
        message = (
            f"lost {len(lost)} of {len(before)} operations"
            f" ({', '.join(lost)}); --accept takes it all the same"
        )
        raise ProblemsError([Problem(area.document, "/paths", message)])


def _facts(obtained: Obtained) -> tuple[Json, str | None]:
    if obtained.how == "written":
        return obtained.document, None
    return without_prose(obtained.document)


def _entry(
    obtained: Obtained,
    document: Json,
    content: bytes,
    prose: str | None,
    before: lock.Entry | None,
    today: str,
) -> lock.Entry:
    entry = lock.Entry(
        sha256=sha256(content),
        version=str(document["info"].get("version", "")),
        obtained=today,
        how=obtained.how,
        url=obtained.url,
        etag=obtained.etag,
        pages=obtained.pages,
        prose=prose,
    )
    is_same = before is not None and entry == msgspec.structs.replace(before, obtained=today)
    return before if before is not None and is_same else entry


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that is right already is not touched."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
