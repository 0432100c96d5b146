"""The command line: `python -m codegen pull | build | check | diff | learn`."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx

from codegen import areas
from codegen.areas import Area
from codegen.build import overtaken, proved, write
from codegen.check import check
from codegen.documents import sources
from codegen.documents.fetch import Fetcher
from codegen.documents.lock import Entry
from codegen.documents.reading import read
from codegen.documents.sources import Obtained
from codegen.drift.revisions import drift, drift_between, version_of
from codegen.learning.learn import learn
from codegen.problems import Problem, ProblemsError
from codegen.pull import Pulled, Source, pull
from codegen.writing import Choice, Written, write_package

_ROOT = Path(__file__).resolve().parents[1]
_EPILOG = """\
exit status:
  0  done; for check: everything is as a build would leave it
  1  a document, page or overlay has problems; for check: a file is not as it should be;
     for diff: something breaks
  2  the command was called wrongly
  3  for diff: code that uses the client goes on, but releases that are in use are hit
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m codegen",
        description="Turn the API documents in specs/ into the _generated packages.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--root", type=Path, default=_ROOT, help="root of the repository (default: this one)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _pull_options(commands)
    _build_options(commands)
    commands.add_parser(
        "check", help="build in memory and name files that differ, are missing or are extra"
    )
    _diff_options(commands)
    _learn_options(commands)
    return parser


def _build_options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "build",
        help="write the generated code and the sandbox's documents, or a package of any document",
        description="Without options, write what is generated from specs/. With --spec, make a"
        " client package from any document of Swagger 2.0 or OpenAPI 3.0 to 3.2 (JSON or YAML).",
    )
    option = command.add_argument
    option("--spec", type=Path, metavar="FILE", help="an OpenAPI document")
    option("--package", metavar="NAME", help="name of the package to make")
    option("--out", type=Path, metavar="DIR", help="folder to put the package into")
    about = "build operations of this tag"
    option("--only", action="append", default=[], metavar="TAG", help=about)
    about = "leave out operations that cannot be built, and list them"
    option("--skip-broken", action="store_true", help=about)
    about = "read times without seconds, 1.0 for an integer and the like in answers too"
    option("--tolerant", action="store_true", help=about)
    about = "make Decimal of numbers with format: decimal, or of all"
    option("--decimals", choices=["format", "all"], default="", help=about)


def _diff_options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "diff",
        help="show what a change of the documents means for those who use the client",
        description="Compare two documents (JSON or YAML files), or two folders that hold specs/.",
    )
    command.add_argument("old", metavar="OLD", type=Path, help="a file or a folder")
    about = "the same; default: this repository"
    command.add_argument("new", metavar="NEW", type=Path, help=about, nargs="?")
    command.add_argument("--format", choices=["text", "markdown", "json"], default="text")


def _learn_options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "learn",
        help="propose changes of the overlays from records of `trlyr api check`",
        description=(
            "Put records of checks against the real API together, and propose what the overlays"
            " should say: what moved, shapes that were open, provenance `observed`. Nothing is"
            " written without --write. Ends with the drift report; exit status as for diff."
        ),
    )
    command.add_argument("records", nargs="+", type=Path, metavar="RECORD", help="a record's file")
    command.add_argument(
        "--only", default="*", metavar="PATTERN", help="operations, such as 'revenue_reporting.*'"
    )
    command.add_argument("--write", action="store_true", help="write the overlays")


def _pull_options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "pull",
        help="fetch the documents that upstream publishes",
        description="Fetch documents into specs/. Where a document cannot be had, it is rebuilt"
        " from the documentation pages. Only facts are stored: upstream's sentences are left out."
        " The areas that we wrote ourselves are only recorded in specs/specs.lock.",
    )
    option = command.add_argument
    option("areas", nargs="*", metavar="AREA", help="such as auth (default: all)")
    origin = command.add_mutually_exclusive_group().add_argument
    about = "rebuild from the pages (*.md) in a folder"
    origin("--pages", type=Path, metavar="DIR", help=about)
    about = "take a document at hand, for one AREA"
    origin("--from-file", type=Path, metavar="FILE", help=about)
    option("--environment", metavar="NAME", help="production or sandbox host")
    option("--accept", action="store_true", help="even if a fifth of the operations is lost")
    option("--allow-http", action="store_true", help="permit plain http")
    about = "write the drift report as Markdown"
    option("--report", type=Path, metavar="FILE", help=about)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        every = areas.load()
        match options.command:
            case "pull":
                return _pull(options, every, parser)
            case "build":
                return _build(options, every, parser)
            case "diff":
                return _diff(options, parser)
            case "learn":
                return _learn(options, every)
            case _:
                return _check(every, options.root)
    except ProblemsError as exc:
        return _fail(exc.problems, exc.advice)


