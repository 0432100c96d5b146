"""Documents nobody would write: every one gives a package that loads, or a list of problems."""

import copy
import importlib
import importlib.abc
import inspect
import re
import sys
import typing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen.documents.normalise import normalise
from codegen.documents.reading import check_frame
from codegen.package import made_of
from codegen.problems import ProblemsError

PACKAGE = "made_up"

# Texts that would show if they ever became code, and names that Python cannot take as they are.
HOSTILE = [
    '"""\nraise SystemExit("injected")\n"""',
    "'; raise SystemExit('injected'); '",
    "\\",
    "x\n    raise SystemExit('injected')",
    "{{ 1/0 }}{% raw %}",
    "\u2028\x00",
    "#}",
    "",
]
USUAL = [
    "A", "B", "C", "a-b", "a_b", "aB", "class", "list", "Any", "self", "client", "body", "body2",
    "options", "request", "headers", "models", "_client", "OPERATIONS", "Größe", "价格", "None",
    "1", "__class__", "ApiClient", "A2", "+1", "-1",
    "x'); raise SystemExit('injected') #", "{{ 1/0 }}",
]  # fmt: skip
NAMES = st.sampled_from([*USUAL * 6, *HOSTILE])
TEXTS = st.sampled_from(["x", "A sentence. Another.\n\nMore.", *HOSTILE])
GOOD = [f"#/components/schemas/{name}" for name in "ABC"]
BAD = [
    "#/components/schemas/Z", "#/components/schemas/A/properties/A", "#", "other.json#/A",
    "#/paths/~1a/get/responses/200/content/application~1json/schema",
]  # fmt: skip
REFERENCES = st.sampled_from([*GOOD * 25, *BAD])
REFS = st.builds(lambda to: {"$ref": to}, REFERENCES)
KINDS = st.sampled_from([
    *["string", "number", "integer", "boolean", "object", "array", "null"] * 10, "x"
])  # fmt: skip
VALUES = st.sampled_from(["a", "b", 1, 2, None, 1.5, True, [1], {"a": 1}, *HOSTILE])
LEAVES = st.one_of(
    REFS,
    st.sampled_from([{}, True, False, {"type": "string", "format": "binary"}]),
    st.fixed_dictionaries(
        {"type": KINDS},
        optional={
            "nullable": st.booleans(),
            "format": st.sampled_from(["date-time", "date", "uuid", "int64", "dateTime"]),
            "default": VALUES,
            "description": TEXTS,
            "x-trlyr-unit": TEXTS,
        },
    ),
    st.builds(lambda kinds: {"type": kinds}, st.lists(KINDS, max_size=3)),
    st.builds(lambda values: {"enum": values}, st.lists(VALUES, min_size=1, max_size=4)),
    st.builds(lambda value: {"const": value}, VALUES),
)


