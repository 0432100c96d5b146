"""A pull brings good documents and never destroys one."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from codegen import areas, cli
from codegen.areas import Area
from codegen.documents import lock
from codegen.documents.document import canonical
from codegen.documents.fetch import Fetcher
from codegen.documents.reading import parse
from codegen.documents.sources import from_network
from codegen.problems import Problem
from codegen.pull import Pulled, pull

ROOT = Path(__file__).resolve().parents[2]
URL = "https://api.acme.example/parcels/doc.json"
INDEX = "https://docs.acme.example/llms.txt"
PAGE = "https://docs.acme.example/parcels/get-a-parcel.md"
LISTED = "https://docs.acme.example/parcels/list-parcels.md"


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 9))


def document(*names: str, **info: str) -> dict[str, Any]:
    get = {"summary": "Get", "description": "Words.", "responses": {"200": {"description": "Yes"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1.0.0", **info},
        "paths": {f"/{name}": {"get": get} for name in names},
    }


def page(name: str, doc: dict[str, Any], url: str = URL) -> str:
    body = json.dumps(doc)  # JSON is YAML
    return f"# Title\n\n````yaml {url} get /{name}\n{body}\n````\n"


@pytest.fixture
def upstream() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


Outcome = tuple[list[Pulled], list[Problem]]


def run(area: Area, root: Path, *, accept: bool = False, **rules: Any) -> Outcome:
    with httpx.Client() as client:
        fetcher = Fetcher(client, **{"sleep": lambda _: None, **rules})

        def source(one: Area, before: lock.Entry | None) -> Any:
            return from_network(one, fetcher, None, before.etag if before else None)

        return pull([area], source, root, today="2026-11-21", accept=accept)


def stored(area: Area, root: Path) -> dict[str, Any]:
    return parse((root / area.document).read_bytes(), "")


def files(root: Path) -> dict[str, bytes]:
    return {p.as_posix(): p.read_bytes() for p in (root / "specs").rglob("*") if p.is_file()}


@pytest.fixture
def pulled(area: Area, root: Path, upstream: respx.MockRouter) -> dict[str, bytes]:
    """A first pull that went well; gives the files as they are after it."""
    reply = httpx.Response(200, json=document("a", "b", "c", "d", "e"), headers={"ETag": '"1"'})
    upstream.get(URL).mock(return_value=reply)
    _, problems = run(area, root)
    assert not problems
    return files(root)


def test_good_document_is_stored_with_its_origin(
    area: Area, root: Path, pulled: dict[str, bytes]
) -> None:
    """Canonical form, facts only, and a lock entry that tells where it is from."""
    content = (root / area.document).read_bytes()
    facts = stored(area, root)
    assert content == canonical(facts)
    assert "description" not in facts["paths"]["/a"]["get"]
    text = (root / lock.NAME).read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    entry = lock.load(root)[area.key]
    assert (entry.how, entry.url, entry.version) == ("published", URL, "1.0.0")
    assert (entry.etag, entry.obtained) == ('"1"', "2026-11-21")
    assert entry.prose is not None
    assert not [path for path in pulled if Path(path).name.startswith(".")]


def test_not_modified_leaves_everything_as_it_is(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """The ETag of the lock file is sent, and 304 means that nothing is to do."""
    route = upstream.get(URL).mock(return_value=httpx.Response(304))
    done, problems = run(area, root)
    assert route.calls.last.request.headers["If-None-Match"] == '"1"'
    assert not problems
    assert done[0].lines() == ["acme/parcels: not changed"]
    assert files(root) == pulled


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(httpx.Response(200, html="<html>Log in</html>"), "HTML, not JSON", id="html"),
        pytest.param(
            httpx.Response(200, content=b'{"openapi": "3.1'), "not readable as JSON", id="truncated"
        ),
        pytest.param(httpx.Response(200, content=b" \n"), "doc.json#: empty", id="empty"),
        pytest.param(httpx.Response(200, json={"openapi": "3.1.0"}), "/info", id="no-info"),
        pytest.param(httpx.Response(200, json=[1]), "expected a JSON object", id="no-object"),
        pytest.param(
            httpx.Response(200, content=b" " * 5000), "larger than 4096 bytes", id="too-large"
        ),
        pytest.param(httpx.Response(500), "the server answered 500", id="status-500"),
        pytest.param(httpx.Response(429), "the server answered 429", id="status-429"),
        pytest.param(
            httpx.Response(302, headers={"Location": "http://api.acme.example/x"}),
            "not https",
            id="redirect-to-http",
        ),
        pytest.param(
            httpx.Response(302, headers={"Location": URL}), "redirects", id="redirect-loop"
        ),
    ],
)
def test_bad_download_leaves_the_good_document(
    area: Area,
    root: Path,
    upstream: respx.MockRouter,
    pulled: dict[str, bytes],
    reply: httpx.Response,
    message: str,
) -> None:
    """The problem is named, with the address; specs and lock are untouched."""
    upstream.get(URL).mock(return_value=reply)
    done, problems = run(area, root, max_bytes=4096)
    assert not done
    assert message in str(problems[0])
    assert problems[0].document == URL
    assert files(root) == pulled


def test_broken_connection_leaves_the_good_document(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """An answer that ends half way is no document."""
    upstream.get(URL).mock(side_effect=httpx.ReadError("cut"))
    _, problems = run(area, root)
    assert "download failed: ReadError" in str(problems[0])
    assert files(root) == pulled


def test_plain_http_is_refused_unless_told(
    area: Area, root: Path, upstream: respx.MockRouter
) -> None:
    """A document decides what code we run; it does not come over an open line."""
    import msgspec  # noqa: PLC0415

    url = URL.replace("https", "http")
    plain = msgspec.structs.replace(area, url=url)
    route = upstream.get(url).mock(return_value=httpx.Response(200, json=document("a")))
    _, problems = run(plain, root)
    assert "not https" in str(problems[0])
    assert not route.called
    _, problems = run(plain, root, allow_http=True)
    assert not problems


def test_document_that_lost_operations_needs_accept(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """One of five may go; two of five look like a bad download."""
    upstream.get(URL).mock(return_value=httpx.Response(200, json=document("a", "b", "c")))
    _, problems = run(area, root)
    assert "lost 2 of 5 operations (GET /d, GET /e); --accept" in str(problems[0])
    assert files(root) == pulled
    done, problems = run(area, root, accept=True)
    assert not problems
    assert sorted(stored(area, root)["paths"]) == ["/a", "/b", "/c"]
    assert done[0].is_changed


def test_losing_a_fifth_is_taken(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """Operations do end, and one at a time is usual."""
    upstream.get(URL).mock(return_value=httpx.Response(200, json=document("a", "b", "c", "d")))
    _, problems = run(area, root)
    assert not problems
    assert files(root) != pulled


def test_pull_tells_what_changed(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """That anything has, and that words have; the drift report says what."""
    new = document("a", "b", "c", "d", "f")
    new["paths"]["/a"]["get"] = {"responses": {"204": {"description": "x"}}}
    upstream.get(URL).mock(return_value=httpx.Response(200, json=new))
    done, _ = run(area, root)
    assert done[0].lines() == [
        "acme/parcels: published, changed",
        "  ! descriptions changed upstream: read them, units may have moved",
    ]
    assert files(root) != pulled


@pytest.mark.parametrize("gone", [404, 403, "unreachable"])
def test_pages_stand_in_for_a_document_that_cannot_be_had(
    area: Area, root: Path, upstream: respx.MockRouter, gone: int | str
) -> None:
    """Pages of the index and pages known besides it; guides are skipped."""
    if gone == "unreachable":
        upstream.get(URL).mock(side_effect=httpx.ConnectError("no route"))
    else:
        upstream.get(URL).mock(return_value=httpx.Response(int(gone)))
    guide = "https://docs.acme.example/parcels/guide.md"
    index = f"- [L]({LISTED})\n- [G]({guide})\n- [X](https://docs.acme.example/else/x.md)\n"
    upstream.get(INDEX).mock(return_value=httpx.Response(200, text=index))
    upstream.get(PAGE).mock(return_value=httpx.Response(200, text=page("a", document("a"))))
    sandbox = URL.replace("api.", "api.sandbox.")
    listed = page("b", document("b"), sandbox)
    upstream.get(LISTED).mock(return_value=httpx.Response(200, text=listed))
    upstream.get(guide).mock(return_value=httpx.Response(200, text="# Guide\n"))
    _, problems = run(area, root)
    assert not problems
    assert sorted(stored(area, root)["paths"]) == ["/a", "/b"]
    entry = lock.load(root)[area.key]
    assert entry.how == "pages"
    assert [one.url for one in entry.pages] == [PAGE, LISTED]


def test_page_that_cannot_be_had_fails_the_pull(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """A missing page would look like a removed operation."""
    upstream.get(URL).mock(return_value=httpx.Response(404))
    upstream.get(INDEX).mock(return_value=httpx.Response(200, text=f"({LISTED})"))
    upstream.get(PAGE).mock(return_value=httpx.Response(200, text=page("a", document("a"))))
    upstream.get(LISTED).mock(return_value=httpx.Response(404))
    _, problems = run(area, root)
    assert [(one.document, one.message) for one in problems] == [
        (LISTED, "the page cannot be had: status 404")
    ]
    assert files(root) == pulled


def test_one_bad_area_does_not_keep_another_from_being_pulled(
    area: Area, root: Path, upstream: respx.MockRouter
) -> None:
    """Problems are reported; what is good is stored."""
    import msgspec  # noqa: PLC0415

    other = msgspec.structs.replace(area, name="depots", url=URL + "x")
    upstream.get(URL).mock(return_value=httpx.Response(200, json=document("a")))
    upstream.get(URL + "x").mock(return_value=httpx.Response(200, text="<html>"))
    with httpx.Client() as client:
        fetcher = Fetcher(client)
        done, problems = pull(
            [other, area],
            lambda one, _: from_network(one, fetcher, None, None),
            root,
            today="2026-11-21",
        )
    assert [one.area.key for one in done] == ["acme/parcels"]
    assert len(problems) == 1
    assert list(lock.load(root)) == ["acme/parcels"]


def test_same_document_on_another_day_keeps_its_entry(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """`obtained` is when the document became what it is; a daily pull makes no noise."""
    reply = httpx.Response(200, json=document("a", "b", "c", "d", "e"), headers={"ETag": '"1"'})
    upstream.get(URL).mock(return_value=reply)
    with httpx.Client() as client:
        fetcher = Fetcher(client)
        pull(
            [area],
            lambda one, _: from_network(one, fetcher, None, None),
            root,
            today="2027-01-01",
        )
    assert files(root) == pulled


@pytest.fixture
def acme(area: Area, monkeypatch: pytest.MonkeyPatch) -> Area:
    """The command line knows the made-up area only."""
    monkeypatch.setattr(areas, "load", lambda: [area])
    return area


def test_command_line_pulls_pages_from_a_folder_then_builds_and_checks(
    acme: Area, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way without a network."""
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "get-a-parcel.md").write_text(page("a", document("a")))
    where = ["--root", str(root)]
    assert cli.main([*where, "pull", "--pages", str(folder)]) == 0
    assert "acme/parcels: pages, changed\n" in capsys.readouterr().out
    assert [one.url for one in lock.load(root)[acme.key].pages] == [PAGE]
    assert cli.main([*where, "check"]) == 1
    assert "acme_async/_generated/parcels/models.py: missing" in capsys.readouterr().err
    assert cli.main([*where, "build"]) == 0
    assert cli.main([*where, "check"]) == 0


