"""Bring the stored documents up to date without ever losing a good one to a bad download."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.areas import Area
from codegen.documents import lock
from codegen.documents.document import Json, canonical, sha256
from codegen.documents.prose import without_prose
from codegen.documents.reading import parse, read
from codegen.documents.sources import Obtained
from codegen.drift.changes import Changes, compare
from codegen.drift.revisions import State, state_of
from codegen.overlays import overlay
from codegen.problems import Problem, ProblemsError

__all__ = ["Pulled", "pull"]

Source = Callable[[Area, lock.Entry | None], Obtained | None]
"""Gets the document of an area, given what is known of the stored one; None: nothing to do."""


@dataclass(frozen=True)
class Pulled:
    """What became of one area; `changes` is None if upstream says that nothing has changed.

    `before` and `after` are what the area offers to Python, for the drift report.
    """

    area: Area
    how: lock.How | None
    changes: Changes | None
    is_prose_new: bool = False
    before: State | None = None
    after: State | None = None

    def lines(self) -> list[str]:
        """For people."""
        if self.changes is None:
            return [f"{self.area.key}: not changed"]
        told = self.changes.lines()
        lines = [f"{self.area.key}: {self.how}, {'changed' if told else 'nothing changed'}"]
        lines += [f"  {line}" for line in told]
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
                done.append(Pulled(area, None, None))
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
    changes = compare(old, document)
    if changes.lost_too_many and not accept:
        message = (
            f"lost {len(changes.lost)} of {changes.before} operations"
            f" ({', '.join(changes.lost)}); --accept takes it all the same"
        )
        raise ProblemsError([Problem(area.document, "/paths", message)])
    entry = _entry(obtained, document, content, prose, before, today)
    _replace(root / area.document, content)
    is_prose_new = before is not None and before.prose != prose
    if old is None or old == document:
        return Pulled(area, obtained.how, changes, is_prose_new), entry
    path = root / area.overlay
    actions = overlay.read(path, area.overlay) if path.exists() else None
    states = [state_of(area, old, actions), state_of(area, document, actions, obtained.how)]
    return Pulled(area, obtained.how, changes, is_prose_new, *states), entry


def _facts(obtained: Obtained) -> tuple[Json, str | None]:
    """Sentences of ours stay, those of upstream go."""
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
    is_same = before is not None and entry == lock.with_date(before, today)
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
