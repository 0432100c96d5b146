"""How values travel: the styles of parameters, and the media types of bodies."""

import re
from typing import NamedTuple

from codegen.documents.document import Json

HELPERS = (
    "checked", "checked_json", "comma_separated", "deep_object", "deprecated", "encoded_body",
    "exploded", "form_body", "json_text", "multipart_body", "path_text", "raw_body", "separated",
    "text_value",
)  # fmt: skip
"""Names that generated modules import besides types: no argument and no function may hide them."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.~-]+")
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_STYLES = {
    "path": {"simple", "label", "matrix"},
    "header": {"simple"},
    "cookie": {"form", "cookie"},
    "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
}
FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data"
_STYLE_WORDS = {"spaceDelimited": "spaces", "pipeDelimited": "pipes", "deepObject": "deep"}


class Encoding(NamedTuple):
    """How a value becomes text: `{it}` in `call` stands for the argument, `{wire}` for its name.

    `is_spread`: it becomes several parameters. Not `is_said`: OpenAPI says nothing of it.
    """

    call: str = "{it}"
    is_spread: bool = False
    is_said: bool = True

    def expression(self, python: str, wire: str) -> str:
        """The expression for the argument `python` that goes into a request."""
        return self.call.format(it=python, wire=repr(wire))


def encoding_of(parameter: Json, kind: str, parts: list[str], annotation: str) -> Encoding:
    """How a parameter travels whose schema is a JSON `kind` made of `parts`; or a ValueError."""
    place = parameter["in"]
    style = parameter.get("style", "form" if place in {"query", "cookie"} else "simple")
    explode = parameter.get("explode", style in {"form", "cookie"}) is not False
    if style not in _STYLES[place]:
        raise ValueError(f"cannot send a parameter in style {style!r} in the {place}")
    if style == "deepObject" and kind in {"array", "object"}:
        return Encoding("deep_object({wire}, {it})", is_spread=True)
    if style in {"label", "matrix"}:
        more = ", explode=True" if explode else ""
        return Encoding(f"path_text({{it}}, {{wire}}, {style!r}{more})")
    if kind not in {"array", "object"}:
        is_odd = place == "query" and not _PLAIN_NAME.fullmatch(parameter["name"])
        is_odd = is_odd and "datetime" in annotation
        return Encoding("text_value({it}, {wire})") if is_odd else Encoding()
    is_text = parts == ["string"] and "date" not in annotation
    return _of_several(kind, parts, place, style, explode=explode, is_text=is_text)


def _of_several(
    kind: str, parts: list[str], place: str, style: str, *, explode: bool, is_text: bool
) -> Encoding:
    is_spread = explode and place in {"query", "cookie"}
    if "object" in parts or ("array" in parts and not (kind == "object" and is_spread)):
        return Encoding(is_said=False)
    if is_spread:
        is_object = kind == "object"
        return Encoding("exploded({wire}, {it})", is_spread=True) if is_object else Encoding()
    more = ", explode=True" if explode and kind == "object" else ""
    if place == "header":  # where a comma cannot be encoded
        return Encoding(f"separated({{it}}, {{wire}}{more})")
    if more:
        return Encoding("path_text({it}, {wire}, explode=True)")
    if style in _SEPARATORS:
        return Encoding(f"separated({{it}}, {{wire}}, {_SEPARATORS[style]!r})")
    is_plain = is_text and kind == "array"
    return Encoding("comma_separated({it})" if is_plain else "comma_separated({it}, {wire})")


def is_json(media: str) -> bool:
    """Whether a media type is JSON."""
    kind = kind_of_media(media)
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def kind_of_media(media: str) -> str:
    """A media type without its parameters, in small letters."""
    return media.partition(";")[0].strip().lower()


def how_to_send(media: str) -> str:
    """How a body of a media type is made: `json`, `form`, `parts`, `text` or `bytes`."""
    kind = kind_of_media(media)
    if is_json(media):
        return "json"
    if kind in {FORM, _PARTS}:
        return "form" if kind == FORM else "parts"
    is_text = kind.startswith("text/") or kind.endswith(("/xml", "+xml", "/yaml", "+yaml"))
    return "text" if is_text else "bytes"


def form_styles(media: Json) -> dict[str, str]:
    """How the fields of a form travel that do not go the usual way."""
    found: dict[str, str] = {}
    for name, encoding in _encodings(media):
        if is_json(str(encoding.get("contentType", ""))):
            found[name] = "json"
        elif encoding.get("style", "form") != "form":
            found[name] = _STYLE_WORDS.get(encoding["style"], "commas")
        elif encoding.get("explode") is False:
            found[name] = "commas"
        elif encoding.get("explode") is True:
            found[name] = "exploded"
    return found


def part_types(media: Json) -> dict[str, str]:
    """The media types of the parts of a body for which the document has one."""
    return {
        name: encoding["contentType"].partition(",")[0].strip()
        for name, encoding in _encodings(media)
        if isinstance(encoding.get("contentType"), str) and "*" not in encoding["contentType"]
    }


def _encodings(media: Json) -> list[tuple[str, Json]]:
    given = media.get("encoding")
    pairs = given.items() if isinstance(given, dict) else ()
    return [(name, one) for name, one in pairs if isinstance(one, dict)]
