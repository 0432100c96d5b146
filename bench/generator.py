"""The client that openapi-python-client makes of the document that ours is made of."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

DOCUMENT = Path(__file__).parent.parent / "api_sandbox/_generated/trlyr/revenue_reporting.json"
"""As published, with our corrections merged in: what our own endpoint functions are made of."""

_PACKAGE = "bench_generated"
_MODULES = ("client", "api.revenue.get_tolling_revenue")


def generate(folder: Path) -> ModuleType:
    """Generate the package into `folder` and import it."""
    command = ["openapi_python_client", "generate", "--meta", "none", "--path", str(DOCUMENT)]
    subprocess.run(
        [sys.executable, "-m", *command, "--output-path", str(folder / _PACKAGE)],
        check=True,
        capture_output=True,
    )
    sys.path.insert(0, str(folder))
    for module in _MODULES:
        importlib.import_module(f"{_PACKAGE}.{module}")
    return importlib.import_module(_PACKAGE)


def generator_version() -> str:
    """The version of the generator."""
    return version("openapi-python-client")
