"""Neither password nor token can be read anywhere, whatever goes wrong."""

from __future__ import annotations

import pytest

from tests.faults.clients import METHODS, PASSWORD, TOKEN
from tests.faults.matrix import FAULTS, run
from tests.faults.secrets import Readable


async def test_no_secret_can_be_read_anywhere(
    stack: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the root logger at DEBUG, spans on, and every fault there is."""
    readable = Readable()
    with readable.watching():
        for fault in FAULTS:
            for method in METHODS:
                done = await run(fault, method, stack, on_event=readable.event)
                for error in done.errors:
                    readable.error(error)
                readable.texts.append(("client", repr(done.client)))
    readable.spans()
    for text in capfd.readouterr():
        readable.texts.append(("terminal", text))
    places = {place for place, _ in readable.texts}
    assert {"event", "span", "pickle", "terminal", "log of energy_async"} <= places
    assert any("httpcore" in place for place in places) is (stack != "aiohttp")
    assert readable.leaks() == []


def test_the_search_finds_what_there_is_to_find() -> None:
    readable = Readable()
    readable.error(ValueError(f"Bearer {TOKEN}-1"))
    readable.texts.append(("log", f"password={PASSWORD}"))
    assert {leak.partition(":")[0] for leak in readable.leaks()} == {
        "log",
        "pickle",
        "ValueError itself",
        "ValueError traceback",
    }
