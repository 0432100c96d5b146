"""What a new document means for those who use the client: what breaks, what does not.

Compared is what Python code sees: the interfaces of two effective documents. `breaking` is a
change after which code written for the old client can fail, or compute something else, once it
runs on the new one; `compatible` one that such code survives; `cosmetic` one that it cannot
notice. What is sent and what is received are judged differently: a server that takes more, or
gives less variety, harms nobody; the reverse may.
"""

from collections.abc import Iterator

from codegen.documents.document import Json, skeleton
from codegen.drift.limits import compare_limits
from codegen.drift.models import compare_models
from codegen.drift.subtypes import is_within
from codegen.drift.verdicts import Change, breaking, compatible, cosmetic, reworded
from codegen.functions.functions import Function
from codegen.functions.parameters import Parameter
from codegen.interface import Interface

__all__ = ["compare", "compare_servers"]

_GONE = "calls fail: AttributeError, or 404 from a release that is in use"


def compare(old: Interface, new: Interface, area: str) -> list[Change]:
    """Every change from the old interface of `area` to the new one, the breaking ones first."""
    found = {*_functions(old, new, area), *compare_models(old, new, f"{area}.models")}
    return sorted(found, key=lambda change: change.sort_key)


def compare_servers(old: Json, new: Json, area: str) -> list[Change]:
    """Addresses that upstream names no longer, or names now.

    A package made of one document asks at its first address; our clients have addresses of their
    own, which somebody must look at.
    """
    before, after = _servers(old), _servers(new)
    found = [
        breaking(area, f"server {one} gone", "requests to it may fail", hits_released=True)
        for one in sorted({*before} - {*after})
    ]
    if before[:1] != after[:1] and before and before[0] in after:
        what = f"the first server is {after[0]}, was {before[0]}"
        found.append(breaking(area, what, "it is where a package made of the document asks"))
    return found + [
        compatible(area, f"server {one} is new") for one in sorted({*after} - {*before})
    ]


def _servers(document: Json) -> list[str]:
    servers = document.get("servers")
    listed = servers if isinstance(servers, list) else []
    return [str(one["url"]).rstrip("/") for one in listed if isinstance(one, dict) and "url" in one]


def _functions(old: Interface, new: Interface, area: str) -> Iterator[Change]:
    now_called = {_address(one): name for name, one in new.functions.items()}
    once_called = {_address(one): name for name, one in old.functions.items()}
    for name, one in old.functions.items():
        subject = f"{area}.{name}()"
        if name in new.functions:
            yield from _function(one, new.functions[name], subject)
            yield from _credentials(old.credentials[name], new.credentials[name], subject, one)
        elif _address(one) in now_called:
            renamed = now_called[_address(one)]
            yield breaking(
                subject,
                f"renamed to {renamed}()",
                "calls fail: AttributeError",
                operation=_place(one),
            )
            yield from _function(one, new.functions[renamed], f"{area}.{renamed}()")
        else:
            yield breaking(subject, "gone", _GONE, operation=_place(one), hits_released=True)
    for name, one in new.functions.items():
        if name not in old.functions and _address(one) not in once_called:
            yield compatible(f"{area}.{name}()", f"new, {one.provenance}", operation=_place(one))


def _credentials(was: str, now: str, subject: str, one: Function) -> Iterator[Change]:
    """Ways to be let in that are new or gone; whether a token is needed is for `_manner`."""
    before, after = set(was.split(" or ")), set(now.split(" or "))
    if before - after and was != "nothing" and now != "nothing":
        yield breaking(subject, f"asks for {now}, was {was}", "calls are turned away: 401",
                       operation=_place(one), hits_released=True)  # fmt: skip
    elif after - before and was != "nothing":
        what = f"takes {' or '.join(sorted(after - before))} as well as {was}"
        yield compatible(subject, what, "the old way still works", operation=_place(one))


def _place(one: Function) -> str:
    return f"{one.method} {one.path}"


def _address(one: Function) -> str:
    """What the server sees of a place."""
    return f"{one.method} {skeleton(one.path)}"


