"""Records of checks against the real API, put together by operation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codegen.problems import Problem, ProblemsError
from energy_async.contact import Contact, Finding, Seen, Shape, from_json
from energy_async.contact.shapes import all_merged

_SUCCESS = range(200, 300)
_NUMBERS = {"integer", "number"}


@dataclass(frozen=True)
class Observed:
    """What `count` records, the last of `date`, say of one operation, such as `auth.refresh`."""

    operation: str
    path: str
    answer: Shape
    findings: tuple[Finding, ...]
    count: int
    date: str
    contradictions: tuple[str, ...]


def read(paths: Iterable[Path]) -> list[Contact]:
    """The records in files; raises ProblemsError."""
    found, problems = [], []
    for path in paths:
        try:
            found.append(from_json(path.read_bytes()))
        except (OSError, ValueError, AttributeError, TypeError) as exc:
            problems.append(Problem(str(path), "", f"no record of an API check: {exc}"))
    if problems:
        raise ProblemsError(problems)
    return found


def observed(records: Iterable[Contact]) -> list[Observed]:
    """What the records say of each operation, in order of names."""
    by_name: dict[str, list[tuple[str, Seen]]] = {}
    for record in records:
        for one in record.operations:
            by_name.setdefault(one.operation, []).append((record.made, one))
    return [_together(name, by_name[name]) for name in sorted(by_name)]


def _together(name: str, many: list[tuple[str, Seen]]) -> Observed:
    answered = [(made, one) for made, one in many if one.status in _SUCCESS]
    paths = {one.moved or one.path for _, one in answered}
    shapes = [one.answer for _, one in answered]
    gone = {one.path for _, one in many if one.verdict == "not there"} & {
        one.path for _, one in answered if not one.moved
    }
    heirs: dict[str, set[str]] = {}
    for _, one in answered:
        for finding in one.findings:
            if finding.kind == "renamed":
                heirs.setdefault(finding.where, set()).update(finding.names)
    contradictions = [
        *([f"it answers at {' and at '.join(sorted(paths))}"] if len(paths) > 1 else []),
        *(f"{path} is there in one record and not in another" for path in sorted(gone)),
        *(
            f"{where} is called {' and '.join(sorted(n))}"
            for where, n in heirs.items()
            if len(n) > 1
        ),
        *_disagreements(shapes, "$"),
    ]
    return Observed(
        name,
        min(paths, default=""),
        all_merged(shapes),
        tuple(sorted({finding for _, one in answered for finding in one.findings})),
        len(answered),
        max((made for made, _ in answered), default=""),
        tuple(contradictions),
    )


def _disagreements(shapes: list[Shape], where: str) -> Iterator[str]:
    """Places at which one record saw another type than the next."""
    kinds = {frozenset(one.kinds - {"null"}) for one in shapes} - {frozenset()}
    plain = {frozenset("number" if kind in _NUMBERS else kind for kind in one) for one in kinds}
    if len(plain) > 1:
        said = " and ".join(sorted("/".join(sorted(one)) for one in plain))
        yield f"{where} is {said}"
        return
    for name in sorted({name for one in shapes for name in one.members}):
        inside = [one.members[name] for one in shapes if name in one.members]
        yield from _disagreements(inside, f"{where}.{name}")
    if items := [one.items for one in shapes if one.items is not None]:
        yield from _disagreements(items, f"{where}[]")
