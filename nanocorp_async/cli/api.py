"""`nanocorp api check`: what the feeds do today, against what this client expects of them."""

import asyncio

from energy_async.cli.contact import HtmlOption, PauseOption, RecordOption, WordOption, tell
from energy_async.contact import Contact
from nanocorp_async import Nanocorp, api
from nanocorp_async.cli.access import EnvironmentOption, require_token

__all__ = ["check"]


def check(
    *,
    html: HtmlOption = None,
    record: RecordOption = None,
    word: WordOption = None,
    pause: PauseOption = 0.5,
    environment: EnvironmentOption = None,
) -> None:
    """Find out what the feeds of today do otherwise than this client expects.

    Each feed is asked once. Ends with code 3 if anything is otherwise than expected.

    Example: [bold]nanocorp api check --record feeds.json[/]
    """
    require_token()
    found = asyncio.run(_check(environment, pause))
    tell(found, api.record(found, words=word or ()), html, record)


async def _check(environment: str | None, pause: float) -> Contact:
    async with Nanocorp.from_env(base_url=environment) as client:
        return await api.check(client, pause=pause)