def _pull(options: argparse.Namespace, every: list[Area], parser: argparse.ArgumentParser) -> int:
    chosen = areas.select(every, options.areas)
    environments = sorted({name for area in every for name in area.environments})
    if options.environment not in {None, *environments}:
        parser.error(f"--environment is one of {', '.join(environments)}")
    if options.from_file and len(chosen) != 1:
        parser.error("--from-file takes exactly one AREA")
    if options.pages and not options.areas:
        chosen = [area for area in chosen if area.url]
    with httpx.Client(timeout=30, follow_redirects=False) as client:
        fetcher = Fetcher(client, allow_http=options.allow_http)
        today = datetime.now().astimezone().date().isoformat()
        done, problems = pull(
            chosen, _source(options, fetcher), options.root, today=today, accept=options.accept
        )
    _say(line for pulled in done for line in pulled.lines())
    _report_drift(done, options)
    return _fail(problems) if problems else 0


def _report_drift(done: Sequence[Pulled], options: argparse.Namespace) -> None:
    before = [one.before for one in done if one.before is not None]
    after = [one.after for one in done if one.after is not None]
    reworded = tuple(one.area.key for one in done if one.is_prose_new)
    report = replace(drift(before, after, version_of(options.root)), reworded=reworded)
    if after:
        _say(["", report.text()])
    if options.report is not None:
        options.report.write_text(report.markdown(), "utf-8", newline="\n")


def _source(options: argparse.Namespace, fetcher: Fetcher) -> Source:
    def obtain(area: Area, before: Entry | None) -> Obtained | None:
        if options.from_file:
            document = read(options.from_file, str(options.from_file))
            return Obtained(document, "published", area.url)
        if area.url is None:
            return Obtained(read(options.root / area.document, area.document), "written")
        if options.pages:
            return sources.from_folder(area, options.pages)
        is_stored = (options.root / area.document).exists()
        etag = before.etag if before and is_stored else None
        return sources.from_network(area, fetcher, options.environment, etag)

    return obtain


def _build(options: argparse.Namespace, every: list[Area], parser: argparse.ArgumentParser) -> int:
    root = options.root
    given = [options.spec, options.package, options.out]
    if None not in given:
        choice = Choice(options.only, options.skip_broken, options.tolerant, options.decimals)
        _report_written(write_package(options.spec, options.package, options.out, _ROOT, choice))
        return 0
    if options.only or options.skip_broken or options.tolerant or options.decimals:
        parser.error("--only, --skip-broken, --tolerant and --decimals go with --spec")
    if given != [None] * 3:
        parser.error("--spec, --package and --out belong together")
    changed = write(proved(every, root), every, root)
    _say(changed or ["nothing to do"])
    _say((f"overlay: {one}" for one in overtaken(every, root)), to_errors=True)
    return 0


def _report_written(written: Written) -> None:
    _say(written.files)
    for label, problems in sorted(written.left_out.items()):
        _say((f"left out: {label}: {one}" for one in problems), to_errors=True)
    if written.left_out:
        count = len(written.left_out)
        _say([f"{written.built} operations built, {count} left out"], to_errors=True)


def _check(every: list[Area], root: Path) -> int:
    differences = check(every, root)
    if not differences:
        return 0
    _say(differences, to_errors=True)
    hint = "run `python -m codegen build` (or `pull`, for a document); overlays are edited by hand"
    _say([hint], to_errors=True)
    return 1


def _diff(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    try:
        report = drift_between(options.old, options.new or options.root, options.root)
    except ProblemsError as exc:
        parser.error(str(exc))
    _say([getattr(report, options.format)().rstrip("\n")])
    return report.exit_status


def _learn(options: argparse.Namespace, every: list[Area]) -> int:
    found = learn(options.records, every, options.root, options.only)
    _say(found.lines())
    for name, text in found.overlays.items() if options.write else ():
        (options.root / name).write_text(text, "utf-8", newline="\n")
        _say([f"written: {name}"])
    return found.report.exit_status


def _fail(problems: Sequence[Problem], advice: str = "") -> int:
    _say([*map(str, sorted(problems)), *filter(None, [advice])], to_errors=True)
    return 1


def _say(lines: Iterable[str], *, to_errors: bool = False) -> None:
    stream = sys.stderr if to_errors else sys.stdout
    stream.writelines(f"{line}\n" for line in lines)
