"""A documentation page in Markdown -> the OpenAPI excerpt that it embeds.

A page about an operation ends in a fence whose first line names the document, the method and the
path (a fence of three backticks or more):

    ````yaml https://api.example.com/docs/doc.json get /things/{thingID}
    openapi: 3.1.0
    ...
    ````
"""

import re
from dataclasses import dataclass

from codegen.documents.document import Json
from codegen.documents.outline import METHODS
from codegen.documents.reading import check_frame
from codegen.documents.yaml12 import load_yaml
from codegen.problems import Problem, ProblemsError, pointer

_FENCE = re.compile(
    r"^(?P<fence>`{3,})ya?ml +(?P<url>\S+) +(?P<method>\w+) +(?P<path>/\S*) *\n"
    r"(?P<text>.*?)^(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\((https?://[^\s()]+\.md)\)|(?<!\()\b(https?://[^\s()<>]+\.md)\b")
_MAX_PAGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Excerpt:
    """The part of a document that one page shows, and the operation that the page is about."""

    page: str
    url: str
    method: str
    path: str
    document: Json


def excerpt_of(text: str, page: str) -> Excerpt | None:
    """The excerpt on a page, None when the page embeds none; raises ProblemsError."""
    if len(text) > _MAX_PAGE_BYTES:
        raise ProblemsError([Problem(page, "", f"page of more than {_MAX_PAGE_BYTES} characters")])
    found = list(_FENCE.finditer(text.replace("\r\n", "\n")))
    if not found:
        return None
    if len(found) > 1:
        raise ProblemsError([Problem(page, "", f"expected one OpenAPI excerpt, got {len(found)}")])
    match = found[0]
    method, path = match["method"].lower(), match["path"]
    document = check_frame(_yaml(match["text"], page), page)
    if method not in METHODS or method not in document.get("paths", {}).get(path, {}):
        where = pointer("paths", path, method)
        message = f"the page announces {method.upper()} {path}, which its excerpt does not declare"
        raise ProblemsError([Problem(page, where, message)])
    return Excerpt(page, match["url"], method, path, document)


def _yaml(text: str, page: str) -> object:
    try:
        return load_yaml(text)
    except ValueError as exc:
        message = f"the YAML excerpt cannot be read: {exc}"
        raise ProblemsError([Problem(page, "", message)]) from exc


def links_of(index: str, under: str) -> list[str]:
    """Page addresses in a documentation index (`llms.txt`) that start with `under`, sorted."""
    links = {match[1] or match[2] for match in _LINK.finditer(index)}
    return sorted(link for link in links if link.startswith(under))
