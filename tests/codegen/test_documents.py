"""Documents never seen before: expressed rightly, or refused with the place that is at fault."""

import copy
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from codegen.areas import Area
from codegen.build import area_code, build
from codegen.documents.normalise import normalise
from codegen.documents.reading import check_frame
from codegen.problems import ProblemsError

Generate = Callable[[dict[str, Any]], ModuleType]
PARCELS = json.loads((Path(__file__).parent / "golden/parcels.json").read_text("utf-8"))


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answering(schema: dict[str, Any], **schemas: dict[str, Any]) -> dict[str, Any]:
    """A document with one operation, `get_thing`, that answers with `schema`."""
    response = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/thing": {"get": {"operationId": "getThing", "responses": {"200": response}}}},
        "components": {"schemas": schemas},
    }


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def decoded(module: ModuleType, value: object) -> Any:
    returns = module.OPERATIONS["get_thing"].returns
    return msgspec.json.decode(json.dumps(value), type=returns)


def test_all_of_becomes_one_struct(generate: Generate) -> None:
    """Parts of `allOf`, references among them, are merged."""
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    module = generate(
        answering({"allOf": [ref("Base"), thing(size={"type": "number"})]}, Base=base)
    )
    value = decoded(module, {"id": "a", "size": 2})
    assert (value.id, value.size) == ("a", 2.0)


