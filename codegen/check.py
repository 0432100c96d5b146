"""Compare what a build gives with what is on disk, in both directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.areas import Area
from codegen.build import Output, build, overtaken, present
from codegen.documents import lock
from codegen.documents.document import sha256


@dataclass(frozen=True, order=True)
class Difference:
    """A file that is not as it should be; `kind` is `differs`, `missing`, `extra` or a sentence."""

    path: str
    kind: str

    def __str__(self) -> str:
        """`path: kind`, the form that the command line prints."""
        return f"{self.path}: {self.kind}"


def check(areas: Sequence[Area], root: Path) -> list[Difference]:
    """Build in memory and name every file that is not as it should be; empty when all is well."""
    built = compare(build(areas, root), areas, root)
    old = [Difference(f"{p.document}#{p.where}", p.message) for p in overtaken(areas, root)]
    return sorted([*built, *_unlocked(areas, root), *old])


def compare(output: Output, areas: Sequence[Area], root: Path) -> list[Difference]:
    """Differences between `output` and the generated folders."""
    on_disk = set(present(areas, root))
    missing = [Difference(path, "missing") for path in output if path not in on_disk]
    extra = [Difference(path, "extra") for path in on_disk if path not in output]
    differs = [
        Difference(path, "differs")
        for path in output
        if path in on_disk and (root / path).read_bytes() != output[path]
    ]
    return missing + extra + differs


def _unlocked(areas: Sequence[Area], root: Path) -> list[Difference]:
    """Documents that were changed without `pull` or `lock`, so that the lock file tells a lie."""
    entries = lock.load(root)
    kind = f"not as recorded in {lock.NAME}"
    return [
        Difference(area.document, kind)
        for area in areas
        if area.key not in entries
        or entries[area.key].sha256 != sha256((root / area.document).read_bytes())
    ]
