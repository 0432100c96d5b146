"""What our own keys (`x-trlyr-lane`, `x-trlyr-replaced-by`) and `deprecated` do to a function."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from codegen.areas import Area
from codegen.build import area_code
from codegen.problems import ProblemsError

Generate = Callable[[dict[str, Any]], ModuleType]


def document(**old: Any) -> dict[str, Any]:
    """Two operations, of which `old` describes the older one."""
    plain = {"responses": {"200": {"description": "OK"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/new": {"get": {"operationId": "get_new", **plain}},
            "/old": {"get": {"operationId": "get_old", **plain, **old}},
        },
    }


class Client:
    """Answers nothing to everything."""

    async def send(self, _request: Any) -> None:
        return None


async def test_calling_a_deprecated_function_names_its_replacement(generate: Generate) -> None:
    """A warning at the call, the mark for type checkers, and a line in the docstring."""
    module = generate(document(deprecated=True, **{"x-trlyr-replaced-by": "get_new"}))
    assert "Deprecated by upstream; use `get_new`." in module.get_old.__doc__
    assert module.get_old.__deprecated__ == "Deprecated by upstream; use `get_new`."
    with pytest.warns(DeprecationWarning, match="use `get_new`"):
        await module.get_old(Client())
    assert not hasattr(module.get_new, "__deprecated__")


async def test_a_deprecated_function_may_have_no_replacement(generate: Generate) -> None:
    """Upstream does not always name one."""
    module = generate(document(deprecated=True))
    with pytest.warns(DeprecationWarning, match=r"Deprecated by upstream\.$"):
        await module.get_old(Client())


def test_a_lane_becomes_the_operations_default(generate: Generate) -> None:
    """What does not say otherwise takes the normal lane."""
    operations = generate(document(**{"x-trlyr-lane": "urgent"})).OPERATIONS
    lanes = SimpleNamespace(**{name: one.lane for name, one in operations.items()})
    assert (lanes.get_old, lanes.get_new) == ("urgent", "normal")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        pytest.param("x-trlyr-lane", "fast", "urgent, normal, bulk", id="lane"),
        pytest.param("x-trlyr-lane", ["urgent"], "urgent, normal, bulk", id="lane-of-another-type"),
        pytest.param("x-trlyr-replaced-by", "get_nothing", "'get_nothing'", id="replacement"),
        pytest.param("x-trlyr-replaced-by", [], "[]", id="replacement-of-another-type"),
    ],
)
def test_what_means_nothing_is_refused(area: Area, key: str, value: Any, told: str) -> None:
    """With the place that is at fault."""
    with pytest.raises(ProblemsError) as caught:
        area_code(document(**{key: value}), "0" * 64, area)
    assert [one.where for one in caught.value.problems] == [f"/paths/~1old/get/{key}"]
    assert told in str(caught.value)


CLOSED = {"x-trlyr-closed": True}
PRODUCT = {"type": "string", "pattern": "^(POS|NEG)_[0-9]{3}$", **CLOSED}
BIDS = {"type": "array", "items": {"type": "integer"}, "minItems": 1}
GROUP = {
    "type": "object",
    "required": ["product", "bids"],
    "properties": {"product": PRODUCT, "bids": {**BIDS, **CLOSED}, "why": {**BIDS}},
}


def trading() -> dict[str, Any]:
    """Closed limits in a path, a query and a body, the schema of which is in the answer too."""
    found = document()
    groups = {"type": "array", "items": {"$ref": "#/components/schemas/Group"}, "minItems": 1}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": groups}}}}
    found["components"] = {"schemas": {"Group": GROUP}}
    query: list[dict[str, Any]] = [
        {"in": "query", "name": name, "schema": schema}
        for name, schema in (("markets", {**BIDS, **CLOSED}), ("tags", BIDS))
    ]
    found["paths"] = {
        "/{product}": {
            "parameters": [{"in": "path", "name": "product", "required": True, "schema": PRODUCT}],
            "get": {"operationId": "get_bids", "parameters": query, "responses": answer},
            "put": {
                "operationId": "set_bids",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {**groups, **CLOSED}}},
                },
                "responses": {"204": {"description": ""}},
            },
        }
    }
    found["paths"]["/ask"] = {
        "post": {
            "operationId": "ask",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {**GROUP, "title": "Ask"}}},
            },
            "responses": {"204": {"description": ""}},
        }
    }
    return found


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda it, client: it.get_bids(client, "POS_001"), None),
        (lambda it, client: it.get_bids(client, "POS_001", markets=[1], tags=[]), None),
        (lambda it, client: it.get_bids(client, "POS_1"), "product must match "),
        (lambda it, client: it.get_bids(client, "POS_001\n"), "product must match "),
        (lambda it, client: it.get_bids(client, "POS_001", markets=[]), "markets must have 1 or"),
        (lambda it, client: it.get_bids(client, "POS_001", markets=""), "markets must have 1 or"),
        (lambda it, client: it.set_bids(client, "POS_001", body=[]), "body must have 1 or more"),
        (lambda it, client: it.ask(client, body={"product": "POS_001", "bids": [1]}), None),
        (
            lambda it, client: it.ask(client, body={"product": "POS_001", "bids": []}),
            r"length >= 1 - at `\$\.bids`",
        ),
        (
            lambda it, client: it.ask(client, body={"product": "POS_1\n", "bids": [1], "why": []}),
            r"matching regex .* - at `\$\.product`",
        ),
    ],
)
async def test_what_is_closed_is_refused_before_it_is_sent(
    generate: Generate, call: Any, error: str | None
) -> None:
    """By name, or by place in a body; what is not marked as closed is sent as it is."""
    module, sent = generate(trading()), Client()
    if error is None:
        await call(module, sent)
    else:
        with pytest.raises(ValueError, match=error):
            await call(module, sent)


def test_an_answer_is_read_whatever_is_closed_in_requests(generate: Generate) -> None:
    """A struct that both have keeps to the answer's side."""
    returns = generate(trading()).OPERATIONS["get_bids"].returns
    [group] = msgspec.json.decode(b'[{"product": "mFRR", "bids": []}]', type=returns)
    assert (group.product, group.bids) == ("mFRR", [])
