"""Everything a developer runs: `nox -s demo tests days lint typing codegen faults bench`."""

from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["tests", "lint", "typing", "codegen"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
PACKAGES = ["energy_async", "trlyr_async", "nanocorp_async", "energy_sandbox"]
DAYS = {
    "2026-03-28T21:30:00Z": "the evening before 92 quarter-hours",
    "2026-03-29T00:50:00Z": "summer time begins ten minutes later",
    "2026-10-24T21:30:00Z": "the evening before 100 quarter-hours; in Berlin half an hour before",
    "2026-10-25T00:50:00Z": "summer time ends ten minutes later",
    "2026-11-28T11:00:00Z": "the seeded sandbox has an outage three days ahead",
    "2026-12-11T11:00:00Z": "and here",
    "2026-12-31T22:58:00Z": "New Year in Berlin two minutes later",
    "2026-12-31T23:58:00Z": "New Year in UTC two minutes later",
    "2027-01-31T09:00:00Z": "the last day of a month",
    "2027-02-01T09:00:00Z": "the first day of a month",
    "2027-06-15T22:30:00Z": "late in the evening; in Berlin it is tomorrow",
    "2028-02-29T09:00:00Z": "29 February",
}
"""Times as of which `days` runs the tests, and why."""
AS_OF = (
    'import os, time; "AS_OF" in os.environ and __import__("time_machine")'
    '.travel(time.time() + float(os.environ["AS_OF"]), tick=True).start()\n'
)
"""A line that each Python process runs when it starts; `AS_OF` is in seconds from the real time."""
HOUSE = ROOT / "docs" / "pictures" / "house.dot"
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")


def _install_groups(session: nox.Session, *groups: str) -> None:
    session.install(*nox.project.dependency_groups(PYPROJECT, *groups))


def _install_wheel(session: nox.Session, extra: str) -> None:
    """Build the wheel and install it with an extra, so that what runs is what users get."""
    session.install("build")
    with tempfile.TemporaryDirectory() as dist:
        session.run("python", "-m", "build", "--wheel", "--outdir", dist, str(ROOT), silent=True)
        (wheel,) = Path(dist).glob("*.whl")
        session.install("--force-reinstall", "--no-deps", str(wheel))
        session.install(f"{wheel}[{extra}]" if extra else str(wheel))


@nox.session
def demo(session: nox.Session) -> None:
    """Pull a month of revenue for 40 batteries from the sandbox: dataset, table and chart."""
    session.install(f"{ROOT}[all]")
    session.run("python", "examples/demo.py", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests against the built wheel, in parallel and in random order."""
    _install_groups(session, "tests")
    _install_wheel(session, "all")
    # `pytest`, not `python -m pytest`: the latter puts the source tree before the wheel.
    session.run("pytest", "-n", "auto", *session.posargs, env={"TRLYR_TESTS_NEED_WHEEL": "1"})


@nox.session(python=nox.project.python_versions(PYPROJECT))
def pythons(session: nox.Session) -> None:
    """Run the tests on each Python that is declared and found on this machine."""
    tests(session)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that the bounds allow."""
    _resolve(session, "--resolution=lowest-direct")


@nox.session
def newest(session: nox.Session) -> None:
    """Run the tests with the newest versions, pre-releases included."""
    _resolve(session, "--prerelease=allow", "--upgrade")


def _resolve(session: nox.Session, *how: str) -> None:
    """Install the wheel and what the tests need in versions chosen by uv, and run the tests."""
    session.install("uv")
    wanted = [*nox.project.dependency_groups(PYPROJECT, "tests"), f"{ROOT}[all]"]
    session.run("uv", "pip", "install", "--python", session.virtualenv.location, *how, *wanted)
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
@nox.parametrize("extra", ["", *sorted(PYPROJECT["project"]["optional-dependencies"])])
def extras(session: nox.Session, extra: str) -> None:
    """Import every module with one extra alone: what is missing must be named by its extra."""
    session.install("packaging")
    _install_wheel(session, extra)
    session.run("python", "-P", "tests/alone.py", extra)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into `site/`, strictly: a dead link or an undocumented name is an error."""
    _install_groups(session, "docs")
    session.install(str(ROOT))
    session.run(
        "mkdocs",
        "build",
        *session.posargs,
        env={"DISABLE_MKDOCS_2_WARNING": "1", "NO_MKDOCS_2_WARNING": "1"},
    )


@nox.session
def days(session: nox.Session) -> None:
    """Run all tests as of twelve awkward days; `-- 2027-05-01T12:00:00Z` chooses others.

    A line in a `.pth` file lets time-machine move the wall clock of each Python process of the
    session's environment when it starts, those that tests start included; time runs on from there.
    Monotonic clocks, and with them timeouts and sleeps, stay as they are; so do file times and the
    clocks of other programs: Redis, and OpenSSL, for which the tests' certificates are always good.
    """
    try:
        session.install("time-machine>=2.16")
    except nox.command.CommandFailed:
        session.skip("time-machine could not be installed")
    _install_groups(session, "tests")
    _install_wheel(session, "all")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = str(session.run("python", "-c", code, silent=True)).strip()
    (Path(packages) / "as_of.pth").write_text(AS_OF)
    chosen = [word for word in session.posargs if word[0].isdigit()]
    options = [word for word in session.posargs if word not in chosen]
    red = [day for day in chosen or DAYS if not _is_green(session, day, options)]
    if red:
        session.error(f"red as of {', '.join(red)}")


def _is_green(session: nox.Session, day: str, options: list[str]) -> bool:
    """Run the tests as of a time. In a folder of its own: pytest removes what seems old to it."""
    session.log(f"as of {day}: {DAYS.get(day, 'chosen')}")
    ahead = datetime.fromisoformat(day).timestamp() - time.time()
    env = {"AS_OF": f"{ahead:.0f}", "TRLYR_TESTS_NEED_WHEEL": "1"}
    session.run("python", "-c", "import datetime; print(datetime.datetime.now())", env=env)
    folder = Path(session.create_tmp()) / "as-of"
    try:
        session.run(
            "pytest", "-n", "auto", "-p", "no:cacheprovider", "--basetemp", str(folder),
            "-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning", *options,
            env=env,
        )  # fmt: skip
    except nox.command.CommandFailed:
        return False
    return True


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting, generated code included, and what the workflows may do."""
    _install_groups(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("zizmor", "--offline", "--quiet", ".github")
    session.run("lint-imports", "--no-logo", "--no-cache")
    if _drawn(session) != HOUSE.read_text():
        session.error("docs/pictures/house.dot is not what the code imports: nox -s house")


@nox.session
def house(session: nox.Session) -> None:
    """Draw the modules of the base and their imports for docs/architecture.md; needs Graphviz."""
    _install_groups(session, "lint")
    HOUSE.write_text(_drawn(session))
    picture = str(HOUSE.with_suffix(".svg"))
    session.run("dot", "-Tsvg", "-Grankdir=BT", "-o", picture, str(HOUSE), external=True)


def _drawn(session: nox.Session) -> str:
    return str(session.run("import-linter", "drawgraph", "energy_async", silent=True))


@nox.session
def typing(session: nox.Session) -> None:
    """Check types strictly, generated code and tests included, and those that users see twice."""
    _install_groups(session, "typing")
    session.install("nox", "--editable", f"{ROOT}[all]")
    session.run("mypy")
    for package in PACKAGES:  # of whatever a user can import, the type is known
        session.run("pyright", "--verifytypes", package, "--ignoreexternal")


@nox.session
def codegen(session: nox.Session) -> None:
    """Check that the generated code is what the specs give."""
    _install_groups(session, "codegen")
    session.run("python", "-m", "codegen", "check", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Print what becomes of every fault, through both backends; `--bids N` places more bids."""
    _install_groups(session, "tests")
    session.install(f"{ROOT}[all]")
    session.run("python", "-m", "tests.faults", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the full stack with bare loops and other clients; time its parts."""
    _install_groups(session, "bench")
    session.install(f"{ROOT}[cache,sandbox,tables]")
    session.run("python", "bench/run.py", *session.posargs)
    session.run("python", "bench/bulk_pull.py", "rows")
    session.run("python", "bench/feeds.py")
    session.run("python", "bench/archive.py", "--days", "60")
