"""Drift of structs, enums and aliases, judged by whether they are sent, received, or both."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from codegen.drift.limits import compare_limits
from codegen.drift.subtypes import is_within
from codegen.drift.verdicts import Change, breaking, compatible, cosmetic, reworded
from codegen.interface import Interface
from codegen.schemas.shapes import Field, Named, type_of

__all__ = ["compare_models"]

_ALIKE = 0.6
_NOTES = {
    "deprecated": "deprecated, or no longer so",
    "example": "another example",
}


def compare_models(old: Interface, new: Interface, prefix: str) -> Iterator[Change]:
    """Every change of a named schema."""
    sent = old.sent() | new.sent()
    received = old.received() | new.received()
    heirs = _heirs(old, new)
    for name, one in old.named.items():
        subject = f"{prefix}.{name}"
        if name in new.named:
            yield from _Judge(name in sent, name in received).named(one, new.named[name], subject)
        elif name in heirs:
            yield breaking(subject, f"renamed to {heirs[name]}", "imports fail")
        else:
            yield breaking(subject, "gone", "imports fail")
    for name in new.named:
        if name not in old.named and name not in heirs.values():
            yield compatible(f"{prefix}.{name}", "new")


def _heirs(old: Interface, new: Interface) -> dict[str, str]:
    """What schemas were probably renamed to: newcomers with the very same content."""
    newcomers = {name: one for name, one in new.named.items() if name not in old.named}
    heirs: dict[str, str] = {}
    for name, one in old.named.items():
        if name in new.named:
            continue
        alike = [key for key, other in newcomers.items() if _content(other) == _content(one)]
        if len(alike) == 1 and alike[0] not in heirs.values():
            heirs[name] = alike[0]
    return heirs


def _content(one: Named) -> object:
    fields = one.fields and [(field.wire, field.shape, field.required) for field in one.fields]
    return one.shape, fields, one.values, one.tag


class _Judge:
    """Knows the way that values of a schema travel."""

    def __init__(self, is_sent: bool, is_received: bool) -> None:  # noqa: FBT001 - private
        self._is_sent = is_sent
        self._is_received = is_received or not is_sent

    def named(self, old: Named, new: Named, subject: str) -> Iterator[Change]:
        """Changes of one named schema."""
        kinds = [_kind(old), _kind(new)]
        if kinds[0] != kinds[1]:
            yield breaking(subject, f"{kinds[0]} -> {kinds[1]}", hits_released=True)
        elif old.fields is not None and new.fields is not None:
            yield from self._struct(old, new, subject)
        elif old.values is not None and new.values is not None:
            yield from self._enum(old, new, subject)
        else:
            yield from self._type(type_of(old.shape), type_of(new.shape), subject)
        yield from reworded(subject, "it", _words(old), _words(new))

    def _struct(self, old: Named, new: Named, subject: str) -> Iterator[Change]:
        before = {one.wire: one for one in old.fields or ()}
        after = {one.wire: one for one in new.fields or ()}
        if old.tag != new.tag:
            yield breaking(subject, f"tag {_tag(old)} -> {_tag(new)}",
                           "the union is told apart differently", hits_released=True)  # fmt: skip
        added = [after[wire] for wire in sorted(after.keys() - before.keys())]
        for wire in sorted(before.keys() - after.keys()):
            yield self._gone(before[wire], added, subject)
        for one in added:
            yield self._added(one, subject)
        for wire in sorted(before.keys() & after.keys()):
            yield from self._field(before[wire], after[wire], f"{subject}.{after[wire].python}")

    def _gone(self, one: Field, added: list[Field], subject: str) -> Change:
        heir = _heir(one, added)
        what = f"renamed to {heir.python}" if heir else "gone"
        where = f"{subject}.{one.python}"
        why = "AttributeError where it is read"
        if one.required and self._is_received:
            why += "; releases in use cannot decode the answer"
        elif self._is_received:
            why += "; None in releases in use"
        if self._is_sent and not self._is_received:
            why = "TypeError where it is passed"
        return breaking(where, what, why, hits_released=True)

    def _added(self, one: Field, subject: str) -> Change:
        where = f"{subject}.{one.python}"
        kind = type_of(one.shape)
        if one.required and self._is_sent:
            why = "bodies without it are refused: TypeError, or 400 from a release in use"
            return breaking(where, f"new and required, {kind}", why, hits_released=True)
        why = "pass it where tests make the struct by hand" if one.required else ""
        return compatible(where, f"new, {kind}", why)

    def _field(self, old: Field, new: Field, subject: str) -> Iterator[Change]:
        if old.python != new.python:
            yield breaking(subject, f"called {new.python} in Python, was {old.python}")
        yield from self._requiredness(old, new, subject)
        yield from self._type(_plain(old), _plain(new), subject)
        if old.unit != new.unit:
            yield _unit(old.unit, new.unit, subject)
        if old.is_secret != new.is_secret:
            yield cosmetic(subject, "hidden by repr() now" if new.is_secret else "shown by repr()")
        if old.source.get("default") != new.source.get("default"):
            was, now = old.source.get("default"), new.source.get("default")
            what = f"default {was!r} -> {now!r}"
            if self._is_sent:
                why = "bodies that leave it out mean something else"
                yield breaking(subject, what, why, hits_released=True)
            else:
                yield cosmetic(subject, what, "defaults of answers are not filled in")
        yield from compare_limits(old.source, new.source, subject, "value", is_sent=self._is_sent)
        if old.read_only != new.read_only and self._is_sent:
            yield breaking(subject, "requests leave it out" if new.read_only else "is sent now",
                           "TypeError where it is passed" if new.read_only else "",
                           hits_released=True)  # fmt: skip
        words = [one.source.get("description") for one in (old, new)]
        yield from reworded(subject, "it", *words)
        for key, told in _NOTES.items():
            if old.source.get(key) != new.source.get(key):
                yield cosmetic(subject, told)
        if _format_only(old, new):
            what = f"format {old.source.get('format')} -> {new.source.get('format')}"
            yield cosmetic(subject, what, "the Python type stays")

    def _requiredness(self, old: Field, new: Field, subject: str) -> Iterator[Change]:
        was, now = _may_be_none(old), _may_be_none(new)
        if self._is_received and now and not was:
            why = "reads as None where upstream leaves it out: calculations with it fail"
            yield breaking(subject, "now optional", why, hits_released=True)
        elif self._is_received and was and not now:
            yield compatible(subject, "now always there", "answers without it are an error")
        if self._is_sent and new.required and not old.required:
            why = "bodies without it are refused"
            yield breaking(subject, "now required", why, hits_released=True)
        elif self._is_sent and old.required and not new.required:
            yield compatible(subject, "may be left out now")

    def _type(self, was: str, now: str, subject: str) -> Iterator[Change]:
        if was == now:
            return
        what = f"{was} -> {now}"
        if self._is_received and not is_within(now, was):
            yield breaking(subject, what, "what is read is of another type", hits_released=True)
        elif self._is_sent and not is_within(was, now):
            why = "values that were taken no longer are"
            yield breaking(subject, what, why, hits_released=True)
        else:
            yield compatible(subject, what, "the old type covers the new one"
                             if self._is_received else "more is taken than before")  # fmt: skip

    def _enum(self, old: Named, new: Named, subject: str) -> Iterator[Change]:
        before, after = list(old.values or ()), list(new.values or ())
        if {type(one) for one in before} != {type(one) for one in after}:
            yield breaking(subject, "values of another type", hits_released=True)
            return
        for value in after:
            if value not in before:
                why = "enums are open: releases in use pass it on as it came"
                yield compatible(
                    subject, f"value {value!r} is new", why if self._is_received else ""
                )
        for value in before:
            if value not in after and self._is_sent:
                why = "requests with it are refused"
                yield breaking(subject, f"value {value!r} gone", why, hits_released=True)
            elif value not in after:
                yield compatible(subject, f"value {value!r} gone", "it no longer comes")
        units = [one.source.get("x-trlyr-enum-units") or {} for one in (old, new)]
        for value in sorted(units[0].keys() | units[1].keys()):
            if units[0].get(value) != units[1].get(value):
                yield _unit(units[0].get(value), units[1].get(value), f"{subject} {value!r}")


def _unit(was: str | None, now: str | None, subject: str) -> Change:
    what = f"unit {was or 'unknown'} -> {now or 'unknown'}"
    if was is None:
        return compatible(subject, what)
    return breaking(subject, what, "the same number means something else", hits_released=True)


def _kind(one: Named) -> str:
    if one.fields is not None:
        return "struct"
    return "enum" if one.values is not None else "alias"


def _tag(one: Named) -> str:
    return f"{one.tag[0]}={one.tag[1]}" if one.tag else "none"


def _words(one: Named) -> str:
    return " ".join(str(one.source.get(key) or "") for key in ("title", "description")).strip()


def _may_be_none(one: Field) -> bool:
    return not one.required or bool(one.shape.get("nullable")) or not one.shape


def _plain(one: Field) -> str:
    """The type without None, which `_requiredness` judges."""
    return type_of({key: value for key, value in one.shape.items() if key != "nullable"})


def _format_only(old: Field, new: Field) -> bool:
    is_new = old.source.get("format") != new.source.get("format")
    return is_new and _plain(old) == _plain(new)


def _heir(one: Field, added: list[Field]) -> Field | None:
    """What a field was probably renamed to: a newcomer of its type with a name that is alike."""
    alike = [
        (SequenceMatcher(None, one.python, other.python).ratio(), other)
        for other in added
        if _plain(other) == _plain(one)
    ]
    ratio, best = max(alike, key=lambda pair: (pair[0], pair[1].python), default=(0.0, None))
    return best if ratio >= _ALIKE or (len(added) == 1 and alike) else None
