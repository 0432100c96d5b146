"""Everything a developer runs: `nox -s demo tests lint typing codegen faults bench`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["tests", "lint", "typing", "codegen"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
PACKAGES = ["energy_async", "trlyr_async", "nanocorp_async", "api_sandbox"]
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")


def _install_groups(session: nox.Session, *groups: str) -> None:
    session.install(*nox.project.dependency_groups(PYPROJECT, *groups))


def _install_wheel(session: nox.Session, extra: str) -> None:
    """Build the wheel and install it, so that what runs is what users get."""
    session.install("build")
    with tempfile.TemporaryDirectory() as dist:
        session.run("python", "-m", "build", "--wheel", "--outdir", dist, str(ROOT), silent=True)
        (wheel,) = Path(dist).glob("*.whl")
        session.install("--force-reinstall", "--no-deps", str(wheel))
        session.install(f"{wheel}[{extra}]")


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


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting, generated code included."""
    _install_groups(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types strictly, generated code and tests included."""
    _install_groups(session, "typing")
    session.install("nox", "--editable", f"{ROOT}[all]")
    session.run("mypy")


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
    """Compare the full stack with bare loops and other clients; time its parts; count logins."""
    _install_groups(session, "bench")
    session.install(f"{ROOT}[cache,sandbox,tables]")
    session.run("python", "bench/run.py", *session.posargs)
    for name in ("tokens", "bulk_rows", "feeds", "archive"):
        session.run("python", f"bench/{name}.py")
