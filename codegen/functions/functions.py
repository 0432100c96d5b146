"""Operations of a document -> what the template of `operations.py` needs."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codegen import naming
from codegen.areas import Area
from codegen.documents.document import Json, OperationAt, opened, operations
from codegen.documents.outline import METHODS
from codegen.functions.bodies import Body, body_of
from codegen.functions.docstrings import deprecation, describe
from codegen.functions.encodings import HELPERS, is_json
from codegen.functions.names import operation_names
from codegen.functions.parameters import Parameter, parameters_of
from codegen.functions.responses import Success, errors_of, success_of
from codegen.functions.security import carries_token, credentials, requirements
from codegen.functions.servers import server_of
from codegen.problems import Problems, pointer
from codegen.schemas.library import Library
from codegen.schemas.shapes import PREFIX, names_in

_PROVENANCES = ("published", "observed", "documented", "partial", "provisional")
_MAPPINGS = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
_UNSAFE_PATH = re.compile(r"[\s\\\x00-\x20\x7f]|(?:^|/)(?:\.|%2[eE]){1,2}(?:/|$)|^//")
_CALLED = re.compile(r"(\w+)\(")
_LANES = ("urgent", "normal", "bulk")
_REPEATABLE = frozenset({"get", "head", "options", "put", "delete", "trace", "query"})


@dataclass(frozen=True)
class Function:
    """One endpoint function and its operation."""

    name: str
    area: str
    where: str
    method: str
    path: str
    provenance: str
    repeatable: bool
    authenticated: bool
    lane: str
    deprecation: str | None
    success: Success
    parameters: tuple[Parameter, ...]
    body: Body
    docstring: str
    query: tuple[tuple[str, str], ...] = ()
    source: str = ""
    security: tuple[tuple[str, ...], ...] = ()
    credentials: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    tolerant: bool = False
    client: str = ""
    server: str = ""
    statuses: tuple[str, ...] = ()

    @property
    def constant(self) -> str:
        """Name of the operation's constant."""
        return "_" + self.name.upper()

    def at(self, place: str) -> list[Parameter]:
        """The parameters of one place."""
        return [one for one in self.parameters if one.place == place]

    @property
    def needed(self) -> list[Parameter]:
        """The parameters without which there is no call."""
        return [one for one in self.parameters if one.required]

    @property
    def signature(self) -> list[str]:
        """Every argument as it stands in the signature."""
        keywords = [one.signature for one in self.keywords]
        path = [one.signature for one in self.at("path")]
        star = ["*"] if keywords else []
        client = f"ApiClient[Literal[{self.client!r}]]" if self.client else "ApiClient"
        return [f"client: {client}", *path, *star, *keywords, "**options: Unpack[CallOptions]"]

    @property
    def request(self) -> list[str]:
        """Every argument of the request that the function builds."""
        arguments = [self.constant]
        for place, name in _MAPPINGS.items():
            fixed = self.query if place == "query" else ()
            pairs = [f"{key!r}: {value!r}" for key, value in fixed]
            pairs += [one.entry for one in self.at(place)]
            if pairs:
                arguments.append(f"{name}={{{', '.join(pairs)}}}")
        if self.prepared:
            return [*arguments, "body=_body", "content_type=_content_type"]
        if self.body.call:
            arguments.append(f"body={self.body.call}")
        content_type = self.body.content_type
        if content_type not in {None, "application/json"}:
            arguments.append(f"content_type={content_type!r}")
        return arguments

    @property
    def prepared(self) -> str:
        """The call that gives a body along with its media type; empty where none is needed."""
        return self.body.call if self.body.content_type is None else ""

    @property
    def helpers(self) -> set[str]:
        """Names of `energy_async.forms` and `energy_async.parameters` that the function uses."""
        calls = [one.value for one in self.parameters if one.place in _MAPPINGS]
        return {name for one in (*calls, self.body.call) for name in _CALLED.findall(one)} & {
            *HELPERS
        }

    @property
    def keywords(self) -> list[Parameter]:
        """Keyword-only parameters: required ones first."""
        return sorted(
            (p for p in self.parameters if p.place != "path"), key=lambda p: not p.required
        )

    @property
    def types(self) -> list[str]:
        """Every type that the function or its operation has."""
        streaming = [self.success.streaming.item] if self.success.streaming else []
        own = [self.success.type, self.success.decoded, *streaming, *self.errors.values()]
        return own + [one.type for one in self.parameters]

    @property
    def public(self) -> list[str]:
        """The names of all that is made of the operation."""
        return list(filter(None, [self.name, self.iterator]))

    @property
    def iterator(self) -> str:
        """Name of the function that reads the answer bit by bit, besides; empty without one."""
        if self.success.streaming is None or self.success.is_stream:
            return ""
        return "iter_" + self.name.removeprefix("get_")


