"""What a check has found, and the record of it that can be shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from energy_async.contact.differences import Finding  # noqa: TC001 - msgspec reads the type
from energy_async.contact.interface import vocabulary
from energy_async.contact.shapes import NOTHING, Shape, read, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energy_async.contact.interface import Api

__all__ = ["Contact", "Seen", "Surprise", "Verdict", "from_json", "shared", "to_json"]

Verdict = Literal["works", "differs", "not there", "refused", "fails", "unclear", "not tried"]
"""`unclear` is a 404 that speaks of the resource, and not of the path."""
_WHAT = {"range": "the server"}
_MARKS = {"not there": "is not there", "refused": "is refused", "fails": "fails"}


class Seen(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What one operation did.

    Attributes:
        operation: Such as `revenue_reporting.get_tolling_revenue`.
        verdict: See `Verdict`.
        why: For people; never in a record.
        path: The template that was asked; `moved` where the document of upstream has it.
        is_corrected: Whether the user has set the path.
        status: Of the last answer; 0 if there was none.
        answer: The shape of the answer, or of the body of the error.
        findings: What is otherwise than expected.
        ranges: What a range means, as far as it could be measured.
        bucket: How long rows are.
    """

    operation: str
    verdict: Verdict
    why: str = ""
    path: str = ""
    moved: str = ""
    is_corrected: bool = False
    status: int = 0
    answer: Shape = NOTHING
    findings: tuple[Finding, ...] = ()
    ranges: str = ""
    bucket: str = ""

    @property
    def said(self) -> str:
        """What was seen, in a line."""
        corrected = f"asked at {self.path}, as corrected" if self.is_corrected else ""
        parts = [self.why, corrected, self.moved and f"upstream's document has it at {self.moved}"]
        parts += [self.bucket and f"rows of {self.bucket}", self.ranges, *map(str, self.findings)]
        return "; ".join(filter(None, parts))


class Surprise(NamedTuple):
    """One thing that is otherwise than expected, and the operations that show it."""

    text: str
    operations: tuple[str, ...]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of a check; as `shared`, the record of it.

    Attributes:
        api: Such as `trlyr`.
        version: Of this distribution.
        asked: The base URL; in a record `production`, `sandbox` or `other`.
        made: The date in UTC.
        operations: What each one did.
        measures: What no page says, by name.
        general: Surprises that belong to no operation, such as quota headers, by name.
        documents: By area, what became of upstream's document.
        fresh: Operations of the documents that the client does not have.
        requests: How many were sent.
    """

    api: str
    version: str
    asked: str
    made: str
    operations: tuple[Seen, ...]
    measures: dict[str, str]
    general: dict[str, str]
    documents: dict[str, str]
    fresh: tuple[str, ...] = ()
    requests: int = 0

    @property
    def surprises(self) -> list[Surprise]:
        """Everything that is otherwise than expected, each once, in order of operations."""
        found: dict[str, list[str]] = {}
        for one in self.operations:
            for text in _texts(one):
                found.setdefault(text, []).append(one.operation)
        of_operations = [Surprise(text, tuple(names)) for text, names in found.items()]
        return of_operations + [Surprise(text, ()) for text in self.general.values()]

    @property
    def paths(self) -> dict[str, str]:
        """Corrections for `paths=`: where upstream's documents have what is not there."""
        return {one.operation: one.moved for one in self.operations if one.moved}

    @property
    def is_as_expected(self) -> bool:
        """Whether there was no surprise."""
        return not self.surprises


def _texts(one: Seen) -> Iterator[str]:
    area, _, _ = one.operation.partition(".")
    if one.verdict == "not there":
        where = f"; it is at {one.moved}" if one.moved else ""
        yield f"{one.operation} is not there{where}"
    elif one.verdict == "unclear":
        yield f"{one.operation} answers HTTP {one.status} for what is there"
    elif one.verdict in _MARKS:
        alone = f"{one.operation} {_MARKS[one.verdict]}: {one.why}"
        yield f"{area} {_MARKS[one.verdict]} with HTTP {one.status}" if one.status else alone
    for finding in one.findings:
        if not finding.is_note:
            member = finding.where.rpartition(".")[2]
            known = f"{finding.owner}.{member}" if finding.owner else ""
            inside = finding.where.lstrip("$.[]")
            yield finding.said(known or inside or _WHAT.get(finding.kind, one.operation))


def shared(found: Contact, api: Api, extra: Sequence[str] = ()) -> Contact:
    """What can be shared of a check: shapes, and words of a closed vocabulary. No data."""
    words = vocabulary(api, extra)
    operations = tuple(
        msgspec.structs.replace(
            one,
            why="",
            path=words.path(one.path),
            moved=words.path(one.moved),
            answer=words.shape(one.answer),
            findings=tuple(dict.fromkeys(map(words.finding, one.findings))),
        )
        for one in found.operations
    )
    return msgspec.structs.replace(
        found,
        asked=api.environments.get(found.asked, "other"),
        operations=operations,
        general=dict.fromkeys(found.general, ""),
        documents={area: said.partition(":")[0] for area, said in found.documents.items()},
        fresh=tuple(words.path(one.partition(" ")[2]) for one in found.fresh),
    )


def to_json(record: Contact) -> bytes:
    """A record as text, the same for the same findings."""
    bare = tuple(msgspec.structs.replace(one, answer=NOTHING) for one in record.operations)
    plain = msgspec.to_builtins(
        msgspec.structs.replace(record, operations=bare), order="deterministic"
    )
    for one, seen in zip(plain["operations"], record.operations, strict=True):
        if seen.answer is not NOTHING:
            one["answer"] = written(seen.answer)
    return msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n"


def from_json(text: bytes) -> Contact:
    """The record that a text holds.

    Raises:
        ValueError: It is none.
    """
    plain = msgspec.json.decode(text, type=dict[str, Any])
    for one in plain.get("operations", ()):
        if "answer" in one:
            one["answer"] = read(one["answer"])
    return msgspec.convert(plain, Contact)
