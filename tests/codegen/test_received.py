"""What documents say of null, direction, inheritance and unions reaches the structs."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import msgspec
import pytest

from energy_async.model import Unknown
from energy_async.transport.decoding import decoder_of

Generate = Callable[[dict[str, Any]], ModuleType]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def api(answer: Any, body: Any = None, method: Any = "post", **schemas: Any) -> dict[str, Any]:
    """A document with the operation `call`, that answers with `answer` and takes `body`."""
    operation: dict[str, Any] = {
        "operationId": "call",
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": answer}}}
        },
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {"required": True, "content": content}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/thing": {method: operation}},
        "components": {"schemas": schemas},
    }


def decoded(module: ModuleType, value: object) -> Any:
    return decoder_of(module.OPERATIONS["call"].returns)(json.dumps(value).encode())


def models(module: ModuleType) -> Any:
    import sys  # noqa: PLC0415

    return sys.modules[module.__name__ + ".models"]


def encoded(value: object) -> Any:
    return json.loads(msgspec.json.encode(value))


TEXT = {"type": "string"}
NULLABLE = [
    pytest.param({"type": ["string", "null"]}, "x", id="text"),
    pytest.param({"type": "string", "nullable": True, "enum": [None, "a"]}, "a", id="enum"),
    pytest.param({"type": ["object", "null"], "properties": {"a": TEXT}}, {"a": "x"}, id="object"),
    pytest.param({"oneOf": [TEXT, {"type": "null"}]}, "x", id="union"),
    pytest.param({"allOf": [ref("Inner")]}, "x", id="another-component"),
]


@pytest.mark.parametrize(("component", "value"), NULLABLE)
def test_null_travels_from_a_component_to_its_uses(
    generate: Generate, component: Any, value: Any
) -> None:
    """As a required field, inside lists and maps, however they are nested, and as an answer."""
    lists = {"type": "array", "items": ref("C")}
    maps = {"type": "object", "additionalProperties": ref("C")}
    nested = {"type": "array", "items": {**lists, "type": ["array", "null"]}}
    holder = thing("one", "many", "by", "deep", one=ref("C"), many=lists, by=maps, deep=nested)
    module = generate(api(holder, C=component, Inner={"type": ["string", "null"]}))
    whole = {"one": None, "many": [None, value], "by": {"k": None}, "deep": [None, [None]]}
    assert encoded(decoded(module, whole)) == whole
    assert decoded(generate(api(ref("C"), C=component, Inner=NULLABLE[0].values[0])), None) is None


def test_a_request_can_leave_out_clear_or_set(generate: Generate) -> None:
    """Missing, null and a value are three things where the document lets a field be null."""
    body = thing(
        "must",
        nick={"type": ["string", "null"]},
        age={"type": "integer"},
        any={},
        must={"type": ["string", "null"]},
        rows={"type": "array", "items": {}},
    )
    made = models(generate(api(TEXT, body, "patch"))).CallBody
    assert encoded(made(must=None)) == {"must": None}
    assert encoded(made(must=None, nick=None, any=None, age=None)) == {
        "must": None,
        "nick": None,
        "any": None,
    }
    assert encoded(made(must="m", nick="n", age=3))["nick"] == "n"


def test_a_required_list_of_a_request_is_no_none(generate: Generate) -> None:
    """Go may send null for an empty list; a request must not."""
    rows = {"type": "array", "items": TEXT}
    module = generate(api(thing("rows", rows=rows), thing("rows", rows=rows)))
    assert models(module).CallBody.__annotations__["rows"] == "list[str]" or (
        models(module).CallBody.__annotations__["rows"] == list[str]
    )
    assert decoded(module, {"rows": None}).rows is None


USER = thing(
    "id",
    "name",
    "secret",
    id={**TEXT, "readOnly": True},
    name=TEXT,
    secret=ref("Secret"),
    friend=ref("User"),
)


def test_read_only_leaves_requests_and_write_only_leaves_answers(generate: Generate) -> None:
    """Also where the component says so, and for all that leads there."""
    secret = {"type": "string", "writeOnly": True}
    module = generate(
        api(ref("Team"), ref("Team"), Team=thing(lead=ref("User")), User=USER, Secret=secret)
    )
    answer = {"lead": {"id": "1", "name": "n", "friend": {"id": "2", "name": "m"}}}
    assert encoded(decoded(module, answer)) == answer
    own = models(module)
    sent = own.TeamInput(lead=own.UserInput(name="n", secret="s"))
    assert encoded(sent) == {"lead": {"name": "n", "secret": "s"}}


def test_what_travels_alike_is_one_struct(generate: Generate) -> None:
    """So that what was read can be changed and sent back."""
    module = generate(api(ref("A"), ref("A"), A=thing("x", x=TEXT, y=TEXT)))
    assert models(module).__all__ == ["A"]


PETS: dict[str, Any] = {
    "Pet": {
        **thing("kind", kind=TEXT, name=TEXT),
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    },
    "Cat": {"allOf": [ref("Pet"), thing(lives={"type": "integer"})]},
    "Dog": {
        "allOf": [ref("Pet"), thing(bark=TEXT, friends={"type": "array", "items": ref("Pet")})]
    },
    "Poodle": {"allOf": [ref("Dog"), thing(curls={"type": "integer"})]},
}


def test_what_extends_a_base_keeps_its_fields(generate: Generate) -> None:
    """At any depth of the inheritance, and inside each other."""
    module = generate(api({"type": "array", "items": ref("Pet")}, **PETS))
    told: list[Any] = [
        {"kind": "cat", "name": "Tom", "lives": 9},
        {"kind": "Dog", "bark": "wau", "friends": [{"kind": "Poodle", "curls": 3}]},
        {"kind": "Pet", "name": "?"},
    ]
    values = decoded(module, told)
    assert [type(one).__name__ for one in values] == ["Cat", "Dog", "Pet"]
    assert (values[0].kind, values[0].name, values[1].friends[0].curls) == ("cat", "Tom", 3)
    assert encoded(values) == told


def test_a_base_that_lists_what_extends_it_is_no_circle(generate: Generate) -> None:
    """`oneOf` of a base says what it may be, not what those that extend it may be."""
    base = {**PETS["Pet"], "oneOf": [ref("Cat"), ref("Dog")]}
    cat = {"allOf": [ref("Pet"), thing(lives={"type": "integer"})]}
    dog = {"allOf": [ref("Pet"), thing(bark=TEXT)]}
    module = generate(api(ref("Pet"), Pet=base, Cat=cat, Dog=dog))
    assert decoded(module, {"kind": "cat", "lives": 9}).lives == 9
    assert decoded(module, {"kind": "Dog", "bark": "wau"}).bark == "wau"


def test_an_unknown_tag_loses_nothing(generate: Generate) -> None:
    """It becomes an `Unknown` with all its content, wherever it stands, and is sent as it came."""
    from energy_async.transport.bodies import body_bytes  # noqa: PLC0415

    module = generate(api({"type": "array", "items": thing(pet=ref("Pet"))}, **PETS))
    told: list[Any] = [
        {"pet": {"kind": "cat"}},
        {"pet": {"kind": "newt", "tail": [1, 2.5]}},
        {"pet": {"a": 1}},
        {"pet": {"kind": "CAT", "lives": 7}},
    ]
    values = decoded(module, told)
    unknown, untagged = values[1].pet, values[2].pet
    assert isinstance(unknown, Unknown)
    assert (unknown.tag, values[1].pet.kind, unknown.raw) == ("newt", "newt", told[1]["pet"])
    assert (untagged.tag, untagged.raw, values[3].pet.lives) == (None, {"a": 1}, 7)
    assert json.loads(body_bytes(values))[:3] == told[:3]


def test_a_wrong_value_beside_an_unknown_tag_is_still_an_error(generate: Generate) -> None:
    """With the place where it really is."""
    module = generate(api({"type": "array", "items": ref("Pet")}, **PETS))
    with pytest.raises(msgspec.ValidationError, match=r"\$\[1\]\.lives"):
        decoded(module, [{"kind": "newt"}, {"kind": "cat", "lives": "many"}])


@pytest.mark.parametrize(
    ("members", "told"),
    [
        pytest.param(
            [
                thing("t", t={"const": "a"}, x=TEXT),
                thing("t", t={"const": "b"}, x={"type": "integer"}),
            ],
            [{"t": "a", "x": "1"}, {"t": "b", "x": 1}],
            id="const",
        ),
        pytest.param(
            [thing("t", t={"enum": ["a", "a2"]}, x=TEXT), thing("t", t={"enum": ["b"]}, y=TEXT)],
            [{"t": "a2", "x": "1"}, {"t": "b", "y": "1"}],
            id="several-values",
        ),
    ],
)
def test_listed_values_tell_members_apart(generate: Generate, members: Any, told: Any) -> None:
    """Without a discriminator too; each member is a struct of its own."""
    module = generate(api({"type": "array", "items": {"oneOf": members}}))
    values = decoded(module, told)
    assert len({type(one).__name__ for one in values}) == 2
    assert [one.t for one in values] == [one["t"] for one in told]
    assert encoded(values) == told


def test_a_member_used_alone_takes_every_value_of_its_tag(generate: Generate) -> None:
    """Not only the first."""
    union = {"oneOf": [ref("A"), ref("B")], "discriminator": {"propertyName": "t"}}
    module = generate(
        api(
            thing(one=ref("A"), any=ref("U")),
            U=union,
            B=thing("t", t=TEXT),
            A=thing("t", t={"enum": ["A", "OLD"]}, x={"type": "integer"}),
        )
    )
    told = {"one": {"t": "OLD", "x": 1}, "any": {"t": "B"}}
    assert encoded(decoded(module, told)) == told


def test_a_body_that_is_a_union_is_a_choice(generate: Generate) -> None:
    """No combination that no member allows."""
    card, iban = thing("number", number=TEXT), thing("iban", iban=TEXT)
    module = generate(api(TEXT, {"oneOf": [ref("Card"), ref("Iban")]}, Card=card, Iban=iban))
    with pytest.raises(TypeError):
        models(module).Card(iban="x")
    assert set(models(module).__all__) == {"Card", "Iban"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"items": TEXT}, ["a"], id="list-without-a-type"),
        pytest.param({"enum": [2**63, 1]}, 2**63, id="enum-beyond-64-bits"),
        pytest.param(
            thing(a=TEXT) | {"if": {}, "then": thing(b=TEXT)}, {"a": "x", "b": "y"}, id="then"
        ),
        pytest.param(
            thing(a=TEXT) | {"dependentSchemas": {"a": thing(c=TEXT)}},
            {"a": "x", "c": "y"},
            id="dependent",
        ),
        pytest.param(thing(**{'a"b': TEXT}), {'a"b': "x"}, id="quote-in-a-name"),
        pytest.param(
            thing(**{"m²": TEXT, "µg": TEXT, "ﬁ": TEXT}),
            {"m²": "x", "µg": "y", "ﬁ": "z"},
            id="signs",
        ),
        pytest.param(
            {"$dynamicRef": "#x", "$defs": {"x": {"$dynamicAnchor": "x"}}},
            [1],
            id="dynamic-reference",
        ),
    ],
)
def test_nothing_of_these_is_lost(generate: Generate, schema: Any, value: Any) -> None:
    """Spellings that used to be refused, or to be anything."""
    assert encoded(decoded(generate(api(schema)), value)) == value


def test_a_long_chain_of_schemas_is_no_recursion(generate: Generate) -> None:
    """The order of definitions is found without one."""
    schemas = {f"S{n}": thing(n=ref(f"S{n + 1}")) for n in range(150)}
    module = generate(api(ref("S0"), **schemas, S150=thing(x=TEXT)))
    assert decoded(module, {"n": {"n": {}}}).n.n.n is None
