"""Records in, a changed overlay out: proposed, and written only if that is asked for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import yaml

from codegen.areas import Area
from codegen.documents.reading import read as read_document
from codegen.drift.report import Report
from codegen.drift.revisions import drift, state_of, version_of
from codegen.learning.proposals import Proposal, proposals
from codegen.learning.records import observed, read
from codegen.overlays import overlay
from codegen.problems import Problem

_EMPTY = """\
overlay: 1.0.0
info:
  title: What was observed of {title}
  version: 1.0.0

actions:
"""


@dataclass(frozen=True)
class Learned:
    """What comes of records; nothing is proposed where they contradict each other."""

    proposed: list[Proposal]
    by_hand: list[Proposal]
    contradictions: list[Problem]
    overlays: dict[str, str]
    report: Report

    def lines(self) -> list[str]:
        """For people."""
        lines = [f"contradiction: {one}" for one in self.contradictions]
        lines += [f"proposed: {one.operation}: {one.what}" for one in self.proposed]
        lines += [f"by hand: {one.operation}: {one.what}" for one in self.by_hand]
        return [*dict.fromkeys(lines), "", self.report.text().rstrip("\n")]


def learn(paths: Iterable[Path], areas: Sequence[Area], root: Path, only: str = "*") -> Learned:
    """What records propose for the overlays of their areas; `only` is a pattern of the shell.

    Raises:
        ProblemsError: A record cannot be read, or what is proposed makes no overlay.
    """
    records = read(paths)
    certain: list[Proposal] = []
    by_hand: list[Proposal] = []
    contradictions: list[Problem] = []
    overlays: dict[str, str] = {}
    before, after = [], []
    for area in areas:
        here = [
            one
            for one in observed(record for record in records if record.api == area.api)
            if one.operation.startswith(f"{area.module}.") and fnmatch(one.operation, only)
        ]
        contradictions += [
            Problem(one.operation, "", said) for one in here for said in one.contradictions
        ]
        path = root / area.overlay
        upstream = read_document(root / area.document, area.document)
        actions = overlay.read(path, area.overlay)
        old = state_of(area, upstream, actions)
        proposed = [made for one in here for made in proposals(one, old.applied.document)]
        certain += (changes := [one for one in proposed if one.is_certain])
        by_hand += [one for one in proposed if not one.is_certain]
        if changes:
            text = path.read_text("utf-8") if path.exists() else _EMPTY.format(title=area.title)
            overlays[area.overlay] = changed = _changed(text, changes)
            before.append(old)
            after.append(state_of(area, upstream, overlay.parse(changed, area.overlay)))
    report = drift(before, after, version_of(root))
    return Learned(certain, by_hand, contradictions, overlays, report)


def _changed(text: str, changes: Sequence[Proposal]) -> str:
    """The overlay with paths renamed where they stand, and new actions at its end."""
    for one in changes:
        if one.move:
            old, new = one.move
            text = re.sub(rf"^(\s+){re.escape(old)}:$", rf"\g<1>{new}:", text, flags=re.MULTILINE)
            text = text.replace(f"['{old}']", f"['{new}']")
    actions: dict[str, dict[str, object]] = {}
    for one in changes:
        if one.target:
            action: dict[str, object] = {"remove": True}
            if one.update is not None:
                action = {"update": one.update}
            reason = {"x-reason": f"Observed at {one.operation}: {one.what}."}
            actions.setdefault(
                f"{one.target} {one.update}", {"target": one.target, **action, **reason}
            )
    written = yaml.safe_dump([*actions.values()], sort_keys=False, allow_unicode=True, width=100)
    return f"{text.rstrip()}\n\n" + "".join(f"  {line}\n" for line in written.splitlines())
