"""Changes of a value that is sent, received, or both: its type, unit, default and limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from codegen.documents.document import Json
from codegen.drift.subtypes import is_within
from codegen.drift.verdicts import Change, Subject

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_OTHER = ("pattern", "multipleOf", "uniqueItems")


@dataclass(frozen=True)
class Values:
    """What a change means for values that travel these ways; `it` says which, in front of it."""

    is_sent: bool
    is_received: bool

    def types(self, was: str, now: str, subject: Subject, it: str = "") -> Iterator[Change]:
        """Another type, as Python has it."""
        what = f"{it}{was} -> {now}"
        if was == now:
            return
        if self.is_received and not is_within(now, was):
            yield subject.breaking(what, "what is read is of another type", hits=True)
        elif self.is_sent and not is_within(was, now):
            yield subject.breaking(what, "values that were taken no longer are", hits=True)
        elif self.is_received:
            yield subject.compatible(what, "the old type covers the new one")
        else:
            yield subject.compatible(what, "more is taken than before")

    def schemas(self, old: Json, new: Json, subject: Subject, it: str = "") -> Iterator[Change]:
        """Another unit or default, and other limits: the client checks none, the server does."""
        yield from unit(old.get("x-trlyr-unit"), new.get("x-trlyr-unit"), subject, it)
        was, now = old.get("default"), new.get("default")
        what = f"{it}default {was!r} -> {now!r}"
        if was != now and self.is_sent:
            why = "calls and bodies that leave it out mean something else"
            yield subject.breaking(what, why, hits=True)
        elif was != now:
            yield subject.cosmetic(what, "defaults of answers are not filled in")
        for key in (*_UPPER, *_LOWER, *_OTHER):
            was, now = old.get(key), new.get(key)
            what = f"{it}{key} {'none' if was is None else repr(was)} -> "
            what += "none" if now is None else repr(now)
            if was != now and self.is_sent and not _is_looser(key, was, now):
                yield subject.breaking(what, "values that were accepted may be refused", hits=True)
            elif was != now:
                why = "" if self.is_sent else "limits of answers are not checked"
                yield subject.compatible(what, why)


def unit(was: str | None, now: str | None, subject: Subject, it: str = "") -> Iterator[Change]:
    """Another unit breaks, where there was one."""
    what = f"{it}unit {was or 'unknown'} -> {now or 'unknown'}"
    if was != now and was is None:
        yield subject.compatible(what)
    elif was != now:
        yield subject.breaking(what, "the same number means something else", hits=True)


def _is_looser(key: str, before: object, after: object) -> bool:
    if after is None or after is False:
        return True
    numbers = [one for one in (before, after) if isinstance(one, int | float)]
    if len(numbers) < len((before, after)) or key in _OTHER:
        return False
    return numbers[1] >= numbers[0] if key in _UPPER else numbers[1] <= numbers[0]
