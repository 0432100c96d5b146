"""The generated packages that we ship: every type decodes, every example fits, all is reachable."""

import importlib
import json
import re
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codegen.areas import Area, load
from codegen.check import check
from codegen.documents.document import operations
from energy_async.model import AwareDatetime, Model, field_extras
from energy_async.parameters import comma_separated, separated
from energy_async.transport.request import Operation
from energy_async.units import units_of

ROOT = Path(__file__).resolve().parents[2]
AREAS = load()


def generated(area: Area) -> Any:
    return importlib.import_module(f"{area.package}._generated.{area.module}")


def effective(area: Area) -> dict[str, Any]:
    path = ROOT / f"energy_sandbox/_generated/{area.api}/{area.module}.json"
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]


OPERATIONS = [
    pytest.param(operation, id=operation.name)
    for area in AREAS
    for operation in generated(area).OPERATIONS.values()
]
EXAMPLES = [
    pytest.param(area, at.body["operationId"], media["example"], id=at.label)
    for area in AREAS
    for at in operations(effective(area))
    for response in at.body["responses"].values()
    for media in response.get("content", {}).values()
    if "example" in media
]
BODY_EXAMPLES = [
    pytest.param(area, at.body["operationId"], media["example"], id=at.label)
    for area in AREAS
    for at in operations(effective(area))
    for media in at.body.get("requestBody", {}).get("content", {}).values()
    if "example" in media
]
SCHEMAS = [
    pytest.param(area, name, id=f"{area.module}.{name}")
    for area in AREAS
    for name, schema in effective(area)["components"]["schemas"].items()
    if "properties" in schema
]


def test_generated_code_is_what_a_build_gives() -> None:
    """`python -m codegen check` is green."""
    assert check(AREAS, ROOT) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_decoder_builds_for_every_response_type(operation: Operation[Any]) -> None:
    """Some types import well and fail at the first answer; not these."""
    msgspec.json.Decoder(operation.returns)


@pytest.mark.parametrize(("area", "name", "example"), EXAMPLES)
def test_documented_examples_decode_and_come_back_whole(
    area: Area, name: str, example: Any
) -> None:
    """Nothing of an example is lost or renamed on the way in and out."""
    returns = generated(area).OPERATIONS[name].returns
    value = msgspec.json.decode(json.dumps(example), type=returns)
    assert normal(json.loads(msgspec.json.encode(value))) == normal(example)


@pytest.mark.parametrize(("area", "name", "example"), BODY_EXAMPLES)
def test_documented_bodies_fit_the_argument_and_come_back_whole(
    area: Area, name: str, example: Any
) -> None:
    """What upstream shows as a body can be said with our structs, and nothing else is sent."""
    body = typing.get_type_hints(getattr(generated(area), name))["body"]
    value = msgspec.json.decode(json.dumps(example), type=body)
    assert normal(json.loads(msgspec.json.encode(value))) == normal(example)


def normal(node: Any) -> Any:
    """JSON with integers as floats and times without idle milliseconds."""
    if isinstance(node, dict):
        return {key: normal(value) for key, value in node.items()}
    if isinstance(node, list):
        return [normal(item) for item in node]
    if isinstance(node, str):
        return re.sub(r"(T[\d:]+(?:\.\d*[1-9])?)\.?0*Z$", r"\1Z", node)
    return float(node) if type(node) is int else node


@pytest.mark.parametrize(("area", "name"), SCHEMAS)
def test_property_examples_decode_and_null_and_missing_are_none(area: Area, name: str) -> None:
    """A struct made of the published sample values, then one of nulls where they are allowed."""
    schema = effective(area)["components"]["schemas"][name]
    struct = getattr(importlib.import_module(f"{area.package}.models.{area.module}"), name)
    required = set(schema.get("required", []))
    samples = {
        wire: one["example"] for wire, one in schema["properties"].items() if "example" in one
    }
    if required <= set(samples):
        value = msgspec.json.decode(json.dumps(samples), type=struct)
        assert normal(json.loads(msgspec.json.encode(value))) == normal(samples)
    if not required:
        nulls = dict.fromkeys(schema["properties"])
        assert msgspec.json.decode(json.dumps(nulls), type=struct) == struct()


