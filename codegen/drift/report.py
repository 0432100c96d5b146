"""The drift report: what changed between two sets of documents, for people and for programs."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from codegen.drift.verdicts import ORDER, Change, Grade
from codegen.problems import Problem

_TITLES: dict[Grade, str] = {
    "breaking": "Breaks code that uses the client",
    "compatible": "Compatible",
    "cosmetic": "Cosmetic",
}
_LISTS = {
    "overtaken": ("overlay", "Overtaken in the overlays: `check` fails until they are edited"),
    "masked": ("masked", "Changed upstream, but masked by our overlays: do these still hold?"),
    "ours": ("ours only", "Not in upstream's document, only in our overlays: do they exist?"),
    "problems": ("problem", "Cannot be built"),
}
"""What is not a change of the code, by attribute of a report: a word for a line, and a title."""

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def next_version(current: str, grade: Grade | None) -> str:
    """The version that a release with changes of this class should have.

    Semantic versioning: a breaking change raises the first number, a compatible one the second, a
    cosmetic one the third. Before 1.0.0 everything moves one place to the right: a breaking change
    raises the second number and all others the third.
    """
    match = _VERSION.match(current)
    if grade is None or match is None:
        return current
    major, minor, patch = map(int, match.groups())
    if grade == "breaking":
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    if grade == "compatible" and major:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


@dataclass(frozen=True)
class Report:
    """All that a maintainer reads when upstream has changed.

    `reworded` are areas whose descriptions changed, `version` is that of the last release; `_LISTS`
    says what the lists of problems are.
    """

    changes: tuple[Change, ...]
    version: str
    overtaken: tuple[Problem, ...] = ()
    ours: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    reworded: tuple[str, ...] = ()
    masked: tuple[Problem, ...] = ()

    @property
    def grade(self) -> Grade | None:
        """The class of all changes together; None for no change. What cannot be built breaks."""
        found = {one.grade for one in self.changes} | ({"breaking"} if self.problems else set())
        return next((grade for grade in ORDER if grade in found), None)

    @property
    def exit_status(self) -> int:
        """1 if something breaks, 3 if nothing does and releases in use are hit, else 0."""
        if self.grade == "breaking":
            return 1
        return 3 if any(one.hits_released for one in self.changes) else 0

    @property
    def next_version(self) -> str:
        """The version to release next."""
        return next_version(self.version, self.grade)

    def of(self, grade: Grade) -> list[Change]:
        """The changes of one class."""
        return [one for one in self.changes if one.grade == grade]

    def text(self) -> str:
        """For a terminal: one line for each change, then the version."""
        lines = [
            f"{one.grade:<10}  {one}{'  [releases in use]' * one.hits_released}"
            for one in self.changes
        ]
        lines += [
            f"{word:<10}  {one}" for key, (word, _) in _LISTS.items() for one in self._list(key)
        ]
        return "\n".join([*lines, self._verdict()])

    def markdown(self) -> str:
        """For a pull request."""
        lists = {
            key: _section(title, [f"`{_code(str(one))}`" for one in self._list(key)])
            for key, (_, title) in _LISTS.items()
        }
        words = "Read the descriptions: upstream changed them, units may have moved"
        parts = [
            f"## What changed upstream\n\n{self._verdict()}",
            lists.pop("problems"),
            _section(words, [f"`{area}`" for area in self.reworded]),
            *(_section(title, list(map(_line, self.of(key)))) for key, title in _TITLES.items()),
            *lists.values(),
        ]
        return "\n\n".join(filter(None, parts)) + "\n"

    def json(self) -> str:
        """For programs."""
        values = {
            "grade": self.grade,
            "counts": {grade: len(self.of(grade)) for grade in _TITLES},
            "next_version": self.next_version,
        }
        return json.dumps(values | asdict(self), indent=2, ensure_ascii=False)

    def _list(self, key: str) -> tuple[Problem, ...]:
        found: tuple[Problem, ...] = getattr(self, key)
        return found

    def _verdict(self) -> str:
        if self.grade is not None:
            counts = ", ".join(f"{len(self.of(grade))} {grade}" for grade in _TITLES)
            return f"{counts}. Next version: {self.next_version} (last: {self.version})."
        if self.masked:
            return "The code stays as it is: an overlay masks what upstream changed. Compare."
        words = " Upstream's words did: read them." if self.reworded else ""
        return f"Nothing changes for those who use the client.{words}"


def _section(title: str, lines: Sequence[str]) -> str:
    return f"### {title}\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _line(one: Change) -> str:
    where = f" · `{_code(one.operation)}`" if one.operation else ""
    why = f": {_plain(one.why)}" if one.why else ""
    hits = " · hits releases in use" if one.hits_released else ""
    return f"**`{_code(one.subject)}`** {_plain(one.what)}{why}{where}{hits}"


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())


def _plain(text: str) -> str:
    """Words of a document as text: neither markup nor a mention of anybody."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!~])", r"\\\1", " ".join(text.split()))
    return escaped.replace("@", "@\u200b")
