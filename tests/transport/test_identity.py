"""An answer about something else is not the answer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from energy_async import ConnectionBroken, Operation, Request
from energy_async.transport.identity import identity_of
from tests.transport.conftest import ScriptedBackend, client_on, operation, reply
from trlyr_async import auctions, revenue_reporting, virtual_assets

A, B = "11111111-1111-1111-1111-11111111111a", "22222222-2222-2222-2222-22222222222b"


class Row(msgspec.Struct, frozen=True):
    owner_id: str | None = msgspec.field(name="ownerID", default=None)
    id: str | None = None


ROWS: Operation[list[Row]] = operation(list[Row] | None, path="/owners/{ownerID}/rows")
ONE: Operation[Row] = operation(Row, path="/owners/{ownerID}/rows/{rowID}")


@pytest.mark.parametrize(
    "body",
    [
        f'[{{"ownerID": "{A}"}}, {{"ownerID": "{A.upper()}"}}, {{}}]',
        '[{"ownerID": "by-name"}]',
        "[]",
        "null",
    ],
)
async def test_rows_of_what_was_asked_for_are_passed_on(body: str) -> None:
    client = client_on(ScriptedBackend(reply(body.encode())))
    await client.send(Request(ROWS, path={"ownerID": A}))


async def test_rows_of_another_are_asked_for_again_and_never_passed_on() -> None:
    right, wrong = (reply(f'[{{"ownerID": "{one}"}}]'.encode()) for one in (A, B))
    backend = ScriptedBackend(wrong, right)
    assert await client_on(backend).send(Request(ROWS, path={"ownerID": A})) == [Row(owner_id=A)]
    assert len(backend.sent) == 2
    client = client_on(ScriptedBackend(wrong), retries=1)
    with pytest.raises(ConnectionBroken, match=f"its owner_id is {B}, asked for was {A}"):
        await client.send(Request(ROWS, path={"ownerID": A}))


async def test_the_id_of_one_thing_is_the_one_in_the_path() -> None:
    backend = ScriptedBackend(reply(f'{{"id": "{B}"}}'.encode()))
    client = client_on(backend, retries=0)
    with pytest.raises(ConnectionBroken, match="another question"):
        await client.send(Request(ONE, path={"ownerID": A, "rowID": A}))
    await client.send(Request(ONE, path={"ownerID": A, "rowID": B}))
    await client.send_raw(Request(ONE, path={"ownerID": A, "rowID": A}))


@pytest.mark.parametrize(
    ("one", "is_known"),
    [
        (virtual_assets.OPERATIONS["get_virtual_asset"], True),
        (virtual_assets.OPERATIONS["get_block"], True),
        (auctions.OPERATIONS["get_auction"], True),
        (revenue_reporting.OPERATIONS["get_tolling_revenue"], True),
        (virtual_assets.OPERATIONS["get_virtual_assets"], False),
        (auctions.OPERATIONS["submit_bid"], False),
        (operation(bytes, path="/a/{b}"), False),
        (operation(dict[str, Any], path="/a/{b}"), False),
    ],
)
def test_what_an_answer_can_be_known_by(one: Operation[Any], is_known: bool) -> None:
    assert (identity_of(one) is not None) == is_known