def helpers_of(functions: Iterable[Function]) -> dict[str, list[str]]:
    """The names that the functions use, by the module of `energy_async` that has them."""
    names = sorted({name for one in functions for name in one.helpers})
    forms = [name for name in names if name.endswith("_body")]
    return {"forms": forms, "parameters": [name for name in names if name not in forms]}


def names_used(functions: Iterable[Function]) -> set[str]:
    """Every name in the types of the functions and of their operations."""
    return {word for one in functions for text in one.types for word in names_in(text)}


def read_other_schemas(document: Json, library: Library) -> None:
    """Ask for what the document describes besides its operations: the bodies of webhooks.

    A document without operations is there for its schemas.
    """
    for name, item in document.get("webhooks", {}).items():
        for method in (one for one in METHODS if one in item):
            content = opened(document, item[method].get("requestBody")).get("content", {})
            for media in filter(is_json, content):
                where = pointer("webhooks", name, method, "requestBody", "content", media, "schema")
                if (schema := content[media].get("schema")) is not None:
                    library.shape([(schema, where)], naming.class_name(f"{name}_webhook"), "answer")
    if not any(True for _ in operations(document)):
        for name in document.get("components", {}).get("schemas", {}):
            reference = {"$ref": PREFIX + pointer(name)[1:]}
            library.shape([(reference, pointer("components", "schemas", name))], name, "answer")


def functions_of(
    document: Json, area: Area, library: Library, problems: Problems, *, is_own: bool
) -> list[Function]:
    """Every operation, sorted by the name of its function.

    Of two with the same name the second is an error, unless the package `is_own`: then both have
    another. What cannot be sent goes to `problems`.
    """
    found: dict[str, OperationAt] = {}
    names = operation_names([*operations(document)], distinct=is_own)
    for at in operations(document):
        name = names[at.where]
        if _UNSAFE_PATH.search(at.route) or "{" in at.query:
            message = (
                "a path must not hold `.` or `..` segments, blanks or backslashes, nor a query with"
                " placeholders"
            )
            problems.add(at.where, message)
        elif name in found:
            message = f"the name {name} is taken by {found[name].label}"
            problems.add(
                at.where + "/operationId", f"{message}; give an operationId in the overlay"
            )
        else:
            found[name] = at
    _check_replacements(document, found, problems)
    return [
        _function(document, area, found[name], name, library, problems, is_own=is_own)
        for name in sorted(found)
    ]


def _check_extensions(at: OperationAt, problems: Problems) -> None:
    for key, known in (("x-trlyr-provenance", _PROVENANCES), ("x-trlyr-lane", _LANES)):
        if at.body.get(key, known[0]) not in known:
            problems.add(f"{at.where}/{key}", f"expected one of {', '.join(known)}")


def _check_replacements(document: Json, made: Container[str], problems: Problems) -> None:
    for operation in operations(document):
        replacement = operation.body.get("x-trlyr-replaced-by")
        if replacement is None:
            continue
        if not isinstance(replacement, str) or replacement not in made:
            where = operation.where + "/x-trlyr-replaced-by"
            problems.add(where, f"no operation is called {replacement!r}")


def _function(
    document: Json,
    area: Area,
    at: OperationAt,
    name: str,
    library: Library,
    problems: Problems,
    *,
    is_own: bool,
) -> Function:
    _check_extensions(at, problems)
    hint = naming.class_name(name)
    parameters = parameters_of(document, at, library, problems)
    taken = {one.python for one in parameters}
    body = body_of(document, at, hint + "Body", taken, library, problems)
    every = (*parameters, *body.arguments)
    success = success_of(document, at, hint + "Response", library)
    errors = errors_of(document, at, hint + "Response", library)
    asked = requirements(document, at.body)
    return Function(
        name=name,
        area=area.module,
        where=at.where,
        method=at.method.upper(),
        path=at.route,
        provenance=at.body.get("x-trlyr-provenance", "published"),
        repeatable=bool(at.body.get("x-trlyr-repeatable", at.method in _REPEATABLE)),
        authenticated=carries_token(document, asked),
        lane=at.body.get("x-trlyr-lane", "normal"),
        deprecation=deprecation(at),
        success=success,
        parameters=every,
        body=body,
        docstring=describe(at, name, every, errors, is_own=is_own),
        query=_fixed_query(at, every),
        source=str(at.body.get("x-trlyr-source") or ""),
        security=asked if is_own else (),
        credentials=credentials(document, asked),
        errors=errors,
        tolerant=area.tolerant,
        client=area.client,
        server=server_of(document, at, problems),
        statuses=tuple(one for one in sorted(at.body["responses"]) if one[:1] in {"4", "5"}),
    )


def _fixed_query(at: OperationAt, parameters: Sequence[Parameter]) -> tuple[tuple[str, str], ...]:
    declared = {one.wire for one in parameters if one.place == "query"}
    return tuple(pair for pair in at.pairs.items() if pair[0] not in declared)
