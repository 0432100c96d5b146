"""Writes a client package of its own: read, chosen, built, proved, and only then put in place."""

import keyword
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codegen.areas import Decimals
from codegen.documents.document import Json, operations, sha256
from codegen.documents.normalise import normalise
from codegen.documents.reading import load_file, parsed
from codegen.documents.selection import concerned, only, without_broken
from codegen.package import MARK, Made, made_of
from codegen.problems import Problem, ProblemsError
from codegen.proof.running import prove
from codegen.render import formatted, write_files

_PARTS = ("/paths/", "/components/", "/webhooks/")
_PACKAGE = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Choice:
    """Which operations of a document are built (those of `tags`, if there are any), and how.

    `tolerant`: answers may spell a value otherwise. `decimals`: what becomes `Decimal`.
    """

    tags: Sequence[str] = ()
    skip_broken: bool = False
    tolerant: bool = False
    decimals: Decimals = ""


@dataclass(frozen=True)
class Written:
    """The files of a package, and what was left out (`GET /path`) for which problems."""

    files: list[str]
    left_out: dict[str, list[Problem]] = field(default_factory=dict)
    built: int = 0


def write_package(
    spec: Path, package: str, out: Path, settings: Path, choice: Choice = Choice()
) -> Written:
    """Build a package from the document in a file and write it to `out`.

    `settings` is the folder with the `pyproject.toml` that says how code is laid out.

    Raises:
        ProblemsError: Everything that is wrong; nothing has been written then.
    """
    check_name(package)
    try:
        content = spec.read_bytes()
    except OSError as exc:
        raise ProblemsError([Problem(str(spec), "", f"cannot be read: {exc.strerror}")]) from exc
    document, problems = parsed(content, str(spec), spec.resolve().as_uri(), load_file)
    build = _Build(str(spec), sha256(content), package, settings, choice)
    texts = build.run(document, problems.found)
    target = out / package
    _check_target(target)
    for old in [*target.rglob("*.py")] if target.exists() else []:
        old.unlink()
    write_files(texts, out)
    return Written(sorted(texts), build.left_out, build.built)


@dataclass
class _Build:
    """Builds what can be built; what cannot is refused, or left out."""

    source: str
    digest: str
    package: str
    settings: Path
    choice: Choice
    left_out: dict[str, list[Problem]] = field(default_factory=dict)
    built: int = 0

    def run(self, document: Json, problems: list[Problem]) -> dict[str, str]:
        """The texts of the package, proved."""
        if self.choice.tags:
            document, problems = self._chosen(document, problems)
        if problems:
            document = self._without(document, problems)
        document = normalise(document)
        while True:
            made, problems = self._tried(document)
            if made is not None:
                self.built = sum(1 for _ in operations(document))
                return made
            document = self._without(document, problems)

    def _tried(self, document: Json) -> tuple[dict[str, str] | None, list[Problem]]:
        try:
            made: Made = made_of(
                document,
                self.source,
                self.digest,
                self.package,
                tolerant=self.choice.tolerant,
                decimals=self.choice.decimals,
            )
        except ProblemsError as exc:
            return None, exc.problems
        texts = formatted(made.files, self.settings, {self.package, "energy_async"})
        problems = prove(texts, made.trials)
        return (None, problems) if problems else (texts, [])

    def _chosen(self, document: Json, problems: list[Problem]) -> tuple[Json, list[Problem]]:
        chosen, unknown = only(document, self.choice.tags)
        if unknown:
            message = f"no operation has the tag {', '.join(map(repr, unknown))}"
            raise ProblemsError([Problem(self.source, "/tags", message)])
        chosen_places = {one.where for one in operations(chosen)}
        found = list(concerned(document, problems))
        others = [
            problem
            for problem, hit in found
            if problem.where.startswith(_PARTS) and not chosen_places & {where for _, where in hit}
        ]
        rest, _, _ = without_broken(chosen, others)
        return rest, [problem for problem, _ in found if problem not in others]

    def _without(self, document: Json, problems: list[Problem]) -> Json:
        """The document without what is broken, where that may be left out."""
        rest, gone, whole = without_broken(document, problems)
        total, left = (_size(one) for one in (document, rest))
        can_go_on = gone and not whole and left and rest != document
        if can_go_on and self.choice.skip_broken:
            self.left_out |= gone
            return rest
        advice = f"--skip-broken leaves out {len(gone)} and builds {left} of {total}"
        raise ProblemsError(problems, advice if can_go_on else "")


def _size(document: Json) -> int:
    count = sum(1 for _ in operations(document))
    return count or len(document.get("components", {}).get("schemas", {}))


def check_name(package: str) -> None:
    """Refuse what is no name for a package, or the name of one that is there already."""
    taken = keyword.iskeyword(package) or package in sys.stdlib_module_names
    if not _PACKAGE.fullmatch(package) or taken or package == "energy_async":
        message = "expected the name of a new package: small letters, digits and underscores"
        raise ProblemsError([Problem(package, "", message)])


def _check_target(target: Path) -> None:
    """Never write over what somebody wrote by hand, nor through a link to elsewhere."""
    strangers = [
        path.name
        for path in (target.rglob("*") if target.exists() else ())
        if path.is_symlink()
        or (path.suffix == ".py" and not path.read_text("utf-8", "replace").startswith(MARK))
    ]
    if target.is_symlink() or strangers:
        message = f"holds files that were not generated: {', '.join(sorted(strangers)[:5])}"
        raise ProblemsError([Problem(str(target), "", message)])
