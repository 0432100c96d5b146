"""No password and no token can be read of an error, by whatever prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.clients import PASSWORD
from tests.faults.leaks import TOKEN, Search, leaks_of
from tests.spellings import ESCAPES, PASSWORDS


@pytest.mark.parametrize("password", PASSWORDS[:1])
async def test_no_error_tells_a_secret(stack: str, password: str) -> None:
    """`python -m tests.faults --secrets` does it with all passwords."""
    found = await Search(stack, password).all()
    assert len(found) > 90
    assert [(name, leak) for name, error in found for leak in leaks_of(error, password)] == []


@pytest.mark.parametrize("password", PASSWORDS)
def test_the_search_finds_what_there_is_to_find(password: str) -> None:
    for escape in ESCAPES.values():
        assert leaks_of(ValueError(f"no: {escape(password)}"), password)
    assert leaks_of(KeyError(f"Bearer {TOKEN}"), PASSWORD)
    assert not leaks_of(ValueError("no: ***"), password)


def test_the_search_looks_into_frames(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.py"
    file.write_text("def fail(inner):\n    raise ValueError('no')\n")
    code = compile(file.read_text(), str(file), "exec")
    space: dict[str, object] = {}
    exec(code, space)
    with pytest.raises(ValueError, match="no") as caught:
        space["fail"]({"deep": [PASSWORD]})  # type: ignore[operator]
    printers = {leak.partition(":")[0] for leak in leaks_of(caught.value, PASSWORD)}
    assert printers >= {"traceback", "Sentry", "rich"}