@pytest.mark.parametrize("key", ["oneOf", "anyOf"])
def test_discriminator_picks_the_struct(generate: Generate, key: str) -> None:
    """Members of a union are told apart by the property that the document names."""
    pets = {
        key: [ref("Cat"), ref("Dog")],
        "discriminator": {"propertyName": "kind", "mapping": {"meow": ref("Cat")["$ref"]}},
    }
    kind = {"kind": {"type": "string"}}
    module = generate(
        answering(
            {"type": "array", "items": ref("Pet")},
            Pet=pets,
            Cat={
                "type": "object",
                "required": ["kind"],
                "properties": {**kind, "lives": {"type": "integer"}},
            },
            Dog=thing(**kind, friends={"type": "array", "items": ref("Pet")}),
        )
    )
    cat, dog = decoded(module, [{"kind": "meow", "lives": 9}, {"kind": "Dog", "friends": None}])
    assert (type(cat).__name__, cat.lives) == ("Cat", 9)
    assert type(dog).__name__ == "Dog"
    assert json.loads(msgspec.json.encode(cat))["kind"] == "meow"


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        pytest.param({"type": "string"}, "small_cat", id="name-in-the-document"),
        pytest.param({"enum": ["cat"]}, "cat", id="only-value-of-the-property"),
        pytest.param({"const": "cat"}, "cat", id="const"),
        pytest.param(ref("kind"), "cat", id="behind-a-reference"),
    ],
)
def test_without_a_mapping_the_document_still_says_what_the_tag_is(
    generate: Generate, kind: dict[str, Any], tag: str
) -> None:
    """The property's only value, else the name of the schema as the document spells it."""
    pet = {"oneOf": [ref("small_cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
    module = generate(
        answering(
            thing(pet=pet, cat=ref("small_cat")),
            small_cat=thing(kind=kind, lives={"type": "integer"}),
            Dog=thing(kind={"type": "string"}),
            kind={"type": "string", "enum": ["cat"]},
        )
    )
    cat = {"kind": tag, "lives": 9}
    value = decoded(module, {"pet": cat, "cat": cat})
    assert type(value.pet).__name__ == "SmallCat"
    assert json.loads(msgspec.json.encode(value)) == {"pet": cat, "cat": cat}


def test_a_tag_that_the_members_cannot_have_is_none(generate: Generate) -> None:
    """Where names and listed values differ, the union is one struct rather than a wrong guess."""
    pet = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
    kind = {"enum": ["cat", "kitten"]}
    module = generate(
        answering(pet, Cat=thing(kind=kind), Dog=thing(kind={"enum": ["dog", "puppy"]}))
    )
    assert decoded(module, {"kind": "kitten"}).kind == "kitten"


def test_cycles_through_objects_decode(generate: Generate) -> None:
    """A struct may hold itself, directly, in lists, and through a map with a name."""
    node = thing(up=ref("Node"), below={"type": "array", "items": ref("Node")}, named=ref("Forest"))
    forest = {"type": "object", "additionalProperties": ref("Node")}
    module = generate(answering(ref("Forest"), Node=node, Forest=forest))
    value = decoded(module, {"a": {"up": {}, "below": [{"below": None}], "named": {"b": {}}}})
    assert value["a"].below[0].below is None
    assert type(value["a"].named["b"]) is type(value["a"])


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"type": ["number", "null"]}, None, id="type-list-with-null"),
        pytest.param({"type": ["number", "string"]}, "x", id="type-list-of-two"),
        pytest.param({"anyOf": [{"type": "number"}, {"type": "null"}]}, None, id="anyOf-null"),
        pytest.param({"type": "string", "nullable": True}, None, id="nullable-of-3.0"),
        pytest.param({"enum": ["a", "b", None]}, None, id="enum-with-null"),
        pytest.param({"enum": ["a", "b"]}, "c", id="enum-is-open"),
        pytest.param({"enum": [1, 2]}, 3, id="enum-of-integers-is-open"),
        pytest.param({"const": "a"}, "b", id="const-is-open"),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "number"}}, {"a": 1.5}, id="map"
        ),
        pytest.param({"type": "object"}, {"a": [1]}, id="free-object"),
        pytest.param({}, [1, {"a": None}], id="anything"),
        pytest.param(
            {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
            [[1.5]],
            id="nested-arrays",
        ),
        pytest.param(
            {"type": "string", "maxLength": 1, "pattern": "^a$"},
            "longer",
            id="limits-are-the-servers",
        ),
        pytest.param({"type": "string", "format": "uuid"}, "no-uuid", id="ids-stay-text"),
        pytest.param({"type": "string", "not": {"enum": ["a"]}}, "a", id="not-is-the-servers"),
        pytest.param({"type": "array", "prefixItems": [{}]}, ["a", 1], id="open-tuple"),
        pytest.param(
            {"prefixItems": [{"type": "string"}, {"type": "number"}], "items": False},
            ["a", 1.5],
            id="tuple",
        ),
        pytest.param(
            {"type": "object", "patternProperties": {"^x": {"type": "number"}}},
            {"a": "b"},
            id="open-patterns",
        ),
        pytest.param(
            {"patternProperties": {"": {"type": "number"}}, "additionalProperties": False},
            {"a": 1.5},
            id="patterns",
        ),
    ],
)
def test_shapes_of_a_property(generate: Generate, schema: dict[str, Any], value: object) -> None:
    """Every spelling of a type decodes the values it allows, and some that it only may grow to."""
    schema_with_owner = {"type": "object", "required": ["it"], "properties": {"it": schema}}
    module = generate(answering(schema_with_owner))
    answer = decoded(module, {"it": value})
    assert answer.it == value
    assert json.loads(msgspec.json.encode(answer)) == {"it": value}


