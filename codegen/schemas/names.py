"""The names of schemas in Python: those of the document, and inline ones on demand."""

from collections.abc import Container, Sequence

from codegen import naming
from codegen.documents.document import Json

__all__ = ["Names", "free_name"]

_TAKEN = frozenset({
    "Annotated", "Any", "ApiClient", "AwareDatetime", "CallOptions", "ClassVar", "Decimal", "False",
    "File", "Final", "Literal", "Mapping", "Meta", "Model", "None", "OPERATIONS", "Operation",
    "Request", "Sequence", "ServerSentEvent", "Stream", "True", "TypeAlias", "UNSET", "UUID",
    "Unknown", "Unpack", "UnsetType",
})  # fmt: skip
_LONGEST = 60


class Names:
    """Which schema has which name.

    Attributes:
        of_document: The name in Python of each schema of the document.
    """

    def __init__(self, schemas: Json) -> None:
        """Give every schema of the document its name; those that are good already keep theirs."""
        self.of_document: dict[str, str] = {}
        self._owners: dict[str, object] = {}
        for name in sorted(schemas, key=lambda key: (naming.class_name(key) != key, key)):
            free = naming.unique(_safe(naming.class_name(name)), self._owners)
            self.of_document[name] = free
            self._owners[free] = schemas[name]
        self._fixed = frozenset(self._owners)

    def for_inline(self, schema: object, hints: Sequence[str]) -> str:
        """A name for an inline schema: the first hint that is free; equal schemas share it."""
        wanted = [_safe(naming.class_name(hint)[:_LONGEST]) for hint in hints]
        for name in wanted:
            if name not in self._owners:
                self._owners[name] = schema
            if name not in self._fixed and self._owners[name] == schema:
                return name
        name = naming.unique(wanted[-1], self._owners)
        self._owners[name] = schema
        return name


def _safe(name: str) -> str:
    """A class name that does not hide anything that generated modules import."""
    return name + "Value" if name in _TAKEN else name


def free_name(name: str, taken: Container[str]) -> str:
    """A name for what a later stage adds."""
    return naming.unique(_safe(name), taken)
