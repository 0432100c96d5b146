"""Changes of a value that is sent, received, or both: its type, unit, default and limits."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codegen.documents.document import Json
from codegen.drift.verdicts import Change, Subject

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_OTHER = ("pattern", "multipleOf", "uniqueItems")
_WIDER = frozenset({("int", "float")})


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


def is_within(inner: str, outer: str) -> bool:
    """Whether a value of type `inner` may stand wherever one of `outer` is expected.

    `float` takes an `int`; lists and maps are compared by what they hold, as for a reader.
    """
    return _union_within(_parsed(inner), _parsed(outer))


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _members(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return _members(node.left) + _members(node.right)
    return [node]


def _union_within(inner: ast.expr, outer: ast.expr) -> bool:
    choices = _members(outer)
    return all(any(_one_within(one, choice) for choice in choices) for one in _members(inner))


def _one_within(inner: ast.expr, outer: ast.expr) -> bool:
    left, right = ast.unparse(inner), ast.unparse(outer)
    if right in {left, "Any"} or (left, right) in _WIDER:
        return True
    if not (isinstance(inner, ast.Subscript) and isinstance(outer, ast.Subscript)):
        return False
    heads = ast.unparse(inner.value), ast.unparse(outer.value)
    if heads[0] != heads[1]:
        return False
    ours, theirs = _arguments(inner), _arguments(outer)
    return len(ours) == len(theirs) and all(map(_union_within, ours, theirs))


def _arguments(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
