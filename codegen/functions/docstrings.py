"""Docstrings of endpoint functions."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from codegen import docs, naming
from codegen.documents.document import OperationAt
from codegen.functions.parameters import Parameter

_ERRORS = {
    "400": "BadRequest",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "409": "Conflict",
    "422": "BadRequest",
    "429": "RateLimited",
}
_PROVENANCE = {
    "published": "Known from its published OpenAPI description.",
    "observed": "Observed: {} of the real API, the latest of {}, had it answer as described here.",
    "documented": "Known from its documentation page: path, parameters and answer were read there.",
    "partial": "Partly known: the path was read on a page, the shape of the answer was not.",
    "provisional": (
        "Provisional: promised by the documentation, but its path was not read. The path, and what"
        " is not said to be documented, follow its siblings and may be wrong; the first call warns."
    ),
}


def describe(
    at: OperationAt,
    name: str,
    parameters: Sequence[Parameter],
    errors: Mapping[str, str],
    *,
    is_own: bool,
) -> str:
    """The whole docstring of one function; a package of its own need not say how it is known."""
    fallback = " ".join(naming.words(name)).capitalize()
    summary, paragraphs = docs.summary_and_rest(_text(at, is_own=is_own), fallback, 4)
    seen = at.body.get("x-trlyr-observed") or {}
    count = seen.get("records", 1)
    known = "" if is_own else "published"
    known = _PROVENANCE.get(str(at.body.get("x-trlyr-provenance", known)), "").format(
        f"{count} record{'' if count == 1 else 's'}", seen.get("date", "unknown date")
    )
    paragraphs = [*paragraphs, deprecation(at) or "", known]
    sections = [_arguments(parameters), _raises(at, parameters, errors), _source(at)]
    return docs.block(summary, filter(None, paragraphs), filter(None, sections), 4)


def _text(at: OperationAt, *, is_own: bool) -> str:
    summary, description = (at.body.get(key) for key in ("summary", "description"))
    summary = summary.strip() if isinstance(summary, str) else ""
    description = description.strip() if isinstance(description, str) else ""
    if not is_own or not summary or description.startswith(summary.rstrip(".")):
        return description or summary
    return f"{summary}\n\n{description}"


def deprecation(at: OperationAt) -> str | None:
    """What a deprecated operation warns of; None for the others."""
    if at.body.get("deprecated") is not True:
        return None
    replacement = at.body.get("x-trlyr-replaced-by")
    return f"Deprecated by upstream{f'; use `{replacement}`' if replacement else ''}."


def _arguments(parameters: Sequence[Parameter]) -> str:
    """All arguments or none: a section about some only would look like an oversight."""
    if not any(one.about for one in parameters):
        return ""
    lines = [docs.item("client", "The client that sends the request.", 8)]
    lines += [
        docs.item(one.python, docs.sentence(one.about or _spoken(one)), 8) for one in parameters
    ]
    lines.append(docs.item("**options", "What this one call sets; see `CallOptions`.", 8))
    return "    Args:\n" + "\n".join(lines)


def _spoken(parameter: Parameter) -> str:
    """A few words on an argument that the document says nothing of."""
    match [*naming.words(parameter.wire)]:
        case ["start"] | ["end"]:
            return f"{parameter.wire.capitalize()} of the range."
        case [*what, "id"] if what:
            return f"Id of the {' '.join(what)}."
        case spoken:
            return f"The {' '.join(spoken) or parameter.wire}."


def _raises(at: OperationAt, parameters: Sequence[Parameter], errors: Mapping[str, str]) -> str:
    """Declared statuses that are errors, under our classes, and what arguments may not be."""
    entries: dict[str, list[str]] = {}
    for status, response in sorted(at.body["responses"].items()):
        if status[:1] in {"4", "5"}:
            given = response if isinstance(response, dict) else {}
            usual = _ERRORS.get(status, "ServerError" if status[0] == "5" else "StatusError")
            about, named = given.get("description"), given.get("x-trlyr-error")
            about = about if isinstance(about, str) and about else _phrase(status)
            text = f"{status} {about.strip().removesuffix('.')}".strip()
            text += f" (`content`: `{errors[status]}`)" if status in errors else ""
            entries.setdefault(named if isinstance(named, str) else usual, []).append(text)
    lines = [docs.item(error, "; ".join(texts) + ".", 8) for error, texts in entries.items()]
    times = [one.python for one in parameters if one.type == "datetime"]
    if times:
        text = "A time has no zone"
        text += ", or `end` lies before `start`." if {"start", "end"} <= set(times) else "."
        lines.append(docs.item("ValueError", text, 8))
    return "    Raises:\n" + "\n".join(lines) if lines else ""


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return status


def _source(at: OperationAt) -> str:
    names = ("x-trlyr-source", "x-trlyr-read", "x-trlyr-page-modified")
    source, read, page = map(at.body.get, names)
    if not isinstance(source, str):
        return ""
    line = f"    Source: {source}"
    if not read:
        return line
    dates = f"(read {read}{f'; page modified {page}' if page else ''})"
    return f"{line} {dates}" if len(line) + len(dates) < docs.WIDTH else f"{line}\n    {dates}"
