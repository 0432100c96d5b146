"""The drift report: what changed between two sets of documents, for people and for programs."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codegen.drift.verdicts import Change, Grade, worst
from codegen.problems import Problem

__all__ = ["Report", "next_version"]

_TITLES: dict[Grade, str] = {
    "breaking": "Breaks code that uses the client",
    "compatible": "Compatible",
    "cosmetic": "Cosmetic",
}
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

    Attributes:
        changes: What changed, the breaking changes first.
        version: The version of the last release.
        overtaken: What upstream has overtaken in the overlays.
        ours: Operations that only an overlay has, though upstream's document is whole.
        problems: What keeps the new documents from being built.
        reworded: Areas whose descriptions changed, which nothing else here is about.
        masked: Facts that changed upstream where an overlay says otherwise.
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
        """The class of all changes together. What cannot be built breaks."""
        found: set[Grade] = {one.grade for one in self.changes}
        return "breaking" if self.problems else worst(found)

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

    def counts(self) -> dict[Grade, int]:
        """How many changes there are of each class."""
        return {grade: len(self.of(grade)) for grade in _TITLES}

    def _lists(self) -> dict[str, tuple[str, tuple[Problem, ...]]]:
        """What is not a change of the code: a word for a line, a title, and the places."""
        return {
            "overlay": (
                "Overtaken in the overlays: `check` fails until they are edited", self.overtaken
            ),
            "masked": (
                "Changed upstream, but masked by our overlays: do these still hold?", self.masked
            ),
            "ours only": (
                "Not in upstream's document, only in our overlays: do they exist?", self.ours
            ),
            "problem": ("Cannot be built", self.problems),
        }  # fmt: skip

    def text(self) -> str:
        """For a terminal: one line for each change, then the version."""
        lines = [
            f"{one.grade:<10}  {one}{_hits(one, '  [releases in use]')}" for one in self.changes
        ]
        lines += [
            f"{word:<10}  {one}" for word, (_, found) in self._lists().items() for one in found
        ]
        return "\n".join([*lines, self._verdict()])

    def markdown(self) -> str:
        """For a pull request."""
        lists = {
            word: _section(title, [f"`{_code(str(one))}`" for one in found])
            for word, (title, found) in self._lists().items()
            if found
        }
        parts = [f"## What changed upstream\n\n{self._verdict()}", lists.pop("problem", "")]
        if self.reworded:
            title = "Read the descriptions: upstream changed them, units may have moved"
            parts.append(_section(title, [f"`{area}`" for area in self.reworded]))
        for grade, title in _TITLES.items():
            lines = [_line(one) for one in self.of(grade)]
            if lines and grade == "cosmetic":
                listed = "\n".join(f"- {line}" for line in lines)
                summary = f"<summary>{title} ({len(lines)})</summary>"
                parts.append(f"<details>{summary}\n\n{listed}\n\n</details>")
            elif lines:
                parts.append(_section(title, lines))
        return "\n\n".join(filter(None, [*parts, *lists.values()])) + "\n"

    def json(self) -> str:
        """For programs."""
        lists = {
            key: [vars(one) for one in getattr(self, key)]
            for key in ("changes", "overtaken", "ours", "masked", "problems")
        }
        values = {
            "grade": self.grade,
            "counts": self.counts(),
            "version": self.version,
            "next_version": self.next_version,
            "reworded": list(self.reworded),
        }
        return json.dumps(values | lists, indent=2, ensure_ascii=False)

    def _verdict(self) -> str:
        if self.grade is None:
            return self._quiet()
        counts = ", ".join(f"{number} {grade}" for grade, number in self.counts().items())
        return f"{counts}. Next version: {self.next_version} (last: {self.version})."

    def _quiet(self) -> str:
        if self.masked:
            return "The code stays as it is: an overlay masks what upstream changed. Compare."
        if self.reworded:
            return "Nothing changes for those who use the client. Upstream's words did: read them."
        return "Nothing changes for those who use the client."


def _hits(one: Change, text: str) -> str:
    return text if one.hits_released else ""


def _section(title: str, lines: Sequence[str]) -> str:
    return f"### {title}\n\n" + "\n".join(f"- {line}" for line in lines)


def _line(one: Change) -> str:
    where = f" · `{_code(one.operation)}`" if one.operation else ""
    why = f": {_plain(one.why)}" if one.why else ""
    what = f"**`{_code(one.subject)}`** {_plain(one.what)}{why}"
    return what + where + _hits(one, " · hits releases in use")


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())


def _plain(text: str) -> str:
    """Words of a document as text: neither markup nor a mention of anybody."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!~])", r"\\\1", " ".join(text.split()))
    return escaped.replace("@", "@\u200b")
