"""What all tests share."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent


def _load_codegen_from_the_tree() -> None:
    """Make `codegen` importable without putting the whole source tree before the wheel."""
    folder = ROOT / "codegen"
    spec = importlib.util.spec_from_file_location(
        "codegen", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["codegen"] = module
    spec.loader.exec_module(module)


_load_codegen_from_the_tree()

# A busy machine is no fault of the code: examples have no deadline of their own.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Refuse to test the source tree where the built wheel is what should be tested."""
    import energy_async  # noqa: PLC0415

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background; commands that tests start must not ignore Ctrl-C as well.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    inside_tree = Path(energy_async.__file__).is_relative_to(ROOT)
    installed = "site-packages" in Path(energy_async.__file__).parts
    if os.environ.get("TRLYR_TESTS_NEED_WHEEL") and inside_tree and not installed:
        pytest.exit(f"the tests found {energy_async.__file__} instead of the installed wheel", 3)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, the loop that aiohttp needs."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask servers on loopback directly, whatever proxy this machine is behind."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
