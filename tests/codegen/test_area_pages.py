"""The pages in docs/areas: every function stands there as it is, every example can be run."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from codegen.areas import Area, load

PAGES = Path(__file__).resolve().parents[2] / "docs/areas"
AREAS = load()
ROW = re.compile(r"^\| `(\w+)` \| ([A-Z]+)(?: `([^`]+)`)? \| (\w+) \|$", re.MULTILINE)
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = {
    area.name: EXAMPLE.findall((PAGES / f"{area.name}.md").read_text("utf-8")) for area in AREAS
}


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.key)
def test_a_page_lists_every_function_as_it_is(area: Area) -> None:
    """With the method, the end of the path and how well it is known."""
    rows = ROW.findall((PAGES / f"{area.name}.md").read_text("utf-8"))
    made = importlib.import_module(f"{area.package}.{area.module}").OPERATIONS
    assert sorted(name for name, *_ in rows) == sorted(made)
    for name, method, path, known in rows:
        operation = made[name]
        assert (method, known) == (operation.method, operation.provenance)
        assert operation.path.endswith(path)


def test_every_area_has_a_page_with_an_example_and_nothing_else_has_one() -> None:
    """The list of pages links to each of them."""
    names = sorted(f"{area.name}.md" for area in AREAS)
    assert sorted(path.name for path in PAGES.iterdir()) == sorted(["README.md", *names])
    listed = (PAGES / "README.md").read_text("utf-8")
    assert all(f"({name})" in listed for name in names)
    assert all(EXAMPLES.values())


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, texts in EXAMPLES.items() for text in texts]
)
def test_an_example_only_uses_what_is_there(text: str) -> None:
    """It is Python where `await` is allowed, and each name that it takes from us exists."""
    compile(text, "example", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    tree = ast.parse(text)
    taken: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = importlib.import_module(node.module)
            taken |= {one.asname or one.name: getattr(module, one.name) for one in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert node.value.id not in taken or hasattr(taken[node.value.id], node.attr)
