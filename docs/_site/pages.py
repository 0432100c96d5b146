"""Pages of the site that are made: those at the top of the repository, the reference, the contents.

Run by mkdocs-gen-files while the site is built, with the packages importable.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import griffe
import mkdocs_gen_files
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).parent.parent.parent
TOP = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "specs/README.md": "specs.md",
}
"""Files of the repository that are pages of the site, by the name they have there."""
AREAS = sorted(f"areas/{page.stem}" for page in (ROOT / "docs" / "areas").glob("[a-z]*.md"))
CONTENTS = {
    "Start": ["index", "analyst", "shell", "first-contact"],
    "Revenue": ["bulk", "checking", "tables"],
    "Trading": ["trading"],
    "French feeds": ["feeds"],
    "The client": ["requests", "networks", "watching", "scripts", "times-and-units", "glossary"],
    "Areas": ["areas/README", *AREAS],
    "Tests of your own": ["sandbox", "testing"],
    "The project": ["architecture", "codegen", "specs", "contributing", "security", "changelog"],
}  # fmt: skip
TERRALAYR = [Path(area).name.replace("-", "_") for area in AREAS if area != "areas/market-feeds"]
FACES = [
    "trlyr_async",
    *(f"trlyr_async.{area}" for area in TERRALAYR),
    "trlyr_async.bulk",
    "trlyr_async.trading",
    *(f"trlyr_async.models.{area}" for area in TERRALAYR),
    "nanocorp_async",
    "nanocorp_async.market_feeds",
    "nanocorp_async.live",
    "nanocorp_async.sheet",
    "nanocorp_async.tidy",
    "nanocorp_async.models.market_feeds",
    "energy_async",
    "energy_async.bulk",
    "energy_async.bulk.reconcile",
    "energy_async.completeness",
    "energy_async.contact",
    "energy_async.delivery",
    "energy_async.market",
    "energy_async.plot",
    "energy_async.tables",
    "energy_sandbox",
]
"""Modules whose `__all__` is public."""
LINK = re.compile(r"\]\((?!https?:|#)([^)#]*)(#[^)]*)?\)")


def on_the_site(text: str, source: str) -> str:
    """The text of a file, with links to files of the repository as links between pages."""

    def moved(match: re.Match[str]) -> str:
        target, anchor = (ROOT / source).parent.joinpath(match[1]).resolve(), match[2] or ""
        path = str(target.relative_to(ROOT)) + ("/README.md" if target.is_dir() else "")
        if path in TOP:
            return f"]({TOP[path]}{anchor})"
        return f"]({path.removeprefix('docs/')}{anchor})" if path.startswith("docs/") else "]"

    return LINK.sub(moved, text)


def heading(page: str) -> str:
    """The first heading of a page."""
    sources = {target.removesuffix(".md"): source for source, target in TOP.items()}
    text = (ROOT / sources.get(page, f"docs/{page}.md")).read_text(encoding="utf-8")
    return text.partition("\n")[0].removeprefix("# ")


def names_of(face: griffe.Module) -> dict[str, griffe.Object]:
    """The public names of a module that are no modules, and their definitions."""
    found = {name: face[name] for name in importlib.import_module(face.path).__all__}
    ends = {name: one.final_target if one.is_alias else one for name, one in found.items()}
    return {name: end for name, end in sorted(ends.items()) if not end.is_module}


def first_line(found: griffe.Object) -> str:
    """What it is, in a line."""
    return found.docstring.value.partition("\n")[0] if found.docstring else ""


def homes_of(faces: Mapping[str, Mapping[str, griffe.Object]]) -> dict[str, str]:
    """For each definition the one page that shows it: one of its own package, if there is one."""
    homes: dict[str, str] = {}
    for own in (True, False):
        for face, names in faces.items():
            for found in names.values():
                if own == (found.package.path == face.partition(".")[0]):
                    homes.setdefault(found.path, face)
    return homes


def reference(
    face: griffe.Module, names: Mapping[str, griffe.Object], homes: Mapping[str, str]
) -> str:
    """The page of one module: a table of all its names, and in full those that are at home here."""
    rows = [f"| [`{n}`][{one.path}] | {first_line(one)} |\n" for n, one in names.items()]
    here = [one.path for one in names.values() if homes[one.path] == face.path]
    full = [f"::: {path}\n    options:\n      members: true\n\n" for path in here]
    about = face.docstring.value if face.docstring else ""
    table = f"| name | what |\n|---|---|\n{''.join(rows)}"
    return f"# {face.path}\n\n{about}\n\n{table}\n{''.join(full)}"


def summary(contents: Mapping[str, Iterable[str]]) -> str:
    """The contents of the site as literate-nav reads them."""
    return "".join(
        f"- {title}\n" + "".join(f"    - [{heading(page)}]({page}.md)\n" for page in pages)
        for title, pages in contents.items()
    )


def write(target: str, text: str) -> None:
    """Add a page to the site."""
    with mkdocs_gen_files.open(target, "w") as page:
        page.write(text)


def main() -> None:
    """Make all pages; an undocumented name is an error."""
    for source, target in TOP.items():
        write(target, on_the_site((ROOT / source).read_text(encoding="utf-8"), source))
    loader = griffe.GriffeLoader(search_paths=[ROOT])
    for package in {face.partition(".")[0] for face in FACES}:
        loader.load(package)
    loader.resolve_aliases(implicit=True)
    modules = {face: loader.modules_collection[face] for face in FACES}
    faces = {face: names_of(module) for face, module in modules.items()}
    homes = homes_of(faces)
    defined = {one.path: one for names in faces.values() for one in names.values()}
    if silent := sorted(path for path, one in defined.items() if not one.docstring):
        raise PluginError(f"public names without documentation: {', '.join(silent)}")
    for face, names in faces.items():
        write(f"reference/{face}.md", reference(modules[face], names, homes))
    pages = "".join(f"    - [{face}](reference/{face}.md)\n" for face in FACES)
    write("SUMMARY.md", f"{summary(CONTENTS)}- Reference\n{pages}")


main()