def test_command_line_takes_a_file_and_refuses_nonsense(
    acme: Area, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1 with every problem on a line, 2 for a wrong call."""
    where = ["--root", str(root)]
    path = tmp_path / "doc.json"
    path.write_text(json.dumps(document("a")))
    assert cli.main([*where, "pull", "parcels", "--from-file", str(path)]) == 0
    path.write_text('{"openapi": "2", "paths": []}')
    assert cli.main([*where, "pull", "parcels", "--from-file", str(path)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in told] == [
        f"{path}#/info",
        f"{path}#/openapi",
        f"{path}#/paths",
    ]
    assert cli.main([*where, "pull", "nothing"]) == 1
    assert "no such area; there are acme/parcels" in capsys.readouterr().err
    assert cli.main([*where, "pull", "--pages", str(tmp_path / "none")]) == 1
    with pytest.raises(SystemExit) as caught:
        cli.main([*where, "pull", "--environment", "moon"])
    assert caught.value.code == 2
    assert acme.key in lock.load(root)


def test_environment_changes_the_host(area: Area) -> None:
    """One document, several hosts."""
    assert area.url_in("sandbox") == "https://api.sandbox.acme.example/parcels/doc.json"
    assert area.url_in(None) == area.url_in("production") == URL


def test_pull_reports_drift_under_python_names(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a pull a maintainer reads what breaks, on the terminal and as Markdown."""
    shutil.copytree(ROOT / "specs", root / "specs")
    area = next(one for one in areas.load() if one.name == "revenue-reporting")
    new = json.loads((root / area.document).read_text("utf-8"))
    (name,) = [key for key in new["components"]["schemas"] if key.endswith("TollingRevenue")]
    new["components"]["schemas"][name]["properties"]["market"] = {"type": "string"}
    path = tmp_path / "new.json"
    path.write_text(json.dumps(new), "utf-8")
    report = tmp_path / "report.md"
    arguments = ["pull", area.name, "--from-file", str(path), "--report", str(report)]
    assert cli.main(["--root", str(root), *arguments]) == 0
    line = "compatible  revenue_reporting.models.TollingRevenue.market: new, str"
    assert line in capsys.readouterr().out
    assert "### Compatible" in report.read_text("utf-8")
    assert cli.main(["--root", str(root), *arguments]) == 0
    assert "Nothing changes for those who use the client.\n" in report.read_text("utf-8")


def test_report_tells_that_only_words_changed(
    acme: Area, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A unit may have moved with them: no fact has changed, and yet somebody must look."""
    path, report = tmp_path / "doc.json", tmp_path / "report.md"
    arguments = ["pull", acme.name, "--from-file", str(path), "--report", str(report)]
    new = document("a")
    for words in ("In kW.", "In MW."):
        new["paths"]["/a"]["get"]["description"] = words
        path.write_text(json.dumps(new), "utf-8")
        assert cli.main(["--root", str(root), *arguments]) == 0
    assert "descriptions changed upstream" in capsys.readouterr().out
    text = report.read_text("utf-8")
    assert "Upstream's words did: read them." in text
    assert "### Read the descriptions" in text
    assert f"- `{acme.key}`" in text
    assert cli.main(["--root", str(root), *arguments]) == 0
    assert "Nothing changes for those who use the client.\n" in report.read_text("utf-8")


def test_passing_trouble_is_waited_out(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """A few attempts, as late as the server asks for."""
    good = httpx.Response(200, json=document("a", "b", "c", "d", "e", "f"))
    busy = httpx.Response(503, headers={"Retry-After": "7"})
    upstream.get(URL).mock(side_effect=[busy, httpx.ReadTimeout("silence"), good])
    waits: list[float] = []
    done, problems = run(area, root, sleep=waits.append)
    assert not problems
    assert done[0].is_changed
    assert waits == [7.0, 2.0]


def test_lasting_trouble_ends_after_a_few_attempts(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """And at once where the server asks for more patience than we have."""
    route = upstream.get(URL).mock(side_effect=httpx.ReadTimeout("silence"))
    _, problems = run(area, root)
    assert "ReadTimeout" in problems[0].message
    assert route.call_count == 1 + 4  # the good one before
    route.mock(return_value=httpx.Response(429, headers={"Retry-After": "3600"}))
    _, problems = run(area, root)
    assert route.call_count == 1 + 4 + 1
    assert files(root) == pulled


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(
            lambda: httpx.Response(
                200,
                headers={"Content-Encoding": "gzip"},
                content=gzip.compress(b" " * 50_000_000),
            ),
            "larger than",
            id="gzip-bomb",
        ),
        pytest.param(
            lambda: httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=b"junk"),
            "cannot be decompressed",
            id="no-gzip",
        ),
        pytest.param(
            lambda: httpx.Response(200, text="swagger: '1.2'\ninfo: {title: x}\n"),
            "expected Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2, got '1.2'",
            id="swagger-1-in-yaml",
        ),
        pytest.param(
            lambda: httpx.Response(200, text=BOMB),
            "aliases followed",
            id="yaml-bomb",
        ),
        pytest.param(
            lambda: httpx.Response(302, headers={"Location": "http://api.acme.example/x"}),
            "is not https",
            id="redirect-to-http",
        ),
        pytest.param(
            lambda: httpx.Response(302, headers={"Location": URL}), "redirects", id="circle"
        ),
        pytest.param(
            lambda: httpx.Response(302, headers={"Location": "file:///etc/passwd"}),
            "is not https",
            id="redirect-to-file",
        ),
        pytest.param(
            lambda: httpx.Response(200, content=b"[" * 100_000), "not readable", id="nesting"
        ),
    ],
)
def test_servers_that_mean_harm_change_nothing(
    area: Area,
    root: Path,
    upstream: respx.MockRouter,
    pulled: dict[str, bytes],
    reply: Any,
    message: str,
) -> None:
    """Refused with the reason; `specs/` stays as it was."""
    upstream.get(URL).mock(side_effect=lambda _: reply())
    _, problems = run(area, root)
    assert any(message in str(one) for one in problems), problems
    assert files(root) == pulled


def test_a_drip_ends_with_the_time_for_it(
    area: Area, root: Path, upstream: respx.MockRouter, pulled: dict[str, bytes]
) -> None:
    """Each byte in time, and yet never done."""
    text = json.dumps(document("a"))
    upstream.get(URL).mock(side_effect=lambda _: httpx.Response(200, text=text))
    ticks = iter(range(0, 10_000, 500))
    _, problems = run(area, root, clock=lambda: float(next(ticks)))
    assert "not here after 120 seconds" in problems[0].message
    assert files(root) == pulled


def test_a_document_in_yaml_is_stored_as_json(
    area: Area, root: Path, upstream: respx.MockRouter
) -> None:
    """The format of the file is upstream's affair; dates in it stay text."""
    text = "openapi: 3.1.0\ninfo: {title: Acme, version: 2026-01-01}\npaths: {}\n"
    upstream.get(URL).mock(return_value=httpx.Response(200, text=text))
    _, problems = run(area, root)
    assert not problems
    assert stored(area, root)["info"]["version"] == "2026-01-01"