@pytest.mark.parametrize(("area", "name"), SCHEMAS)
def test_units_of_the_document_reach_the_structs(area: Area, name: str) -> None:
    """`units_of` tells of every unit, under the Python name of the field."""
    schema = effective(area)["components"]["schemas"][name]
    struct = getattr(importlib.import_module(f"{area.package}.models.{area.module}"), name)
    wire = {one.name: one.encode_name for one in msgspec.structs.fields(struct)}
    units = {
        key: one["x-trlyr-unit"]
        for key, one in schema["properties"].items()
        if "x-trlyr-unit" in one
    }
    assert {wire[key]: unit for key, unit in units_of(struct).items()} == units
    for key, unit in units_of(struct).items():
        assert f"{key}: " in (struct.__doc__ or "")
        assert f"Unit: {unit}." in " ".join((struct.__doc__ or "").split())


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.key)
def test_public_modules_give_all_that_is_generated(area: Area) -> None:
    """The hand-written face lists the same names, sorted, as the generated module."""
    public = importlib.import_module(f"{area.package}.{area.module}")
    models = importlib.import_module(f"{area.package}.models.{area.module}")
    made = importlib.import_module(f"{area.package}._generated.{area.module}.models")
    assert public.__all__ == generated(area).__all__
    assert models.__all__ == made.__all__
    assert all(getattr(public, name) is getattr(generated(area), name) for name in public.__all__)
    assert all(getattr(models, name) is getattr(made, name) for name in models.__all__)


