"""Drift of structs, enums and aliases, judged by whether they are sent, received, or both."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from codegen.drift.values import Values, unit
from codegen.drift.verdicts import Change, Subject
from codegen.interface import Interface
from codegen.schemas.shapes import Field, Named, bare, type_of

_ALIKE = 0.6


def compare_models(old: Interface, new: Interface, prefix: str) -> Iterator[Change]:
    """Every change of a named schema."""
    sent = old.sent() | new.sent()
    received = old.received() | new.received()
    for name, one in old.named.items():
        subject = Subject(f"{prefix}.{name}")
        if name in new.named:
            judge = _Models(name in sent, name in received or name not in sent)
            yield from judge.named(one, new.named[name], subject)
        else:
            yield subject.breaking("gone", "imports fail")
    for name in new.named:
        if name not in old.named:
            yield Subject(f"{prefix}.{name}").compatible("new")


def renamed_schemas(old: Interface, new: Interface) -> dict[str, str]:
    """What schemas were probably renamed to: newcomers with the very same content."""
    newcomers = {name: one for name, one in new.named.items() if name not in old.named}
    heirs: dict[str, str] = {}
    for name, one in old.named.items():
        alike = [key for key, other in newcomers.items() if _content(other) == _content(one)]
        if name not in new.named and len(alike) == 1 and alike[0] not in heirs.values():
            heirs[name] = alike[0]
    return heirs


def _content(one: Named) -> object:
    fields = one.fields and [(field.wire, field.shape, field.required) for field in one.fields]
    return one.shape, fields, one.values, one.tag


class _Models(Values):
    def named(self, old: Named, new: Named, subject: Subject) -> Iterator[Change]:
        """Changes of one named schema."""
        kinds = [_kind(old), _kind(new)]
        if kinds[0] != kinds[1]:
            yield subject.breaking(f"{kinds[0]} -> {kinds[1]}", hits=True)
        elif old.fields is not None and new.fields is not None:
            yield from self._struct(old, new, subject)
        elif old.values is not None and new.values is not None:
            yield from self._enum(old, new, subject)
        else:
            yield from self.types(type_of(old.shape), type_of(new.shape), subject)
        yield from subject.reworded("it", _words(old), _words(new))

    def _struct(self, old: Named, new: Named, subject: Subject) -> Iterator[Change]:
        before = {one.wire: one for one in old.fields or ()}
        after = {one.wire: one for one in new.fields or ()}
        if old.tag != new.tag:
            was, now = ("=".join(one.tag) if one.tag else "none" for one in (old, new))
            why = "another value says which member it is"
            yield subject.breaking(f"tag {was} -> {now}", why, hits=True)
        added = [after[wire] for wire in sorted(after.keys() - before.keys())]
        for wire in sorted(before.keys() - after.keys()):
            one = before[wire]
            yield self._gone(one, added, Subject(f"{subject.name}.{one.python}"))
        gone = {one.python for wire, one in before.items() if wire not in after}
        for one in (one for one in added if one.python not in gone):
            yield self._added(one, Subject(f"{subject.name}.{one.python}"))
        for wire in sorted(before.keys() & after.keys()):
            one = after[wire]
            yield from self._field(before[wire], one, Subject(f"{subject.name}.{one.python}"))

    def _gone(self, one: Field, added: list[Field], subject: Subject) -> Change:
        heir = _heir(one, added)
        if heir and heir.python == one.python:
            why = "its name in Python stays; releases in use read and send the old one"
            what = f"travels as {heir.wire!r}, was {one.wire!r}"
            return subject.compatible(what, why, hits=True)
        why = "AttributeError where it is read"
        if not self.is_received:
            why = "TypeError where it is passed"
        elif one.required:
            why += "; releases in use cannot decode the answer"
        else:
            why += "; None in releases in use"
        return subject.breaking(f"renamed to {heir.python}" if heir else "gone", why, hits=True)

    def _added(self, one: Field, subject: Subject) -> Change:
        kind = type_of(one.shape)
        if one.required and self.is_sent:
            why = "bodies without it are refused: TypeError, or 400 from a release in use"
            return subject.breaking(f"new and required, {kind}", why, hits=True)
        why = "pass it where tests make the struct by hand" if one.required else ""
        return subject.compatible(f"new, {kind}", why)

    def _field(self, old: Field, new: Field, subject: Subject) -> Iterator[Change]:
        if old.python != new.python:
            yield subject.breaking(f"called {new.python} in Python, was {old.python}")
        yield from self._requiredness(old, new, subject)
        if old.clears != new.clears:
            ways = ("left out", "sent as null")
            yield subject.breaking(f"None is {ways[new.clears]}, was {ways[old.clears]}")
        yield from self.types(type_of(bare(old.shape)), type_of(bare(new.shape)), subject)
        yield from self.schemas(old.source, new.source, subject)
        if old.is_secret != new.is_secret:
            yield subject.cosmetic("hidden by repr() now" if new.is_secret else "shown by repr()")
        yield from _notes(old, new, subject)

    def _requiredness(self, old: Field, new: Field, subject: Subject) -> Iterator[Change]:
        was, now = _may_be_none(old), _may_be_none(new)
        if self.is_received and now and not was:
            why = "reads as None where upstream leaves it out: calculations with it fail"
            yield subject.breaking("now optional", why, hits=True)
        elif self.is_received and was and not now:
            yield subject.compatible("now always there", "answers without it are an error")
        if self.is_sent and new.required and not old.required:
            yield subject.breaking("now required", "bodies without it are refused", hits=True)
        elif self.is_sent and old.required and not new.required:
            yield subject.compatible("may be left out now")

    def _enum(self, old: Named, new: Named, subject: Subject) -> Iterator[Change]:
        before, after = list(old.values or ()), list(new.values or ())
        if {type(one) for one in before} != {type(one) for one in after}:
            yield subject.breaking("values of another type", hits=True)
            return
        is_open = "enums are open: releases in use pass it on as it came"
        for value in (one for one in after if one not in before):
            yield subject.compatible(f"value {value!r} is new", is_open * self.is_received)
        for value in (one for one in before if one not in after):
            if self.is_sent:
                yield subject.breaking(
                    f"value {value!r} gone", "requests with it are refused", hits=True
                )
            else:
                yield subject.compatible(f"value {value!r} gone", "it no longer comes")
        units = [one.source.get("x-trlyr-enum-units") or {} for one in (old, new)]
        for value in sorted(units[0].keys() | units[1].keys()):
            was, now = (one.get(value) for one in units)
            yield from unit(was, now, Subject(f"{subject.name} {value!r}"))


def _notes(old: Field, new: Field, subject: Subject) -> Iterator[Change]:
    was, now = old.source, new.source
    yield from subject.reworded("it", was.get("description"), now.get("description"))
    if was.get("deprecated") != now.get("deprecated"):
        yield subject.cosmetic("deprecated" if now.get("deprecated") else "no longer deprecated")
    if was.get("example") != now.get("example"):
        yield subject.cosmetic("another example")
    if was.get("format") != now.get("format") and bare(old.shape) == bare(new.shape):
        yield subject.cosmetic(
            f"format {was.get('format')} -> {now.get('format')}", "the Python type stays"
        )


def _kind(one: Named) -> str:
    if one.fields is not None:
        return "struct"
    return "enum" if one.values is not None else "alias"


def _words(one: Named) -> str:
    return " ".join(str(one.source.get(key) or "") for key in ("title", "description")).strip()


def _may_be_none(one: Field) -> bool:
    return not one.required or bool(one.shape.get("nullable")) or not one.shape


def _heir(one: Field, added: list[Field]) -> Field | None:
    """What a field was probably renamed to: a newcomer of its type with a name that is alike."""
    alike = [
        (SequenceMatcher(None, one.python, other.python).ratio(), other)
        for other in added
        if bare(other.shape) == bare(one.shape)
    ]
    ratio, best = max(alike, key=lambda pair: (pair[0], pair[1].python), default=(0.0, None))
    return best if ratio >= _ALIKE or (len(added) == 1 and alike) else None
