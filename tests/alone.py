"""Import every module of the wheel with one extra alone: `python -P tests/alone.py EXTRA`.

A module may lack a library of another extra; nothing else may be wrong with it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from importlib.metadata import requires

from packaging.requirements import Requirement

PACKAGES = ["energy_async", "trlyr_async", "nanocorp_async", "energy_sandbox"]


def of_extras() -> set[str]:
    """The distributions that extras bring."""
    wanted = [Requirement(one) for one in requires("trlyr-async") or ()]
    return {one.name.lower() for one in wanted if one.marker and "extra" in str(one.marker)}


def main(extra: str) -> int:
    """Print what could not be imported, and how many modules could."""
    optional, wrong, done, lacking = of_extras(), [], 0, set[str]()
    for package in PACKAGES:
        root = importlib.import_module(package)
        for one in pkgutil.walk_packages(root.__path__, f"{package}."):
            if one.name.endswith("__main__"):
                continue  # a program
            try:
                importlib.import_module(one.name)
            except ModuleNotFoundError as exc:
                library = (exc.name or "").partition(".")[0].replace("_", "-")
                lacking.add(library)
                if library not in optional:
                    wrong.append(f"{one.name}: {exc}")
            except ImportError as exc:
                if "pip install" not in str(exc):
                    wrong.append(f"{one.name}: {exc}")
            else:
                done += 1
    print(f"[{extra}] {done} modules imported; without {', '.join(sorted(lacking)) or 'nothing'}")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
