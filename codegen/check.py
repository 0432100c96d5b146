"""Compare what a build gives with what is on disk, in both directions."""

from collections.abc import Sequence
from pathlib import Path

from codegen.areas import Area
from codegen.build import build, overtaken, present
from codegen.documents import lock
from codegen.documents.document import sha256


def check(areas: Sequence[Area], root: Path) -> list[str]:
    """Build in memory; `path: what` of every file that is not as it should be, sorted."""
    output, on_disk = build(areas, root), set(present(areas, root))
    both = output.keys() & on_disk
    wrong = [(path, "missing") for path in output.keys() - on_disk]
    wrong += [(path, "extra") for path in on_disk - output.keys()]
    wrong += [(path, "differs") for path in both if (root / path).read_bytes() != output[path]]
    wrong += [(path, f"not as recorded in {lock.NAME}") for path in _unlocked(areas, root)]
    lines = [f"{path}: {what}" for path, what in wrong]
    return sorted([*lines, *map(str, overtaken(areas, root))])


def _unlocked(areas: Sequence[Area], root: Path) -> list[str]:
    """Documents that were changed without `pull`."""
    known = {key: entry.sha256 for key, entry in lock.load(root).items()}
    return [
        area.document
        for area in areas
        if known.get(area.key) != sha256((root / area.document).read_bytes())
    ]
