"""Changes of limits on values: the client enforces none of them, the server does."""

from collections.abc import Iterator

from codegen.documents.document import Json
from codegen.drift.verdicts import Change, Subject

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_OTHER = ("pattern", "multipleOf", "uniqueItems")


def compare_limits(
    old: Json, new: Json, subject: Subject, it: str, *, is_sent: bool
) -> Iterator[Change]:
    """Tighter limits break what is sent; limits on what is received are the server's affair."""
    for key in (*_UPPER, *_LOWER, *_OTHER):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        was, now = ("none" if one is None else repr(one) for one in (before, after))
        what = f"{it}: {key} {was} -> {now}"
        if is_sent and not _is_looser(key, before, after):
            yield subject.breaking(what, "values that were accepted may be refused", hits=True)
        else:
            yield subject.compatible(what, "" if is_sent else "limits of answers are not checked")


def _is_looser(key: str, before: object, after: object) -> bool:
    if after is None or after is False:
        return True
    numbers = [one for one in (before, after) if isinstance(one, int | float)]
    if len(numbers) < len((before, after)) or key in _OTHER:
        return False
    return numbers[1] >= numbers[0] if key in _UPPER else numbers[1] <= numbers[0]