def test_a_union_without_tags_is_one_struct_with_the_fields_of_all(generate: Generate) -> None:
    """JSON does not tell its members apart, so neither do we; every member decodes."""
    cat = {**thing(kind={"type": "string"}, lives={"type": "integer"}), "required": ["kind"]}
    dog = {**thing(kind={"type": "string"}, lives={"type": "string"}), "required": ["kind"]}
    dog["properties"]["friends"] = {"type": "array", "items": ref("Pet")}
    pet = {"oneOf": [ref("Cat"), ref("Dog")]}
    module = generate(answering({"type": "array", "items": ref("Pet")}, Cat=cat, Dog=dog, Pet=pet))
    told = [{"kind": "c", "lives": 9}, {"kind": "d", "lives": "x", "friends": [{"kind": "e"}]}]
    first, second = decoded(module, told)
    assert (first.lives, first.friends, second.lives) == (9, None, "x")
    assert second.friends[0].kind == "e"
    assert "One of Cat, Dog" in (type(first).__doc__ or "")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"oneOf": [thing(a={}), {"type": "object"}]}, {"b": 1}, id="struct-or-map"),
        pytest.param(
            {"anyOf": [{"type": "string"}, {"type": "string", "format": "date"}]}, "x", id="texts"
        ),
        pytest.param(
            {"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "boolean"}]}, 1.5, id="num"
        ),
        pytest.param(
            {
                "oneOf": [
                    {"type": "array", "items": {"type": kind}} for kind in ("string", "number")
                ]
            },
            ["a", 1.5],
            id="arrays",
        ),
        pytest.param(
            {**thing(a={"type": "string"}), "additionalProperties": {"type": "number"}},
            {"a": "x", "b": 2.5},
            id="map-and-properties",
        ),
        pytest.param(ref("Tree"), [[[]], []], id="endless-alias"),
        pytest.param(ref("Loop"), {"a": [1]}, id="alias-of-a-union-with-a-struct-that-holds-it"),
        pytest.param(
            {**thing(a={"type": "string"}), "anyOf": [{"required": ["a"]}, thing(b={})]},
            {"a": "x", "b": 1},
            id="properties-and-anyOf",
        ),
        pytest.param(
            {"oneOf": [thing(k={}), thing(k={}, b={})], "discriminator": {"propertyName": "k"}},
            {"k": "x", "b": 1},
            id="discriminator-of-nameless",
        ),
        pytest.param(
            {
                "oneOf": [ref("A"), ref("B")],
                "discriminator": {
                    "propertyName": "k",
                    "mapping": {"x": "A", "y": ref("A")["$ref"], "z": "B"},
                },
            },
            {"k": "y", "a": 1},
            id="two-tags-of-one",
        ),
    ],
)
def test_what_msgspec_cannot_tell_apart_decodes_all_the_same(
    generate: Generate, schema: dict[str, Any], value: object
) -> None:
    """Nothing that a document allows fails at the first use, and nothing is lost."""
    module = generate(
        answering(
            schema,
            Tree={"type": "array", "items": ref("Tree")},
            Loop={"anyOf": [{"type": "array", "items": {}}, thing(a=ref("Loop"))]},
            A=thing(k={"type": "string"}, a={"type": "integer"}),
            B=thing(k={"type": "string"}, b={"type": "integer"}),
        )
    )
    assert json.loads(msgspec.json.encode(decoded(module, value))) == value


def test_several_successes_are_one_type(generate: Generate) -> None:
    """What any of them gives is taken."""
    document = answering(thing(a={"type": "string"}))
    responses = document["paths"]["/thing"]["get"]["responses"]
    responses["202"] = {
        "description": "",
        "content": {"application/json": {"schema": thing(b={"type": "string"})}},
    }
    responses["203"] = {
        "description": "",
        "content": {"application/json": {"schema": {"type": "array", "items": {}}}},
    }
    responses["204"] = responses["205"] = {"description": ""}
    module = generate(document)
    assert module.OPERATIONS["get_thing"].bodiless == {204, 205}
    assert decoded(module, {"b": "x"}).b == "x"
    assert decoded(module, [1]) == [1]
    assert decoded(module, None) is None


HOSTILE = "x'''\"\"\"\n#}{{ 1/0 }}\\"


def test_text_of_a_document_never_becomes_code(generate: Generate) -> None:
    """Descriptions, enums, units, paths and names with quotes, templates and line ends are data."""
    document = answering(
        {
            **thing(
                **{
                    "import": {"type": "string"},
                    "list": {"type": "array", "items": {"type": "string"}},
                    "a-b": {"type": "number", "description": HOSTILE, "x-trlyr-unit": HOSTILE},
                    "a_b": {"type": "number"},
                    "价格": {"enum": [HOSTILE, "b"]},
                    "__class__'; 1/0": {"type": "string"},
                    "datetime": {"type": "string", "format": "date-time"},
                    "when": {"type": "string", "format": "date-time"},
                }
            ),
            "description": HOSTILE,
        }
    )
    operation = document["paths"].pop("/thing")["get"]
    operation |= {"description": HOSTILE, "summary": HOSTILE, "x-trlyr-source": HOSTILE}
    operation["parameters"] = [
        {"in": "query", "name": name, "schema": {"type": "string"}, "description": HOSTILE}
        for name in ("class", "client", "id", HOSTILE, "x-y", "x_y")
    ]
    document["paths"]['/thing\'"""'] = {"get": operation}
    module = generate(document)
    text = b'{"import":"i","list":["l"],"a-b":1,"a_b":2,"__class__\'; 1/0":"c"}'
    value = msgspec.json.decode(text, type=module.OPERATIONS["get_thing"].returns)
    assert (value.import_, value.list_, value.a_b, value.a_b2) == ("i", ["l"], 1.0, 2.0)
    assert module.OPERATIONS["get_thing"].path == '/thing\'"""'


