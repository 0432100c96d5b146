"""A revenue server in memory, also loaded by the scripts that are killed on purpose."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

FAKE = Path(__file__).with_name("fake_terralayr.py")


@pytest.fixture(scope="session")
def fake() -> Any:
    """The module `fake_terralayr`: `Server`, `ASSETS`, `row`."""
    spec = importlib.util.spec_from_file_location("fake_terralayr", FAKE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
