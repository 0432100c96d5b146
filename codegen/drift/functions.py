"""What a new document means for those who use the client: what breaks, what does not.

Compared is what Python code sees: the interfaces of two effective documents. What is sent and what
is received are judged differently: a server that takes more, or gives less variety, harms nobody;
the reverse may.
"""

from collections.abc import Iterator

from codegen.documents.document import Json, skeleton
from codegen.drift.models import compare_models, renamed_schemas
from codegen.drift.values import Values, is_within
from codegen.drift.verdicts import Change, Subject
from codegen.functions.functions import Function
from codegen.functions.parameters import Parameter
from codegen.interface import Interface

_SENT = Values(is_sent=True, is_received=False)


def compare(old: Interface, new: Interface, area: str) -> list[Change]:
    """Every change from the old interface of `area` to the new one, the breaking ones first."""
    names = renamed_schemas(old, new)
    found = {
        Subject(f"{area}.models.{name}").breaking(f"renamed to {heir}", "imports fail")
        for name, heir in names.items()
    }
    old = old.with_names(names)
    found |= {*_functions(old, new, area), *compare_models(old, new, f"{area}.models")}
    return sorted(found, key=lambda change: change.sort_key)


def compare_servers(old: Json, new: Json, area: str) -> Iterator[Change]:
    """Addresses that upstream names no longer, or names now.

    A package made of one document asks at its first address; our clients have addresses of their
    own, which somebody must look at.
    """
    before, after = _servers(old), _servers(new)
    subject = Subject(area)
    for one in sorted({*before} - {*after}):
        yield subject.breaking(f"server {one} gone", "requests to it may fail", hits=True)
    if before[:1] != after[:1] and before and before[0] in after:
        what = f"the first server is {after[0]}, was {before[0]}"
        yield subject.breaking(what, "it is where a package made of the document asks")
    for one in sorted({*after} - {*before}):
        yield subject.compatible(f"server {one} is new")


def _servers(document: Json) -> list[str]:
    servers = document.get("servers")
    listed = servers if isinstance(servers, list) else []
    return [str(one["url"]).rstrip("/") for one in listed if isinstance(one, dict) and "url" in one]


def _functions(old: Interface, new: Interface, area: str) -> Iterator[Change]:
    now_called = {_address(one): name for name, one in new.functions.items()}
    once_called = {_address(one) for one in old.functions.values()}
    for name, one in old.functions.items():
        subject = Subject(f"{area}.{name}()", _place(one))
        heir = name if name in new.functions else now_called.get(_address(one))
        if heir is None:
            why = "calls fail: AttributeError, or 404 from a release that is in use"
            yield subject.breaking("gone", why, hits=True)
            continue
        if heir != name:
            yield subject.breaking(f"renamed to {heir}()", "calls fail: AttributeError")
        other = new.functions[heir]
        subject = Subject(f"{area}.{heir}()", _place(other))
        yield from _request(one, other, subject)
        yield from _success(one, other, subject)
        yield from _manner(one, other, subject)
        yield from _credentials(one, other, subject)
    for name, one in new.functions.items():
        if name not in old.functions and _address(one) not in once_called:
            yield Subject(f"{area}.{name}()", _place(one)).compatible(f"new, {one.provenance}")


def _credentials(old: Function, new: Function, subject: Subject) -> Iterator[Change]:
    """Ways to be let in that are new or gone; whether a token is needed is for `_manner`."""
    was, now = old.credentials, new.credentials
    before, after = set(was.split(" or ")), set(now.split(" or "))
    is_in_manner = was == "nothing" and new.authenticated
    if before - after and "nothing" not in after and not is_in_manner:
        yield subject.breaking(
            f"asks for {now}, was {was}", "calls are turned away: 401", hits=True
        )
    elif after - before and was != "nothing":
        what = f"takes {' or '.join(sorted(after - before))} as well as {was}"
        yield subject.compatible(what, "the old way still works")


def _place(one: Function) -> str:
    return f"{one.method} {one.path}"


def _address(one: Function) -> str:
    return f"{one.method} {skeleton(one.path)}"


def _request(old: Function, new: Function, subject: Subject) -> Iterator[Change]:
    if _address(old) != _address(new):
        why = "the call stays as it is; releases in use ask at the old place"
        yield subject.compatible(f"moved: {_place(old)} -> {_place(new)}", why, hits=True)
    if old.server != new.server:
        what = f"goes to {new.server or 'the base URL'}, was {old.server or 'the base URL'}"
        yield subject.breaking(what, "releases in use ask, and log in, at the old one", hits=True)
    was, now = old.body.content_type, new.body.content_type
    if was != now and was and now:
        what = f"body is sent as {now}, was {was}"
        yield subject.compatible(what, hits=True)
    before, after = ([one.python for one in made.at("path")] for made in (old, new))
    if before != after and sorted(before) == sorted(after):
        what = f"positional arguments reordered: {', '.join(before)} -> {', '.join(after)}"
        yield subject.breaking(what, "calls by position swap them")
    yield from _parameters(old, new, subject)


