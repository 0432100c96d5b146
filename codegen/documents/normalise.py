"""The effective document: standard OpenAPI that says what the API does.

The sandbox validates requests against it and the code is generated from it. Schemas have the names
that they have in Python, and what the API of an area gets wrong everywhere is mended.
"""

import copy
import re
from collections import Counter
from collections.abc import Collection
from itertools import chain

from codegen.documents.document import Json, objects_in
from codegen.documents.mends import mend
from codegen.naming import class_name, safe_name, unique

_SCHEMAS = "#/components/schemas/"
_GO_NAME = re.compile(r"(?:[\w-]+[./])+(?P<name>[A-Za-z]\w*)")


def normalise(document: Json, mends: Collection[str] = ()) -> Json:
    """The effective document, with the mends of its area. The document given is left alone."""
    result = copy.deepcopy(document)
    mend(result, mends)
    _rename_schemas(result)
    return result


def _rename_schemas(document: Json) -> None:
    """`x-trlyr-python-name` renames a schema; a Go package in front of a name goes."""
    schemas: Json = document.get("components", {}).get("schemas", {})
    names = _new_names(schemas)
    if all(old == new for old, new in names.items()):
        return
    for node in objects_in(document):
        _keep_tags(names, node)
    document["components"]["schemas"] = {names[old]: schema for old, schema in schemas.items()}
    for schema in schemas.values():
        if isinstance(schema, dict):
            schema.pop("x-trlyr-python-name", None)
    for node in objects_in(document):
        _respell(names, node)


def _respell(names: dict[str, str], node: Json) -> None:
    """A name of a schema stands in `$ref` and among the values of a discriminator's `mapping`."""
    given = node.get("discriminator")
    mapping = given.get("mapping") if isinstance(given, dict) else {}
    mapping = mapping if isinstance(mapping, dict) else {}
    references = [(node, "$ref"), *((mapping, tag) for tag in mapping)]
    for holder, key in references:
        given = holder.get(key)
        if isinstance(given, str):
            old = given.removeprefix(_SCHEMAS).replace("~1", "/").replace("~0", "~")
            if given.startswith(_SCHEMAS) and old in names:
                holder[key] = _SCHEMAS + names[old]


def _new_names(schemas: Json) -> dict[str, str]:
    """New name of each schema; a short name that another schema has, or wants too, is not used."""
    wanted = {old: python_name(old, schema) for old, schema in schemas.items()}
    wishes = Counter(wanted.values())
    names: dict[str, str] = {}
    taken: set[str] = set()
    for old in sorted(schemas, key=lambda name: (wanted[name] != name, name)):
        is_clear = wishes[wanted[old]] == 1 or wanted[old] == old
        name = safe_name(wanted[old] if is_clear else class_name(old))
        names[old] = unique(name, taken)
        taken.add(names[old])
    return names


def python_name(old: str, schema: object) -> str:
    """The name that a schema would like to have in Python."""
    if isinstance(schema, dict) and isinstance(schema.get("x-trlyr-python-name"), str):
        return class_name(schema["x-trlyr-python-name"])
    match = _GO_NAME.fullmatch(old)
    return class_name(match["name"] if match else old)


def _keep_tags(names: dict[str, str], node: Json) -> None:
    """A member of a union without a tag of its own goes by its name: say so before it changes."""
    if not isinstance(node.get("discriminator"), dict):
        return
    mapping = node["discriminator"].setdefault("mapping", {})
    if not isinstance(mapping, dict):
        return
    mapped = {
        target.removeprefix(_SCHEMAS) for target in mapping.values() if isinstance(target, str)
    }
    lists = [many for key in ("oneOf", "anyOf") if isinstance(many := node.get(key), list)]
    for member in chain(*lists):
        name = str(member.get("$ref") if isinstance(member, dict) else "").removeprefix(_SCHEMAS)
        if names.get(name, name) != name and name not in mapped:
            mapping.setdefault(name, _SCHEMAS + name)