def _wider(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(children, max_size=3)
    named = st.dictionaries(NAMES, children, max_size=4)
    objects = st.fixed_dictionaries(
        {"properties": named},
        optional={
            "type": st.sampled_from(["object", ["object", "null"]]),
            "required": st.lists(NAMES, max_size=2),
            "additionalProperties": st.booleans() | children,
            "patternProperties": st.dictionaries(TEXTS, children, max_size=2),
            "description": TEXTS,
            "x-trlyr-python-name": NAMES,
            "$recursiveAnchor": st.booleans(),
        },
    )
    unions = st.builds(
        lambda base, key, members: {**base, key: members},
        st.just({}) | objects,
        st.sampled_from(["oneOf", "anyOf", "allOf"]),
        several,
    )
    tagged = st.builds(
        lambda members, discriminator: {"oneOf": members, "discriminator": discriminator},
        st.lists(REFS | children, min_size=1, max_size=3),
        st.fixed_dictionaries(
            {"propertyName": NAMES},
            optional={"mapping": st.dictionaries(NAMES, REFERENCES | NAMES, max_size=3)},
        ),
    )
    return st.one_of(
        objects,
        unions,
        tagged,
        st.builds(lambda items: {"type": "array", "items": items}, children),
        st.builds(lambda them: {"type": "array", "prefixItems": them}, several),
        st.builds(lambda one, key: {key: one}, children, st.sampled_from(["not"] * 9 + ["if"])),
        st.builds(lambda one: {**one, "items": {"$recursiveRef": "#"}}, objects),
    )


SCHEMAS = st.recursive(LEAVES, _wider, max_leaves=8)
MEDIA = st.sampled_from([
    "application/json", "application/hal+json; x", "text/plain", "multipart/form-data", "*/*",
    "application/x-www-form-urlencoded", "'x'",
])  # fmt: skip
MEDIA_TYPES: st.SearchStrategy[Any] = st.fixed_dictionaries({"schema": SCHEMAS}) | st.just({})
CONTENT = st.dictionaries(MEDIA, MEDIA_TYPES, max_size=2)
STYLES = [*["form", "simple", "deepObject", "pipeDelimited", "spaceDelimited"] * 9, "label"]
OWN_PARAMETERS = st.fixed_dictionaries(
    {
        "in": st.sampled_from([*["query", "header", "cookie"] * 9, "body"]),
        "name": NAMES,
        "schema": SCHEMAS,
    },
    optional={
        "content": CONTENT,
        "style": st.sampled_from(STYLES),
        "explode": st.booleans(),
        "required": st.booleans(),
        "description": TEXTS,
    },
)
PARAMETERS = OWN_PARAMETERS | st.just({"$ref": "#/components/parameters/P"})
OWN_RESPONSES = st.fixed_dictionaries({"description": TEXTS}, optional={"content": CONTENT})
RESPONSES = st.dictionaries(
    st.sampled_from(["200", "201", "202", "204", "2XX", "404", "default"]),
    OWN_RESPONSES | st.just({"$ref": "#/components/responses/R"}),
    min_size=1,
    max_size=3,
)
OWN_BODIES = st.fixed_dictionaries(
    {"content": st.dictionaries(MEDIA, MEDIA_TYPES, min_size=1, max_size=2)},
    optional={"required": st.booleans(), "description": TEXTS},
)
BODIES = OWN_BODIES | st.just({"$ref": "#/components/requestBodies/Q"})
SECURITY: st.SearchStrategy[Any] = st.lists(
    st.dictionaries(NAMES, st.just([]), max_size=2), max_size=2
)
OPERATIONS = st.fixed_dictionaries(
    {"responses": RESPONSES},
    optional={
        "operationId": NAMES,
        "tags": st.lists(NAMES, max_size=2),
        "summary": TEXTS,
        "description": TEXTS,
        "deprecated": st.booleans(),
        "security": SECURITY,
        "parameters": st.lists(PARAMETERS, max_size=3),
        "requestBody": BODIES,
    },
)
PATHS = st.sampled_from([
    "/a", "/b/{A}", "/c'd", "/{class}/{a-b}", "/a?x=1&A=", "/a#B", "/{A}/{A}", "/é", "/{a}.{b}",
])  # fmt: skip
SCHEMES = st.fixed_dictionaries(
    {"type": st.sampled_from(["apiKey", "http", "oauth2", "x"])},
    optional={
        "in": st.sampled_from(["header", "query", "cookie", "x"]),
        "name": NAMES,
        "scheme": st.sampled_from(["basic", "bearer", "Basic", "digest"]),
        "description": TEXTS,
    },
)
COMPONENTS = st.fixed_dictionaries(
    {
        "schemas": st.fixed_dictionaries(
            {"A": SCHEMAS, "B": SCHEMAS, "C": SCHEMAS},
            optional={"pkg.a-b": SCHEMAS, "a_b": SCHEMAS},
        ),
        "parameters": st.fixed_dictionaries({"P": OWN_PARAMETERS}),
        "responses": st.fixed_dictionaries({"R": OWN_RESPONSES}),
        "requestBodies": st.fixed_dictionaries({"Q": OWN_BODIES}),
        "securitySchemes": st.dictionaries(NAMES, SCHEMES, max_size=3),
    }
)


def _declared(document: Any) -> Any:
    """The document with all parameters declared that its paths have, and no others in a path."""
    for path, item in document["paths"].items():
        for operation in item.values():
            names = re.findall(r"\{([^{}]*)\}", path)
            given = [one for one in operation.get("parameters", []) if one.get("in") != "path"]
            missing = [
                {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
                for name in names
            ]
            operation["parameters"] = [*given, *missing]
    return document


FRAMES = st.fixed_dictionaries(
    {
        "openapi": st.sampled_from(["3.0.3", "3.1.0"]),
        "info": st.fixed_dictionaries({"title": TEXTS, "version": st.just("1")}),
        "paths": st.dictionaries(
            PATHS,
            st.dictionaries(
                st.sampled_from(["get", "post", "delete"]), OPERATIONS, min_size=1, max_size=2
            ),
            min_size=1,
            max_size=3,
        ),
        "components": COMPONENTS,
    },
    optional={
        "security": SECURITY,
        "servers": st.lists(
            st.builds(lambda url: {"url": url}, TEXTS | st.just("https://a.example/{x}")),
            max_size=1,
        ),
    },
)
DOCUMENTS = FRAMES.map(_declared)
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 7, 1e400, "junk", [], ["junk"], {}, {"junk": 1}, True, [None], {"": {}}, "\ud800"]
)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of every object and array, as container and key."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in pairs:
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _spoilt(document: Any, changes: Sequence[tuple[int, Any]]) -> Any:
    """The document with junk at some of its places."""
    document = copy.deepcopy(document)
    for number, junk in changes:
        places = list(_places(document))
        holder, key = places[-1 - number % len(places)]
        holder[key] = copy.deepcopy(junk)
    return document


