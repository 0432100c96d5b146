"""Operations of a document -> what the template of `operations.py` needs."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from codegen import naming
from codegen.areas import Area
from codegen.documents.document import Json, OperationAt, operations
from codegen.functions.docstrings import Refusal, deprecation, describe
from codegen.functions.names import operation_names
from codegen.functions.parameters import Parameter, ParameterReader
from codegen.functions.responses import Success, success_of
from codegen.problems import Problems
from codegen.schemas.lenient import Lenient

__all__ = ["Function", "functions_of"]

_PROVENANCES = ("published", "documented", "partial", "provisional")
_MAPPINGS = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
_UNSAFE_PATH = re.compile(r"[\s\\\x00-\x20\x7f]|(?:^|/)(?:\.|%2[eE]){1,2}(?:/|$)|^//")
_LANES = ("urgent", "normal", "bulk")
_REPEATABLE = frozenset({"get", "head", "options", "put", "delete", "trace"})


@dataclass(frozen=True)
class Function:
    """One endpoint function and its operation."""

    name: str
    area: str
    method: str
    path: str
    provenance: str
    repeatable: bool
    authenticated: bool
    lane: str
    deprecation: str | None
    success: Success
    parameters: tuple[Parameter, ...]
    content_type: str | None
    docstring: str
    query: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def constant(self) -> str:
        """Name of the operation's constant."""
        return "_" + self.name.upper()

    def at(self, place: str) -> list[Parameter]:
        """The parameters of one place."""
        return [one for one in self.parameters if one.place == place]

    @property
    def signature(self) -> list[str]:
        """Every argument as it stands in the signature."""
        keywords = [one.signature for one in self.keywords]
        path = [one.signature for one in self.at("path")]
        star = ["*"] if keywords else []
        return ["client: ApiClient", *path, *star, *keywords, "**options: Unpack[CallOptions]"]

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
        if self.multipart:
            return [*arguments, "body=_body", "content_type=_content_type"]
        arguments += [f"body={one.value}" for one in self.at("body")]
        if self.content_type not in {None, "application/json"}:
            arguments.append(f"content_type={self.content_type!r}")
        return arguments

    @property
    def multipart(self) -> str:
        """The argument that is sent in parts; empty if there is none."""
        return next((p.python for p in self.at("body") if p.encoding.how == "multipart"), "")

    @property
    def helpers(self) -> set[str]:
        """Names of `energy_async.parameters` that the function uses."""
        calls = {one.value.partition("(")[0] for one in self.parameters if "(" in one.value}
        return calls | ({"multipart_body"} if self.multipart else set())

    @property
    def keywords(self) -> list[Parameter]:
        """Keyword-only parameters: required ones first."""
        return sorted(
            (p for p in self.parameters if p.place != "path"), key=lambda p: not p.required
        )


def functions_of(
    document: Json, area: Area, lenient: Lenient, problems: Problems, *, renames: bool = False
) -> list[Function]:
    """Every operation as a function, sorted by name.

    Of two with the same name the second is an error, unless `renames` lets both have another.
    """
    made: dict[str, Function] = {}
    places: dict[str, str] = {}
    found = list(operations(document))
    names = operation_names(found, distinct=renames)
    for operation in found:
        if _UNSAFE_PATH.search(operation.route) or "{" in operation.query:
            message = (
                "a path must not hold `.` or `..` segments, blanks or backslashes, nor a query with"
                " placeholders"
            )
            problems.add(operation.where, message)
            continue
        name = names[operation.where]
        if name in made:
            message = (
                f"the name {name} is taken by {places[name]}; give an operationId in the overlay"
            )
            problems.add(operation.where + "/operationId", message)
            continue
        places[name] = operation.label
        made[name] = _Builder(document, area, lenient, problems, operation, name).build()
    _check_replacements(document, made, problems)
    return [made[name] for name in sorted(made)]


def _check_replacements(document: Json, made: Container[str], problems: Problems) -> None:
    """What takes the place of a deprecated operation must be there."""
    for operation in operations(document):
        replacement = operation.body.get("x-replaced-by")
        if replacement is None:
            continue
        if not isinstance(replacement, str) or replacement not in made:
            where = operation.where + "/x-replaced-by"
            problems.add(where, f"no operation is called {replacement!r}")


class _Builder:
    """Puts one function together; what is wrong with its operation goes to `problems`."""

    def __init__(
        self,
        document: Json,
        area: Area,
        lenient: Lenient,
        problems: Problems,
        operation: OperationAt,
        name: str,
    ) -> None:
        self._document = document
        self._area = area
        self._lenient = lenient
        self._problems = problems
        self._at = operation
        self._name = name
        self._class = naming.class_name(name)

    def build(self) -> Function:
        body = self._at.body
        reader = ParameterReader(self._document, self._at, self._lenient, self._problems)
        parameters = reader.parameters()
        taken = {one.python for one in parameters}
        payload, content_type = reader.payload(taken, self._class + "Body")
        success = success_of(
            self._document, self._at, self._lenient, self._problems, self._class + "Response"
        )
        every = (*parameters, *payload)
        provenance = body.get("x-provenance", "published")
        if provenance not in _PROVENANCES:
            where = self._at.where + "/x-provenance"
            self._problems.add(where, f"expected one of {', '.join(_PROVENANCES)}")
        repeatable = body.get("x-repeatable", self._at.method in _REPEATABLE)
        lane = body.get("x-lane", "normal")
        if lane not in _LANES:
            self._problems.add(self._at.where + "/x-lane", f"expected one of {', '.join(_LANES)}")
        security = body.get("security", self._document.get("security")) or []
        return Function(
            name=self._name,
            area=self._area.module,
            method=self._at.method.upper(),
            path=self._at.route,
            provenance=provenance,
            repeatable=bool(repeatable),
            authenticated=bool(security) and {} not in security,
            lane=lane,
            deprecation=deprecation(self._at),
            success=success,
            parameters=every,
            content_type=content_type,
            docstring=describe(self._at, self._name, every, self._statuses()),
            query=self._fixed_query(every),
            source=str(body.get("x-source") or ""),
        )

    def _fixed_query(self, parameters: Sequence[Parameter]) -> tuple[tuple[str, str], ...]:
        """What stands in the path as a query, unless it is an argument too."""
        declared = {one.wire for one in parameters if one.place == "query"}
        return tuple(pair for pair in self._at.pairs.items() if pair[0] not in declared)

    def _statuses(self) -> list[Refusal]:
        """Declared statuses that are errors, with what the document calls them."""
        found = []
        for status, response in sorted(self._at.body["responses"].items()):
            if status[:1] in {"4", "5"}:
                try:
                    phrase = HTTPStatus(int(status)).phrase
                except ValueError:
                    phrase = status
                told = response if isinstance(response, dict) else {}
                about, error = told.get("description"), told.get("x-error")
                about = about if isinstance(about, str) and about else phrase
                found.append(Refusal(status, about, error if isinstance(error, str) else None))
        return found
