"""Docstrings: text from documents, made safe and wrapped, and what the signature cannot say."""

import re
import textwrap
from collections.abc import Iterable

WIDTH = 100


def _safe(text: str) -> str:
    """Text that cannot end a docstring or smuggle anything into it."""
    printable = "".join(c for c in text if c.isprintable() or c == "\n")
    return printable.replace("\\", "\\\\").replace('"""', "'''")


def sentence(text: str) -> str:
    """One line that begins with a capital and ends with a full stop."""
    line = " ".join(text.split())
    if not line:
        return line
    if not line.startswith(("aFRR", "mFRR")):
        line = line[0].upper() + line[1:]
    return line if line[-1] in ".?!" else line + "."


def summary_and_rest(text: str, fallback: str, indent: int) -> tuple[str, list[str]]:
    """The first line of a docstring, and the paragraphs after it."""
    paragraphs = [p for p in re.split(r"\n\s*\n", text.strip()) if p.strip()]
    if not paragraphs:
        return sentence(fallback), []
    first = sentence(paragraphs[0])
    room = WIDTH - indent - 6
    if len(first) <= room:
        return first, paragraphs[1:]
    lead, _, rest = first.partition(". ")
    if rest and len(lead) < room:
        return lead + ".", [rest, *paragraphs[1:]]
    return sentence(fallback), paragraphs


def item(name: str, text: str, indent: int) -> str:
    """An entry of a section (`Attributes:`, `Raises:`), further lines indented."""
    return _fill(f"{name}: {text}", indent, indent + 4)


def _fill(text: str, first: int, then: int) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def block(summary: str, paragraphs: Iterable[str], sections: Iterable[str], indent: int) -> str:
    """A whole docstring, quotes included. Sections are laid out already; paragraphs are wrapped."""
    parts = [_safe(" ".join(summary.split()))]
    parts += [_safe(_fill(paragraph, indent, indent)) for paragraph in paragraphs]
    parts += [_safe(section) for section in sections]
    if len(parts) == 1:
        closing = " " if parts[0].endswith('"') else ""
        return f'"""{parts[0]}{closing}"""'
    return '"""' + "\n\n".join(parts) + "\n" + " " * indent + '"""'