def test_operations_without_id_or_tag_are_named_after_method_and_path(generate: Generate) -> None:
    """The name is that of the call."""
    document = answering({"type": "string"})
    del document["paths"]["/thing"]["get"]["operationId"]
    assert list(generate(document).OPERATIONS) == ["get_thing"]


@pytest.mark.parametrize(
    ("whole", "own", "authenticated"),
    [
        pytest.param([{"bearer": []}], None, True, id="of-the-document"),
        pytest.param([{"bearer": []}], [], False, id="switched-off"),
        pytest.param([], [{"bearer": []}], True, id="switched-on"),
        pytest.param([{"bearer": []}, {}], None, True, id="optional"),
        pytest.param(None, None, False, id="none"),
    ],
)
def test_security_decides_whether_a_token_is_sent(
    generate: Generate, whole: Any, own: Any, *, authenticated: bool
) -> None:
    """The operation's word counts before the document's; an optional token goes too."""
    document = answering({"type": "string"})
    if whole is not None:
        document["security"] = whole
    if own is not None:
        document["paths"]["/thing"]["get"]["security"] = own
    assert generate(document).OPERATIONS["get_thing"].authenticated is authenticated


@pytest.mark.parametrize("key", ["$recursiveRef", "$dynamicRef"])
def test_a_reference_that_depends_on_who_refers_takes_anything(
    generate: Generate, key: str
) -> None:
    """Which schema is meant is not to be told from the place alone."""
    below = {"type": "array", "items": {key: "#node"}}
    nodes = {f"N{n}": {**thing(n=below), "$dynamicAnchor": "node"} for n in (1, 2)}
    module = generate(answering(ref("N1"), **nodes))
    assert decoded(module, {"n": [{"n": []}, 1]}).n == [{"n": []}, 1]


def test_binary_answers_and_bodies_are_bytes(generate: Generate) -> None:
    """What is not JSON is passed on as it is."""
    document = answering({"type": "string"})
    content = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    operation = document["paths"]["/thing"]["get"]
    operation["responses"]["200"]["content"] = content
    operation["requestBody"] = {"content": content}
    made = generate(document).OPERATIONS["get_thing"]
    assert made.returns is bytes
    assert not made.wants_json


def test_names_of_generated_modules_are_not_hidden(generate: Generate) -> None:
    """Schemas called like what a module imports get another name."""
    module = generate(
        answering(
            thing(a=ref("Model"), b=ref("Literal"), c=ref("Any"), d=ref("OPERATIONS")),
            Model=thing(x={"type": "string"}),
            Literal={"type": "string", "enum": ["z"]},
            Any=thing(y={"type": "number"}),
            OPERATIONS={"type": "array", "items": {"type": "string"}},
        )
    )
    value = decoded(module, {"a": {"x": "1"}, "b": "z", "c": {"y": 2}})
    assert (value.a.x, value.b, value.c.y) == ("1", "z", 2.0)


def lattice(key: str, levels: int) -> dict[str, Any]:
    """Two schemas a level, each made of both of the next: 2 ** levels ways lead to the last."""
    schemas: dict[str, Any] = {
        f"{side}{level}": {key: [ref(f"A{level + 1}"), ref(f"B{level + 1}")]}
        for level in range(levels)
        for side in "AB"
    }
    ends = {f"{side}{levels}": thing(**{side.lower(): {"type": "string"}}) for side in "AB"}
    return answering(ref("A0"), **schemas, **ends)