def _parameters(old: Function, new: Function, subject: Subject) -> Iterator[Change]:
    before = {one.python: one for one in old.parameters}
    after = {one.python: one for one in new.parameters}
    new_placeholders: set[str] = set()
    for name in sorted(before.keys() - after.keys()):
        one = before[name]
        heir = _heir(one, [after[key] for key in sorted(after.keys() - before.keys())])
        became = f"renamed to {heir.python!r}" if heir else "gone"
        if heir and heir.place == "path":
            new_placeholders.add(heir.python)
        hits = one.place == "body" or (one.place == "path" and heir is None)
        what = f"{_kind(one)} {name!r} {became}"
        yield subject.breaking(what, "calls that pass it fail: TypeError", hits=hits)
    for name in sorted(after.keys() - before.keys() - new_placeholders):
        it = f"{_kind(after[name])} {name!r}"
        if after[name].required:
            why = "calls without it fail: TypeError, or 400 from a release in use"
            yield subject.breaking(f"{it} is new and required", why, hits=True)
        else:
            yield subject.compatible(f"{it} is new and optional")
    for name in sorted(before.keys() & after.keys()):
        yield from _travel(before[name], after[name], subject)
        yield from _value(before[name], after[name], subject)


def _kind(one: Parameter) -> str:
    return {"path": "argument", "body": "body"}.get(one.place, "keyword")


def _heir(old: Parameter, candidates: list[Parameter]) -> Parameter | None:
    """What an argument was probably renamed to: the only newcomer of its place and type."""
    alike = [one for one in candidates if (one.place, one.type) == (old.place, old.type)]
    return alike[0] if len(alike) == 1 else None


def _travel(old: Parameter, new: Parameter, subject: Subject) -> Iterator[Change]:
    it = f"{_kind(new)} {new.python!r}"
    if (old.place == "path") != (new.place == "path"):
        what = f"{_kind(old)} {old.python!r} is now {new.place} parameter, was {old.place}"
        yield subject.breaking(what, "position and keyword are not interchangeable", hits=True)
    elif _seat(old) != _seat(new):
        was, now = (f"{one.wire!r} in the {one.place}" for one in (old, new))
        what = f"{it} travels as {now}, was {was}"
        yield subject.compatible(what, "the call stays as it is", hits=True)
    elif old.encoding != new.encoding:
        what = f"{it} travels in another style"
        yield subject.compatible(what, "the call stays as it is", hits=True)


def _seat(one: Parameter) -> tuple[str, str]:
    """What the server sees of a parameter beside its value; placeholders have no name there."""
    return one.place, "" if one.place == "path" else one.wire


def _value(old: Parameter, new: Parameter, subject: Subject) -> Iterator[Change]:
    it = f"{_kind(new)} {new.python!r}"
    if new.required and not old.required:
        why = "calls without it fail: TypeError"
        yield subject.breaking(f"{it} is now required", why, hits=True)
    elif old.required and not new.required:
        yield subject.compatible(f"{it} is now optional")
    yield from _SENT.types(old.type, new.type, subject, f"{it}: ")
    yield from _SENT.schemas(old.source, new.source, subject, f"{it}: ")
    was, now = (one.about.endswith("Deprecated.") for one in (old, new))
    if was != now:
        yield subject.compatible(f"{it} is {'deprecated' if now else 'no longer deprecated'}")
    yield from subject.reworded(it, old.about, new.about)


def _success(old: Function, new: Function, subject: Subject) -> Iterator[Change]:
    before, after = old.success.type, new.success.type
    what = f"gives {after}, was {before}"
    if before != after and (before == "None" or is_within(after, before)):
        yield subject.compatible(what, "what reads the old answer reads the new one")
    elif before != after:
        yield subject.breaking(what, "code that uses the answer fails", hits=True)
    for status, was in sorted(old.errors.items()):
        now = new.errors.get(status, "None")
        if now != was and status in new.statuses and not is_within(now, was):
            what = f"an error {status} has content {now}, was {was}"
            yield subject.breaking(what, "code that reads it fails", hits=True)


def _manner(old: Function, new: Function, subject: Subject) -> Iterator[Change]:
    if old.authenticated != new.authenticated:
        what = "needs a token now" if new.authenticated else "needs no token any more"
        yield subject.compatible(what, "the client sees to it", hits=new.authenticated)
    if old.repeatable != new.repeatable:
        what = "is repeated after a failure now" if new.repeatable else "is no longer repeated"
        why = "" if new.repeatable else "a broken connection raises OutcomeUnknown"
        yield subject.compatible(what, why)
    if old.lane != new.lane:
        yield subject.compatible(f"takes the {new.lane} lane, was {old.lane}")
    if old.provenance != new.provenance:
        why = "the first call warns" if new.provenance == "provisional" else ""
        yield subject.compatible(f"provenance {old.provenance} -> {new.provenance}", why)
    if new.deprecation and old.deprecation != new.deprecation:
        yield subject.compatible(new.deprecation, "calls warn")
    elif old.deprecation != new.deprecation:
        yield subject.cosmetic("no longer deprecated")
    for status in sorted({*new.statuses} - {*old.statuses}):
        is_limit = status == "429"
        why = "calls are limited: repeated later, or RateLimited" if is_limit else ""
        yield subject.compatible(f"may answer {status} now", why, hits=is_limit)
    for status in sorted({*old.statuses} - {*new.statuses}):
        yield subject.compatible(f"answers {status} no longer")
    if old.docstring != new.docstring and _noted(old) == _noted(new):
        yield subject.cosmetic("documented in other words")


def _noted(one: Function) -> object:
    """What a docstring repeats: a change of it has a line of its own."""
    about = [(parameter.python, parameter.about, parameter.type) for parameter in one.parameters]
    return one.provenance, one.deprecation, one.statuses, one.errors, about