@pytest.mark.parametrize("package", ["trlyr_async", "nanocorp_async"])
def test_importing_a_client_package_loads_no_area_and_no_aiohttp(package: str) -> None:
    """An area costs nothing until it is used, then comes by attribute."""
    area = next(one.module for one in AREAS if one.package == package)
    script = (
        f"import sys, {package}, {package}.models;"
        "loaded = [n for n in sys.modules if '._generated' in n or n == 'aiohttp'];"
        "assert not loaded, loaded;"
        f"assert {package}.models.{area}.__name__ in sys.modules;"
        f"assert '{area}' in dir({package}.models);"
        f"assert not hasattr({package}.models, 'nothing')"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_docstrings_tell_provenance_and_source(operation: Operation[Any]) -> None:
    """What we know of an operation, and from where, stands where its user reads."""
    module = importlib.import_module(_module_of(operation))
    text = getattr(module, operation.name.partition(".")[2]).__doc__
    told = {
        "published": "published OpenAPI",
        "documented": "documentation page",
        "partial": "Partly known",
        "provisional": "Provisional",
    }
    assert told[operation.provenance] in text
    assert "Source: https://" in text
    has_page = "Source: https://docs.trlyr.com/\n" not in text
    assert ("(read 2026-11-21" in text) == has_page, "no page, no date on which it was read"
    is_stamped = has_page and "docs.trlyr.com" in text
    assert ("page modified 2026-06-30)" in text) == is_stamped


def _module_of(operation: Operation[Any]) -> str:
    area = operation.name.partition(".")[0]
    return next(f"{one.package}.{one.module}" for one in AREAS if one.module == area)


def test_capacity_prices_warn_of_their_unknown_period() -> None:
    """The mistake that costs a factor of four is warned of at the field and at the function."""
    from nanocorp_async import market_feeds, models  # noqa: PLC0415

    for name in ("FcrCapacityRow", "AfrrCapacityRow", "MfrrCapacityRow"):
        struct = getattr(models.market_feeds, name)
        assert units_of(struct)["price"] == "EUR/MW (period not documented)"
    for name in ("fcr", "afrr", "mfrr"):
        text = getattr(market_feeds, f"get_{name}_capacity").__doc__
        assert "is not documented: never multiply" in " ".join(text.split())


def test_every_operation_that_has_a_page_is_there() -> None:
    """44 pages of terralayr's were found, 8 feeds are told of; the summary is upstream's own."""
    named = [
        (area.api, at.body["summary"])
        for area in AREAS
        for at in operations(effective(area))
        if "summary" in at.body
    ]
    assert sum(api == "trlyr" for api, _ in named) == 44
    assert len(generated(AREAS[-1]).OPERATIONS) == 8


def test_fcr_prices_say_that_pages_disagree() -> None:
    """EUR/MW or EUR/MW/h: a factor of four that no reader must miss."""
    from trlyr_async.models import virtual_assets as models  # noqa: PLC0415

    unit = "EUR/MW (or EUR/MW/h, pages disagree)"
    assert units_of(models.FcrBid)["capacity_price"] == unit
    assert units_of(models.FcrResult)["settlement_price"] == unit
    assert units_of(models.AfrrBid)["capacity_price"] == "EUR/MW/h"
    assert "FCR" in units_of(models.AncillaryBid)["capacity_price"]


DEPRECATED = [
    "get_latest_state_of_charge",
    "get_projected_state_of_charge",
    "get_projected_state_of_energy",
    "get_state_of_charge",
]


def test_deprecated_functions_name_their_replacement() -> None:
    """Four endpoints, one replacement, as the pages say; nothing else is deprecated."""
    found = {
        name: getattr(getattr(generated(area), name), "__deprecated__", None)
        for area in AREAS
        for name in generated(area).OPERATIONS
    }
    told = {name: text for name, text in found.items() if text}
    assert sorted(told) == DEPRECATED
    assert set(told.values()) == {"Deprecated by upstream; use `get_operational_data`."}


def test_schedules_and_bids_are_urgent_and_new_bids_are_never_repeated() -> None:
    """What must beat a gate closure overtakes reports; a bid that may have arrived stays alone."""
    urgent = {
        operation.name: operation.repeatable
        for area in AREAS
        for operation in generated(area).OPERATIONS.values()
        if operation.lane == "urgent"
    }
    assert urgent == {
        "auctions.submit_bid": False,
        "physical_assets.submit_ancillary_bids": False,
        "physical_assets.update_schedule": True,
        "virtual_assets.create_afrr_bids": False,
        "virtual_assets.create_fcr_bids": False,
        "virtual_assets.submit_ancillary_bids": False,
        "virtual_assets.update_afrr_bids": True,
        "virtual_assets.update_block_schedule": True,
        "virtual_assets.update_fcr_bids": True,
    }


def test_every_data_point_category_is_known_by_name() -> None:
    """All 46 categories; a unit only where the words leave one reading."""
    from trlyr_async.models import revenue_reporting as models  # noqa: PLC0415

    known = typing.get_args(models.KnownDataPointCategory)
    assert len(set(known)) == 46
    assert set(models.DATA_POINT_CATEGORY_UNITS) <= set(known)
    assert models.DATA_POINT_CATEGORY_UNITS["settlement_price_fcr"] == "EUR/MW per hour"
    assert "hurdle_price_vba" not in models.DATA_POINT_CATEGORY_UNITS


def test_secrets_do_not_show() -> None:
    """Neither `repr` nor `rich` shows a token or a password; what is None is seen to be None."""
    from trlyr_async.models.auth import LoginRequest, TokenResponse  # noqa: PLC0415

    tokens = TokenResponse(access_token="t0ps3cret", scope="all")
    assert repr(tokens) == (
        "TokenResponse(access_token=..., expires_in=None, id_token=None, refresh_token=None,"
        " scope='all', token_type=None)"
    )
    assert "t0ps3cret" not in f"{[tokens]!r} {tokens.__rich_repr__()!r}"
    login = LoginRequest(username="ada", password="t0ps3cret")
    assert repr(login) == "LoginRequest(password=..., username='ada')"
    assert msgspec.json.decode(msgspec.json.encode(login)) == {
        "password": "t0ps3cret",
        "username": "ada",
    }


def test_extras_merge_and_plain_fields_have_none() -> None:
    """A field may carry a unit and be a secret."""

    class Mixed(Model, kw_only=True):
        plain: int = 0
        at: AwareDatetime | None = None
        both: typing.Annotated[
            float, msgspec.Meta(extra={"unit": "EUR"}), msgspec.Meta(extra={"secret": True})
        ] = 0.0

    assert field_extras(Mixed) == {"both": {"unit": "EUR", "secret": True}}
    assert units_of(Mixed) == {"both": "EUR"}
    assert repr(Mixed(both=1.5)) == "Mixed(plain=0, at=None, both=...)"


def test_parts_that_hold_the_separator_are_refused() -> None:
    """`a,b` as one part would reach the server as two."""
    assert separated(["a,b", "c"], "tags", "|") == "a,b|c"
    assert separated("a,b", "tags") == "a,b"
    with pytest.raises(ValueError, match="tags: 'a,b' holds ','"):
        separated(["a,b"], "tags")
    with pytest.raises(ValueError, match="holds ','"):
        separated({"a": "1,5"}, "point")


def test_comma_separated() -> None:
    """Text stays text, None stays None, a list is joined."""
    assert comma_separated(["a", "b"]) == "a,b"
    assert comma_separated("a,b") == "a,b"
    assert comma_separated(None) is None
