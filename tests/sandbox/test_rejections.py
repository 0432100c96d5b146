"""What the documents forbid is refused, and the message names the culprit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

if TYPE_CHECKING:
    from energy_sandbox import Sandbox
    from tests.sandbox.conftest import Visitor

GOOD = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
NOBODY = "11111111-1111-4111-8111-111111111111"
ASSET = "/revenue-reporting/{asset}"
OWN = "/organisations/{organisation}/virtual-assets"
REFUSED = [
    # path, query, status, words in the message
    pytest.param(f"{ASSET}/tolling", {}, 400, "'start'", id="no range"),
    pytest.param(f"{ASSET}/tolling", {"start": GOOD["start"]}, 400, "'end'", id="no end"),
    pytest.param(
        f"{ASSET}/tolling", GOOD | {"start": "2026-01-01"}, 400, "'start'", id="date only"
    ),
    pytest.param(
        f"{ASSET}/tolling", GOOD | {"start": "2026-01-01T00:00:00"}, 400, "'start'", id="naive time"
    ),
    pytest.param(
        f"{ASSET}/tolling", GOOD | {"end": "2026-01-32T00:00:00Z"}, 400, "'end'", id="no such day"
    ),
    pytest.param(
        f"{ASSET}/tolling", GOOD | {"end": "9999-12-31T23:59:59Z"}, 400, "years", id="far future"
    ),
    pytest.param(
        f"{ASSET}/tolling", GOOD | {"start": "0001-01-01T00:00:00Z"}, 400, "years", id="year 1"
    ),
    pytest.param(
        f"{ASSET}/tolling", GOOD | {"end": "2026-01-02 00:00:00Z"}, 400, "'end'", id="blank for T"
    ),
    pytest.param(f"{ASSET}/tolling", GOOD | {"end": "tomorrow"}, 400, "'end'", id="no time at all"),
    pytest.param(
        f"{ASSET}/tolling",
        {"start": GOOD["end"], "end": GOOD["start"]},
        400,
        "before",
        id="reversed",
    ),
    pytest.param(f"{ASSET}/tolling", GOOD | {"limit": "5"}, 400, "'limit'", id="unknown parameter"),
    pytest.param(
        f"{ASSET}/datapoints/weekly", GOOD, 400, "'resolution'", id="resolution outside the enum"
    ),
    pytest.param(
        f"{ASSET}/datapoints/daily",
        GOOD | {"datapoints": "revenue_fcr,revenue_of_dreams"},
        400,
        "'revenue_of_dreams'",
        id="unknown category",
    ),
    pytest.param(
        f"{ASSET}/datapoints/daily", GOOD | {"datapoints": ""}, 400, "'datapoints'", id="empty list"
    ),
    pytest.param("/revenue-reporting/42/tolling", GOOD, 400, "'virtualAssetID'", id="no UUID"),
    pytest.param(
        f"/revenue-reporting/{NOBODY}/tolling", GOOD, 404, "virtual asset", id="no such asset"
    ),
    pytest.param(
        f"/revenue-reporting/fleets/{NOBODY}/datapoints/raw", GOOD, 404, "fleet", id="no fleet"
    ),
    pytest.param(f"{OWN}/{NOBODY}", {}, 404, "virtual asset", id="no asset in the organisation"),
    pytest.param(
        f"/organisations/{NOBODY}/virtual-assets", {}, 403, "organisation", id="other organisation"
    ),
    pytest.param(OWN, {"start": "2026-01-01"}, 400, "'start'", id="optional yet wrong"),
    pytest.param("/revenue-reporting/{asset}", {}, 404, "no such path", id="unknown path"),
    pytest.param(
        "/revenue-reporting/{asset}/tolling/", GOOD, 404, "no such path", id="extra slash"
    ),
    pytest.param("/", {}, 404, "no such path", id="root"),
]


@pytest.mark.parametrize(("path", "query", "status", "words"), REFUSED)
async def test_a_bad_request_is_refused(
    visitor: Visitor, sandbox: Sandbox, path: str, query: dict[str, str], status: int, words: str
) -> None:
    filled = path.format(asset=sandbox.virtual_asset_ids[0], organisation=sandbox.organisation_id)
    given, answer = await visitor.get(filled, **query)
    assert (given, set(answer)) == (status, {"error", "message"})
    assert words in answer["message"]
    assert (sandbox.counters.refused, sandbox.counters.count(status=status)) == (1, 1)


async def test_an_unescaped_plus_is_a_blank(visitor: Visitor, sandbox: Sandbox) -> None:
    """A client that forgets to encode the offset's plus sign learns about it here."""
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/tolling"
    for plus, status in (("+", 400), ("%2B", 200)):
        query = f"start=2026-01-01T00:00:00{plus}01:00&end=2026-01-02T00:00:00Z"
        url = URL(f"{sandbox.url}{path}?{query}", encoded=True)
        async with visitor.http.get(url, headers=visitor.headers) as reply:
            assert reply.status == status


async def test_a_parameter_given_twice_is_refused(visitor: Visitor, sandbox: Sandbox) -> None:
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/tolling"
    query = [*GOOD.items(), ("end", GOOD["end"])]
    status, answer = await visitor.ask("GET", path, params=query)
    assert status == 400
    assert "2 times" in answer["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_wrong_method_is_refused(visitor: Visitor, sandbox: Sandbox, method: str) -> None:
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/tolling"
    async with visitor.http.request(method, f"{sandbox.url}{path}") as reply:
        assert (reply.status, reply.headers["Allow"]) == (405, "GET")


BODIES = [
    pytest.param({"data": b"{"}, 415, id="no media type"),
    pytest.param({"data": b"{", "json_type": True}, 400, id="not JSON"),
    pytest.param({"data": b"", "json_type": True}, 400, id="no body"),
    pytest.param({"json": {"username": "a"}}, 400, id="no password"),
    pytest.param({"json": {"username": "a", "password": 5}}, 400, id="password is a number"),
    pytest.param({"json": ["a", "b"]}, 400, id="a list"),
    pytest.param({"json": {"username": "a", "password": "b"}}, 401, id="wrong credentials"),
]


@pytest.mark.parametrize(("options", "status"), BODIES)
async def test_a_bad_login_is_refused(
    visitor: Visitor, sandbox: Sandbox, options: dict[str, Any], status: int
) -> None:
    options = dict(options)
    headers = {"Content-Type": "application/json"} if options.pop("json_type", False) else {}
    given, answer = await visitor.ask(
        "POST", "/auth/public/authenticate", headers=headers, **options
    )
    assert (given, set(answer)) == (status, {"error", "message"})
    assert sandbox.counters.logins == 1
    assert sandbox.counters.count("auth.authenticate", status) == 1


async def test_a_body_where_none_belongs_is_refused(visitor: Visitor, sandbox: Sandbox) -> None:
    path = f"/revenue-reporting/{sandbox.virtual_asset_ids[0]}/tolling"
    status, answer = await visitor.ask("GET", path, params=GOOD, json={})
    assert status == 400
    assert "body" in answer["message"]