def _function(old: Function, new: Function, subject: str) -> Iterator[Change]:
    label = _place(new)
    yield from _request(old, new, subject, label)
    yield from _success(old, new, subject, label)
    yield from _manner(old, new, subject, label)


def _request(old: Function, new: Function, subject: str, label: str) -> Iterator[Change]:
    if _address(old) != _address(new):
        yield compatible(
            subject,
            f"moved: {_place(old)} -> {label}",
            "the call stays as it is; releases in use ask at the old place",
            operation=label,
            hits_released=True,
        )
    if old.server != new.server:
        what = f"goes to {new.server or 'the base URL'}, was {old.server or 'the base URL'}"
        yield breaking(subject, what, "releases in use ask, and log in, at the old one",
                       operation=label, hits_released=True)  # fmt: skip
    if old.content_type != new.content_type and old.content_type and new.content_type:
        what = f"body is sent as {new.content_type}, was {old.content_type}"
        yield compatible(subject, what, operation=label, hits_released=True)
    before = [one.python for one in old.at("path")]
    after = [one.python for one in new.at("path")]
    if before != after and len(before) == len(after) and sorted(before) == sorted(after):
        what = f"positional arguments reordered: {', '.join(before)} -> {', '.join(after)}"
        yield breaking(subject, what, "calls by position swap them", operation=label)
    yield from _parameters(old, new, subject, label)


def _parameters(old: Function, new: Function, subject: str, label: str) -> Iterator[Change]:
    before = {one.python: one for one in old.parameters}
    after = {one.python: one for one in new.parameters}
    new_placeholders: set[str] = set()
    for name in sorted(before.keys() - after.keys()):
        heir = _heir(before[name], [after[key] for key in sorted(after.keys() - before.keys())])
        what = f"{_kind(before[name])} {name!r} gone"
        if heir:
            what = f"{_kind(before[name])} {name!r} renamed to {heir.python!r}"
            new_placeholders |= {heir.python} if heir.place == "path" else set()
        hits = before[name].place == "body" or (before[name].place == "path" and heir is None)
        yield breaking(subject, what, "calls that pass it fail: TypeError", operation=label,
                       hits_released=hits)  # fmt: skip
    for name in sorted(after.keys() - before.keys() - new_placeholders):
        one = after[name]
        if one.required:
            yield breaking(subject, f"{_kind(one)} {name!r} is new and required",
                           "calls without it fail: TypeError, or 400 from a release in use",
                           operation=label, hits_released=True)  # fmt: skip
        else:
            yield compatible(subject, f"{_kind(one)} {name!r} is new and optional", operation=label)
    for name in sorted(before.keys() & after.keys()):
        yield from _parameter(before[name], after[name], subject, label)


def _kind(one: Parameter) -> str:
    return {"path": "argument", "body": "body"}.get(one.place, "keyword")


def _heir(old: Parameter, candidates: list[Parameter]) -> Parameter | None:
    """What an argument was probably renamed to: the only newcomer of its place and type."""
    alike = [one for one in candidates if (one.place, one.type) == (old.place, old.type)]
    return alike[0] if len(alike) == 1 else None


def _parameter(old: Parameter, new: Parameter, subject: str, label: str) -> Iterator[Change]:
    it = f"{_kind(new)} {new.python!r}"
    if (old.place == "path") != (new.place == "path"):
        what = f"{_kind(old)} {old.python!r} is now {new.place} parameter, was {old.place}"
        yield breaking(subject, what, "position and keyword are not interchangeable",
                       operation=label, hits_released=True)  # fmt: skip
    elif (_seat(old), old.encoding) != (_seat(new), new.encoding):
        what = (
            f"{it} travels as {new.wire!r} in the {new.place}, was {old.wire!r} in the {old.place}"
        )
        if _seat(old) == _seat(new):
            what = f"{it} travels in another style"
        yield compatible(subject, what, "the call stays as it is", operation=label,
                         hits_released=True)  # fmt: skip
    yield from _value(old, new, subject, label)


def _seat(one: Parameter) -> tuple[str, str]:
    """What the server sees of a parameter beside its value; placeholders have no name there."""
    return one.place, "" if one.place == "path" else one.wire