def extending(levels: int) -> dict[str, Any]:
    """A schema that extends another, which extends another, and so on."""
    schemas = {f"S{n}": {"allOf": [ref(f"S{n + 1}"), thing(x={})]} for n in range(levels)}
    return answering(ref("S0"), **schemas, **{f"S{levels}": thing(y={})})


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return answering(schema)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(extending(101), "extend each other", id="inheritance"),
        pytest.param(nested(300), "nested too deeply", id="nesting"),
        pytest.param(
            answering(
                ref("C"),
                C={
                    "type": "array",
                    "items": thing(c={"allOf": [ref("C")], "additionalProperties": {}, **thing()}),
                },
            ),
            "disagree",
            id="growth-without-a-name",
        ),
    ],
)
def test_documents_made_to_exhaust_us_are_refused(
    root: Path,
    area: Area,
    store: Callable[[dict[str, Any]], Path],
    document: dict[str, Any],
    message: str,
) -> None:
    """Soon, and before anything is written."""
    store(document)
    with pytest.raises(ProblemsError, match=message):
        build([area], root)


def test_a_placeholder_that_is_not_declared_is_text(generate: Generate) -> None:
    """A path can hold nothing else, and without it the operation could not be called."""
    document = answering({"type": "string"})
    document["paths"]["/thing/{thingId}"] = document["paths"].pop("/thing")
    module = generate(document)
    assert list(inspect.signature(module.get_thing).parameters)[:2] == ["client", "thing_id"]


@pytest.mark.parametrize("key", ["allOf", "anyOf", "oneOf"])
def test_references_that_multiply_are_followed_once(generate: Generate, key: str) -> None:
    """However many ways lead to a schema."""
    assert decoded(generate(lattice(key, 40)), {"a": "x", "b": "y"}).b == "y"


def test_a_schema_that_extends_itself_says_nothing_by_that(generate: Generate) -> None:
    """Its other parts count."""
    parts = [ref("B"), thing(a={"type": "string"})]
    module = generate(answering(ref("A"), A={"allOf": parts}, B={"allOf": [ref("A"), thing(b={})]}))
    value = decoded(module, {"a": "x", "b": 1})
    assert (value.a, value.b) == ("x", 1)


@pytest.mark.parametrize("path", ["/a/../b", "/a?x={y}", "/a b", "//evil.example/a", "/%2e%2e/a"])
def test_paths_that_lead_elsewhere_are_refused(
    root: Path, area: Area, store: Callable[[dict[str, Any]], Path], path: str
) -> None:
    """A path is a path: no arguments in its query, no way out."""
    document = answering({"type": "string"})
    document["paths"][path] = document["paths"].pop("/thing")
    store(document)
    with pytest.raises(ProblemsError, match="a path must not hold"):
        build([area], root)


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = copy.deepcopy(PARCELS)
    change(document)
    return document  # type: ignore[no-any-return]


def get_of(document: dict[str, Any]) -> Any:
    return document["paths"]["/depots/{depotID}/parcels"]["get"]


AT_GET = "/paths/~1depots~1{depotID}~1parcels/get"
SCHEMA_200 = "/paths/~1thing/get/responses/200/content/application~1json/schema"


