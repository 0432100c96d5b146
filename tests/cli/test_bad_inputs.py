"""Wrong command lines end with a sentence that helps, and leave every folder as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.bad_inputs import BAD, Bad, call, digest, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with workspace() as found:
        yield found


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.line)
def test_a_typo_costs_nothing(folder: Path, bad: Bad) -> None:
    before = digest(folder)
    ended = call(bad.line)
    said = ended.out + ended.err
    assert ended.code == bad.code, said
    assert bad.said in said
    assert "Traceback" not in said
    assert not ended.err.startswith("error: unexpected")
    assert digest(folder) == before
