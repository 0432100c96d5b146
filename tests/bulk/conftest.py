"""A revenue server in memory, also loaded by the scripts that are killed on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bulk import fake_terralayr


@pytest.fixture(scope="session")
def fake() -> Any:
    """The module `fake_terralayr`: `Server`, `ASSETS`, `row`."""
    return fake_terralayr