@pytest.mark.parametrize(
    ("document", "where", "message"),
    [
        pytest.param(
            {"swagger": "1.2"},
            "/openapi",
            "OpenAPI 3.0, 3.1 or 3.2, got '1.2'",
            id="swagger",
        ),
        pytest.param(
            broken(lambda d: d.update(paths=[])),
            "/paths",
            "object of path items, got list",
            id="paths-list",
        ),
        pytest.param(
            broken(lambda d: get_of(d).update(operationId="send-parcel")),
            "/paths/~1depots~1{depotID}~1parcels/post/operationId",
            "taken by GET",
            id="name-twice",
        ),
        pytest.param(
            broken(lambda d: get_of(d).update({"x-trlyr-provenance": "rumour"})),
            AT_GET + "/x-trlyr-provenance",
            "provisional",
            id="provenance",
        ),
        pytest.param(
            answering({"enum": ["a", "\ud800"]}),
            SCHEMA_200 + "/enum/1",
            "'\\ud800' holds half a character",
            id="lone-surrogate",
        ),
        pytest.param(
            answering(thing(**{"x\udfff": {}})),
            SCHEMA_200 + "/properties",
            "not Unicode",
            id="lone-surrogate-in-a-name",
        ),
        pytest.param(
            answering({"$ref": "https://evil.example/x.json#/A"}),
            SCHEMA_200 + "/$ref",
            "outside this document",
            id="remote-reference",
        ),
        pytest.param(
            answering({"$ref": "other.json#/A"}),
            SCHEMA_200 + "/$ref",
            "outside this document",
            id="file-reference",
        ),
        pytest.param(
            answering(ref("Nothing")),
            SCHEMA_200 + "/$ref",
            "points to nothing",
            id="dangling-reference",
        ),
        pytest.param(
            answering({"allOf": [thing(a={"type": "string"}), thing(a={"type": "number"})]}),
            SCHEMA_200 + "/allOf/1/properties/a",
            "disagree",
            id="allOf-contradiction",
        ),
        pytest.param(
            answering({"type": "string", "enum": ["on", True]}),
            SCHEMA_200 + "/enum",
            "True is listed, which is no string",
            id="text-enum-without-quotes",
        ),
        pytest.param(
            answering(ref("E"), E={"type": "integer", "enum": [1, "2", None]}),
            "/components/schemas/E/enum",
            "'2' is listed, which is no integer",
            id="enum-of-another-type",
        ),
        pytest.param(
            answering({"type": "file"}),
            SCHEMA_200 + "/type",
            "unknown type 'file'",
            id="unknown-type",
        ),
    ],
)
def test_what_cannot_be_expressed_is_refused_and_located(
    root: Path,
    area: Area,
    store: Callable[[dict[str, Any]], Path],
    document: dict[str, Any],
    where: str,
    message: str,
) -> None:
    """The error names the document, the JSON pointer and the reason."""
    store(document)
    with pytest.raises(ProblemsError) as caught:
        build([area], root)
    matching = [one for one in caught.value.problems if one.where == where]
    assert matching, str(caught.value)
    assert message in matching[0].message
    assert matching[0].document == "specs/acme/parcels.json"


def test_all_problems_are_reported_together(
    root: Path, area: Area, store: Callable[[dict[str, Any]], Path]
) -> None:
    """One run tells everything that is wrong with a document."""
    document = answering(thing(a=ref("Nothing"), b={"type": "file"}, c={"type": "tuple"}))
    store(document)
    with pytest.raises(ProblemsError) as caught:
        build([area], root)
    assert len(caught.value.problems) == 3


def places_of(node: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in pairs:
        found.append((*at, key))
        if isinstance(value, dict | list):
            found += places_of(value, (*at, key))
    return found


JUNK: list[Any] = [None, 7, "junk", [], ["junk"], {}, {"junk": 1}, True, [None]]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_anywhere_is_refused_or_harmless_never_a_traceback(area: Area, junk: Any) -> None:
    """Whatever stands at whatever place, the answer is code or a list of problems."""
    refused = 0
    for place in places_of(PARCELS):
        document = copy.deepcopy(PARCELS)
        node: Any = document
        for key in place[:-1]:
            node = node[key]
        node[place[-1]] = junk
        try:
            area_code(normalise(check_frame(document, area.document)), "0" * 64, area)
        except ProblemsError as exc:
            refused += bool(exc.problems)
        except Exception as exc:
            exc.add_note(f"{junk!r} at {place}")
            raise
    assert refused


def test_a_schema_may_be_called_none(generate: Generate) -> None:
    """What has no reference does not refer to it."""
    module = generate(
        answering(thing(a=ref("None"), b={"type": "string"}), **{"None": thing(x={})})
    )
    assert decoded(module, {"a": {"x": 1}, "b": "y"}).a.x == 1
