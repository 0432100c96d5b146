"""How values travel: the styles of parameters and the media types of bodies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from codegen.documents.document import Json

__all__ = ["HELPERS", "Encoding", "encoding_of", "is_json", "media_of"]

HELPERS = (
    "comma_separated", "deep_object", "deprecated", "exploded", "form_body", "json_text",
    "multipart_body", "separated", "text_value",
)  # fmt: skip
"""Names that generated modules import besides types: no argument and no function may hide them."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.~-]+")
_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_STYLES = {
    "path": {"simple"},
    "header": {"simple"},
    "cookie": {"form"},
    "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
}
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Encoding:
    """How a value becomes text.

    Attributes:
        how: Empty for the transport's own way, else `commas`, `separated`, `deep`, `exploded`,
            `json`, `text`, `form`, `multipart`, or `unsaid` where OpenAPI leaves it open.
        separator: What stands between the parts of one that is `separated`.
    """

    how: str = ""
    separator: str = ","

    @property
    def is_spread(self) -> bool:
        """Whether one argument becomes several parameters."""
        return self.how in {"deep", "exploded"}

    def expression(self, python: str, wire: str) -> str:
        """The expression for the argument `python` that goes into a request."""
        second = f", {self.separator!r}" if self.separator != "," else ""
        calls = {
            "commas": f"comma_separated({python})",
            "separated": f"separated({python}, {wire!r}{second})",
            "deep": f"deep_object({wire!r}, {python})",
            "exploded": f"exploded({wire!r}, {python})",
            "json": f"json_text({python})",
            "text": f"text_value({python}, {wire!r})",
            "form": f"form_body({python})",
        }
        return calls.get(self.how, python)


def encoding_of(parameter: Json, kind: str, parts: list[str], annotation: str) -> Encoding:
    """How a parameter travels whose schema is a JSON `kind` made of `parts`.

    Raises:
        ValueError: Not in the style that is asked for.
    """
    place = parameter["in"]
    style = parameter.get("style", "form" if place in {"query", "cookie"} else "simple")
    is_exploded = parameter.get("explode", style == "form") is not False and place == "query"
    if style not in _STYLES[place]:
        raise ValueError(f"cannot send a parameter in style {style!r} in the {place}")
    if kind not in {"array", "object"}:
        is_odd = place == "query" and not _PLAIN_NAME.fullmatch(parameter["name"])
        return Encoding("text") if is_odd and "datetime" in annotation else Encoding()
    takes_lists = kind == "object" and (style == "deepObject" or is_exploded)
    if "object" in parts or ("array" in parts and not takes_lists):
        return Encoding("unsaid")
    if style == "deepObject":
        if kind == "array":
            raise ValueError("style 'deepObject' is for objects, got an array")
        return Encoding("deep")
    if is_exploded:
        return Encoding("exploded") if kind == "object" else Encoding()
    is_text = kind == "array" and parts == ["string"] and "date" not in annotation
    if is_text and _SEPARATORS[style] == ",":
        return Encoding("commas")
    return Encoding("separated", _SEPARATORS[style])


def is_json(media: str) -> bool:
    """Whether a media type is JSON."""
    kind = media.partition(";")[0].strip().lower()
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def media_of(content: Mapping[str, Json]) -> tuple[str | None, Encoding]:
    """The media type to send, and how: JSON before forms before bytes."""

    def rank(media: str) -> tuple[int, str]:
        kind = media.lower()
        order = (is_json(kind), kind.startswith(_FORM), kind.startswith("multipart/form-data"))
        return (order.index(True) if any(order) else len(order)), media

    if not content:
        return None, Encoding()
    best = min(content, key=rank)
    if best.lower().startswith(_FORM):
        return best, Encoding("form")
    if best.lower().startswith("multipart/form-data"):
        return best, Encoding("multipart")
    return best, Encoding()