def _value(old: Parameter, new: Parameter, subject: str, label: str) -> Iterator[Change]:
    """What may be passed, and whether something must be."""
    it = f"{_kind(new)} {new.python!r}"
    if new.required and not old.required:
        yield breaking(subject, f"{it} is now required", "calls without it fail: TypeError",
                       operation=label, hits_released=True)  # fmt: skip
    elif old.required and not new.required:
        yield compatible(subject, f"{it} is now optional", operation=label)
    if old.type != new.type:
        what = f"{it}: {old.type} -> {new.type}"
        if is_within(old.type, new.type):
            yield compatible(subject, what, "everything that was taken still is", operation=label)
        else:
            yield breaking(subject, what, "values that were taken no longer are", operation=label,
                           hits_released=True)  # fmt: skip
    if old.source.get("default") != new.source.get("default"):
        what = f"{it}: default {old.source.get('default')!r} -> {new.source.get('default')!r}"
        yield breaking(subject, what, "calls that leave it out mean something else",
                       operation=label, hits_released=True)  # fmt: skip
    yield from compare_limits(old.source, new.source, subject, it, is_sent=True)
    if (unit := new.source.get("x-trlyr-unit")) != (was := old.source.get("x-trlyr-unit")):
        change = breaking if was else compatible
        yield change(subject, f"{it}: unit {was} -> {unit}", operation=label)
    was, now = (one.about.endswith("Deprecated.") for one in (old, new))
    if was != now:
        what = f"{it} is {'deprecated' if now else 'no longer deprecated'}"
        yield compatible(subject, what, operation=label)
    yield from reworded(subject, it, old.about, new.about, operation=label)


def _success(old: Function, new: Function, subject: str, label: str) -> Iterator[Change]:
    before, after = old.success.type, new.success.type
    if before == after:
        return
    what = f"gives {after}, was {before}"
    if before == "None" or is_within(after, before):
        yield compatible(
            subject, what, "what reads the old answer reads the new one", operation=label
        )
    else:
        yield breaking(subject, what, "code that uses the answer fails", operation=label,
                       hits_released=True)  # fmt: skip


def _manner(old: Function, new: Function, subject: str, label: str) -> Iterator[Change]:
    """How a call is made and told of, rather than what goes in and out."""
    if old.authenticated != new.authenticated:
        what = "needs a token now" if new.authenticated else "needs no token any more"
        yield compatible(subject, what, "the client sees to it", operation=label,
                         hits_released=new.authenticated)  # fmt: skip
    if old.repeatable != new.repeatable:
        what = "is repeated after a failure now" if new.repeatable else "is no longer repeated"
        why = "" if new.repeatable else "a broken connection raises OutcomeUnknown"
        yield compatible(subject, what, why, operation=label)
    if old.lane != new.lane:
        yield compatible(subject, f"takes the {new.lane} lane, was {old.lane}", operation=label)
    if old.provenance != new.provenance:
        warns = new.provenance == "provisional"
        why = "the first call warns" if warns else ""
        what = f"provenance {old.provenance} -> {new.provenance}"
        yield compatible(subject, what, why, operation=label)
    if old.deprecation != new.deprecation:
        what = new.deprecation or "no longer deprecated"
        yield (compatible if new.deprecation else cosmetic)(
            subject, what, "calls warn" if new.deprecation else "", operation=label
        )
    for status in sorted(set(new.statuses) - set(old.statuses)):
        why = "calls are limited: repeated later, or RateLimited" if status == "429" else ""
        yield compatible(subject, f"may answer {status} now", why, operation=label,
                         hits_released=status == "429")  # fmt: skip
    for status in sorted(set(old.statuses) - set(new.statuses)):
        yield compatible(subject, f"answers {status} no longer", operation=label)
    if old.docstring != new.docstring and not _explained(old, new):
        yield cosmetic(subject, "documented in other words", operation=label)


def _explained(old: Function, new: Function) -> bool:
    """Whether the docstring only repeats a change that is told of already."""
    return (
        old.provenance != new.provenance
        or old.deprecation != new.deprecation
        or old.statuses != new.statuses
        or [(one.python, one.about, one.type) for one in old.parameters]
        != [(one.python, one.about, one.type) for one in new.parameters]
    )
