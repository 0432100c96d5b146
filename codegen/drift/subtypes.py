"""Whether every value of one Python type is also a value of another, judged by their texts."""

import ast

_WIDER = frozenset({("int", "float")})


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
