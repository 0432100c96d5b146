"""Names for Python from names in documents: always plain identifiers, never keywords."""

import keyword
import re
import unicodedata
from collections.abc import Container

from anyascii import anyascii

_WORDS = re.compile(
    r"[A-Z]{2,}s(?![a-z])"  # IDs
    r"|[KkMGT]Wh[0-9]*(?![a-z])"
    r"|[A-Z]+[0-9]+[A-Z]+(?![a-z])"  # B2B, H2O
    r"|[A-Z]+[0-9]*(?=[A-Z][a-z])"  # HTTPServer -> HTTP
    r"|[A-Z]?[a-z]+[0-9]*"  # a digit belongs to what it follows: sha256, co2, p3
    r"|[A-Z]+[0-9]*"
    r"|[0-9]+[a-z]*"
)
# Names that mean something in a generated module and so cannot be the name of a field.
_TAKEN_BY_MODULES = frozenset({
    "bool", "bytes", "date", "datetime", "dict", "field", "float", "int", "list", "str",
})  # fmt: skip
_TAKEN_BY_IMPORTS = frozenset({
    "Annotated", "Any", "ApiClient", "AwareDatetime", "CallOptions", "ClassVar", "Decimal", "False",
    "File", "Final", "Literal", "Mapping", "Meta", "Model", "None", "OPERATIONS", "Operation",
    "Request", "Sequence", "ServerSentEvent", "Stream", "True", "TypeAlias", "UNSET", "UUID",
    "Unknown", "Unpack", "UnsetType",
})  # fmt: skip
_UNIT_WORDS = {"%": " percent ", "/": " per ", "€": " eur ", "°": " degrees "}


def words(name: str) -> list[str]:
    """The lower-case words that a name of any style and script is made of, in ASCII."""
    return [word.lower() for word in _WORDS.findall(_ascii(name))]


def _ascii(name: str) -> str:
    """The name in Latin letters without accents, as far as there is a usual way to write it."""
    plain = unicodedata.normalize("NFKD", name.replace("\N{MICRO SIGN}", "u"))
    return str(anyascii(plain))


def snake_name(name: str, *, fallback: str = "value", taken: Container[str] = ()) -> str:
    """`virtualAssetID` -> `virtual_asset_id`; a keyword or a taken name gets a final underscore."""
    snake = "_".join(words(name)) or fallback
    if snake[0].isdigit():
        snake = f"{fallback}_{snake}"
    hides = keyword.iskeyword(snake) or snake in _TAKEN_BY_MODULES or snake in taken
    return snake + "_" if hides else snake


def class_name(name: str, *, fallback: str = "Schema") -> str:
    """`tolling_revenue` -> `TollingRevenue`; a name that already is one stays as it is."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) and not keyword.iskeyword(name):
        return name
    joined = "".join(
        word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", _ascii(name))
    )
    if not joined or joined[0].isdigit():
        joined = fallback + joined
    return joined


def constant_name(text: str, *, fallback: str = "VALUE") -> str:
    """`EUR/MWh` -> `EUR_PER_MWH`: a name for a constant that stands for `text`."""
    for sign, word in _UNIT_WORDS.items():
        text = text.replace(sign, word)
    name = "_".join(re.findall(r"[A-Z0-9]+", _ascii(text).upper())) or fallback
    return f"{fallback}_{name}" if name[0].isdigit() else name


def safe_name(name: str) -> str:
    """A class name that does not hide anything that generated modules import."""
    return name + "Value" if name in _TAKEN_BY_IMPORTS else name


def free_name(name: str, taken: Container[str]) -> str:
    """A class name that is neither taken nor hides anything."""
    return unique(safe_name(name), taken)


def unique(name: str, taken: Container[str]) -> str:
    """`name`, or `name` with the first number from 2 that is free.

    In a snake name the number keeps apart from digits; a class name has no underscores.
    """
    if name not in taken:
        return name
    stem = name + "_" if name[-1:].isdigit() and name.islower() else name
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"
