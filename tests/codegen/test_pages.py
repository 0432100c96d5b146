"""Documentation pages -> one document, without upstream's sentences."""

import copy
import textwrap
from typing import Any

import pytest

from codegen.documents.merge import merge
from codegen.documents.pages import Excerpt, excerpt_of, links_of
from codegen.documents.prose import without_prose
from codegen.problems import ProblemsError

URL = "https://api.acme.example/parcels/doc.json"
YAML = """\
    openapi: 3.1.0
    info: {title: Acme, version: 1.0.0, description: Parcels and where they are.}
    externalDocs: {description: '', url: ''}
    paths:
      /parcels/{parcelID}:
        get:
          summary: Get a parcel
          description: Everything about a parcel.
          parameters:
            - {in: path, name: parcelID, required: true, schema: {type: string}}
          responses:
            200: {description: The parcel itself}
            '404': {description: Not Found}
    components:
      schemas:
        Parcel:
          type: object
          properties:
            description: {type: string, description: A word on it, example: fragile}
            sent: {type: string, example: 2026-03-01T00:00:00Z}
            note: {type: string, example: Please ring at the second door on the left.}
"""


def page(text: str = YAML, head: str = "get /parcels/{parcelID}") -> str:
    return f"# A parcel\n\nWords.\n\n````yaml {URL} {head}\n{textwrap.dedent(text)}````\n"


def excerpt(change: Any = None, name: str = "a.md") -> Excerpt:
    found = excerpt_of(page(), name)
    assert found is not None
    document = copy.deepcopy(found.document)
    if change:
        change(document)
    return Excerpt(name, URL, "get", "/parcels/{parcelID}", document)


def test_page_gives_the_document_it_is_an_excerpt_of() -> None:
    """Method, path and document stand in the fence; status codes and times are text."""
    found = excerpt()
    assert (found.url, found.method, found.path) == (URL, "get", "/parcels/{parcelID}")
    operation = found.document["paths"]["/parcels/{parcelID}"]["get"]
    assert sorted(operation["responses"]) == ["200", "404"]
    sent = found.document["components"]["schemas"]["Parcel"]["properties"]["sent"]
    assert sent["example"] == "2026-03-01T00:00:00Z"


def test_page_without_an_excerpt_is_no_error() -> None:
    """Guides stand among the pages of an index."""
    assert excerpt_of("# A guide\n\n```yaml\na: 1\n```\n", "guide.md") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(page("a: [1\n"), "cannot be read", id="broken-yaml"),
        pytest.param(page("- 1\n"), "expected a JSON object, got list", id="no-object"),
        pytest.param(
            page("swagger: '1.2'\n"),
            "OpenAPI 3.0, 3.1 or 3.2",
            id="no-openapi",
        ),
        pytest.param(page(head="post /parcels/{parcelID}"), "does not declare", id="other-method"),
        pytest.param(page(head="get /parcels"), "does not declare", id="other-path"),
        pytest.param(page() + page(), "expected one OpenAPI excerpt, got 2", id="two-excerpts"),
        pytest.param(page("a: &x [*x]\n"), "cannot be read", id="yaml-alias"),
        pytest.param(
            page("a: !!python/object/apply:os.getcwd []\n"), "cannot be read", id="yaml-tag"
        ),
        pytest.param(page("a: .nan\n"), "cannot be read", id="not-a-number"),
    ],
)
def test_bad_page_is_named(text: str, message: str) -> None:
    """The problem carries the page."""
    with pytest.raises(ProblemsError) as caught:
        excerpt_of(text, "bad.md")
    assert {one.document for one in caught.value.problems} == {"bad.md"}
    assert message in str(caught.value)


def test_excerpts_of_one_document_are_put_together() -> None:
    """Operations and schemas of all pages; what they share is there once."""

    def other(document: dict[str, Any]) -> None:
        document["paths"]["/parcels"] = {"get": {"responses": {"200": {"description": "OK"}}}}
        del document["paths"]["/parcels/{parcelID}"]
        document["components"]["schemas"]["Depot"] = {"type": "object"}

    merged = merge([excerpt(), excerpt(other, "b.md")])
    assert sorted(merged["paths"]) == ["/parcels", "/parcels/{parcelID}"]
    assert sorted(merged["components"]["schemas"]) == ["Depot", "Parcel"]
    assert merged == merge([excerpt(other, "b.md"), excerpt()])


def test_pages_that_disagree_are_all_named_and_none_is_picked() -> None:
    """A contradiction is upstream's to solve, or ours to look at."""

    def other(document: dict[str, Any]) -> None:
        document["info"]["version"] = "2.0.0"
        properties = document["components"]["schemas"]["Parcel"]["properties"]
        properties["sent"]["type"] = "number"
        properties["weight"] = {"type": "number"}
        del properties["note"]

    with pytest.raises(ProblemsError) as caught:
        merge([excerpt(), excerpt(other, "b.md")])
    parcel = "/components/schemas/Parcel/properties"
    assert [one.where for one in caught.value.problems] == [
        f"{parcel}/note",
        f"{parcel}/sent/type",
        f"{parcel}/weight",
        "/info/version",
    ]
    assert all(one.document == "b.md" for one in caught.value.problems)


def test_facts_stay_and_sentences_go() -> None:
    """Names (even one that is `description`), types, summaries and plain examples are facts."""
    facts, _ = without_prose(excerpt().document)
    operation = facts["paths"]["/parcels/{parcelID}"]["get"]
    assert operation["summary"] == "Get a parcel"
    assert "description" not in operation
    assert "description" not in facts["info"]
    assert "externalDocs" not in facts
    assert operation["responses"]["200"]["description"] == "OK"
    properties = facts["components"]["schemas"]["Parcel"]["properties"]
    assert properties["description"] == {"type": "string", "example": "fragile"}
    assert properties["sent"]["example"] == "2026-03-01T00:00:00Z"
    assert properties["note"] == {"type": "string"}


def test_fingerprint_tells_that_words_changed_though_facts_did_not() -> None:
    """A unit that moved in a description does not go unnoticed."""

    def reworded(document: dict[str, Any]) -> None:
        document["info"]["description"] = "Parcels, by now in pounds."

    facts, prose = without_prose(excerpt().document)
    other_facts, other_prose = without_prose(excerpt(reworded).document)
    assert facts == other_facts
    assert prose != other_prose
    assert prose == without_prose(excerpt().document)[1]


def test_links_of_an_index() -> None:
    """Pages of the area only, each once, whether in brackets or bare."""
    index = (
        "# Acme\n- [A](https://d.example/parcels/a.md): words\n- [B](https://d.example/other/b.md)\n"
        "see https://d.example/parcels/c.md and again (https://d.example/parcels/a.md)\n"
    )
    assert links_of(index, "https://d.example/parcels/") == [
        "https://d.example/parcels/a.md",
        "https://d.example/parcels/c.md",
    ]
