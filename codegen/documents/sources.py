"""Where a document comes from: upstream's file, its documentation pages, a file at hand, or us."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from codegen.areas import Area
from codegen.documents import lock
from codegen.documents.document import Json, sha256
from codegen.documents.fetch import Fetcher, Unavailable
from codegen.documents.linking import Load
from codegen.documents.merge import merge
from codegen.documents.pages import Excerpt, excerpt_of, links_of
from codegen.documents.reading import decoded, parse
from codegen.problems import Problem, Problems, ProblemsError


@dataclass(frozen=True)
class Obtained:
    """A document as it came, and how."""

    document: Json
    how: lock.How
    url: str | None = None
    etag: str | None = None
    pages: tuple[lock.Page, ...] = ()


def from_network(
    area: Area, fetcher: Fetcher, environment: str | None, etag: str | None
) -> Obtained | None:
    """Upstream's file or, where it cannot be had, its pages; None if it has not changed.

    Raises:
        ProblemsError: Neither can be had, or what came is no document.
    """
    url = area.url_in(environment)
    if url is None:
        raise ProblemsError([Problem(area.key, "", "the area has no URL")])
    try:
        fetched = fetcher.get(url, etag)
    except Unavailable as exc:
        return _from_pages_on_network(area, url, fetcher, str(exc))
    if fetched.content is None:
        return None
    others: list[str] = []
    document = parse(fetched.content, url, url, _same_host(fetcher, url, others))
    # What stands in other files may change while the ETag of this one stays.
    return Obtained(document, "published", url, None if others else fetched.etag)


def _same_host(fetcher: Fetcher, url: str, others: list[str]) -> Load:
    """Reads what a document refers to on its own host; `others` receives the addresses."""

    def load(address: str) -> object:
        if urlsplit(address)[:2] != urlsplit(url)[:2]:
            raise LookupError("another host; only files beside the document are fetched")
        others.append(address)
        try:
            return decoded(
                fetcher.get(address).content or b"", address, Problems(address), strict=True
            )
        except Unavailable as exc:
            raise LookupError(str(exc)) from exc
        except ProblemsError as exc:
            raise LookupError(exc.problems[0].message) from exc

    return load


def _from_pages_on_network(area: Area, url: str, fetcher: Fetcher, why: str) -> Obtained:
    texts: dict[str, bytes] = {}
    problems: list[Problem] = []
    for page in _addresses(area, url, fetcher, why):
        try:
            texts[page] = fetcher.get(page).content or b""
        except Unavailable as exc:
            problems.append(Problem(page, "", f"the page cannot be had: {exc}"))
        except ProblemsError as exc:
            problems += exc.problems
    if problems:
        raise ProblemsError(problems)
    return _from_texts(area, url, texts)


def _addresses(area: Area, url: str, fetcher: Fetcher, why: str) -> list[str]:
    """Pages of the area: those of the index and those that are known besides it."""
    if area.index is None:
        raise ProblemsError([Problem(url, "", f"cannot be had ({why}), and there are no pages")])
    try:
        index = fetcher.get(area.index).content or b""
    except Unavailable as exc:
        message = f"cannot be had ({why}), nor can the index of pages {area.index}: {exc}"
        raise ProblemsError([Problem(url, "", message)]) from exc
    listed = links_of(index.decode("utf-8", "replace"), area.pages_under or "")
    return sorted({*listed, *area.pages})


def from_folder(area: Area, folder: Path) -> Obtained:
    """The document rebuilt from the pages (`*.md`) in a folder."""
    if not folder.is_dir():
        raise ProblemsError([Problem(str(folder), "", "no such folder")])
    known = {page.rpartition("/")[2]: page for page in area.pages}
    texts = {
        known.get(path.name, path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*.md"))
    }
    return _from_texts(area, area.url or "", texts)


def _from_texts(area: Area, url: str, texts: dict[str, bytes]) -> Obtained:
    excerpts = list(_excerpts(area, texts))
    if not excerpts:
        message = f"none of {len(texts)} pages embeds an excerpt of this document"
        raise ProblemsError([Problem(url, "", message)])
    used = sorted({excerpt.page for excerpt in excerpts})
    pages = tuple(lock.Page(url=page, sha256=sha256(texts[page])) for page in used)
    return Obtained(merge(excerpts), "pages", excerpts[0].url, pages=pages)


def _excerpts(area: Area, texts: dict[str, bytes]) -> Iterator[Excerpt]:
    """Excerpts of the area's document, from whichever environment the page shows."""
    addresses = {area.url, *(area.url_in(name) for name in area.environments)}
    problems: list[Problem] = []
    for page, content in texts.items():
        try:
            excerpt = excerpt_of(content.decode(), page)
        except UnicodeDecodeError:
            problems.append(Problem(page, "", "not UTF-8 text"))
        except ProblemsError as exc:
            problems += exc.problems
        else:
            if excerpt is not None and excerpt.url in addresses:
                yield excerpt
    if problems:
        raise ProblemsError(problems)