SPOILT = st.builds(
    _spoilt, DOCUMENTS, st.lists(st.tuples(st.integers(0, 999), JUNK), min_size=1, max_size=2)
)


class _Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the modules of a package from their texts."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        base = name.replace(".", "/")
        for location in (f"{base}/__init__.py", f"{base}.py"):
            if location in self._files:
                is_package = location.endswith("__init__.py")
                return ModuleSpec(name, self, origin=location, is_package=is_package)
        return None

    def exec_module(self, module: ModuleType) -> None:
        origin = str(module.__spec__.origin if module.__spec__ else "")
        exec(compile(self._files[origin], origin, "exec"), module.__dict__)


@contextmanager
def importable(files: dict[str, str]) -> Iterator[None]:
    """While the package can be imported."""
    finder = _Sources(files)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [one for one in sys.modules if one.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def outcome(document: Any) -> str:
    """`built` or `refused`; anything else is an exception."""
    try:
        effective = normalise(check_frame(document, "made-up"))
        files = made_of(effective, "made-up", "0" * 64, PACKAGE).files
    except ProblemsError as exc:
        places = [str(problem) for problem in exc.problems]
    else:
        check_package(files)
        return "built"
    assert places
    assert all(place.startswith("made-up#") for place in places)
    return "refused"


def check_package(files: dict[str, str]) -> None:
    """Import every module, use every name that it offers, build every decoder."""
    with importable(files):
        check_client(importlib.import_module(PACKAGE))
        for path in sorted(files):
            files[path].encode()
            if path.endswith(".py"):
                name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                check_module(importlib.import_module(name))


def check_client(package: ModuleType) -> None:
    """A client can be made, with every key that it may have."""
    (name,) = [one for one in package.__all__ if one[0].isupper()]
    client = getattr(package, name)
    keywords = inspect.signature(client).parameters.values()
    keys = [one.name for one in keywords if one.annotation == "str | None"]
    client("token", base_url="https://a.example", backend=object(), **dict.fromkeys(keys, "k"))


def check_module(module: ModuleType) -> None:
    """All that the module lists is there; its operations can be called and decoded."""
    for name in getattr(module, "__all__", ()):
        getattr(module, name)
    for name, operation in getattr(module, "OPERATIONS", {}).items():
        typing.get_type_hints(getattr(module, name))
        if operation.wants_json:
            msgspec.json.Decoder(operation.returns)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS)
def test_made_up_documents_give_a_package_that_loads_or_problems(document: Any) -> None:
    """Never a traceback, never Python that does not compile, never text that becomes code."""
    outcome(document)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(SPOILT)
def test_made_up_documents_with_junk_in_them_do_no_worse(document: Any) -> None:
    """Whatever stands wherever."""
    outcome(document)
