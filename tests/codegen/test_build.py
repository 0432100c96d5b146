"""A document becomes the code that it should, the same code every time."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from codegen.areas import Area
from codegen.build import build, effective, present, write
from codegen.check import check
from energy_async.transport.request import Reply, Request

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
PARCELS = json.loads((GOLDEN / "parcels.json").read_text("utf-8"))
FOLDER = "acme_async/_generated/parcels"

Generate = Callable[[dict[str, Any]], ModuleType]


@pytest.fixture
def project(root: Path, area: Area) -> Path:
    """A project with the golden document and its overlay."""
    folder = root / "specs/acme"
    folder.mkdir(parents=True)
    for name in ("parcels.json", "parcels.overlay.yaml"):
        (folder / name).write_bytes((GOLDEN / name).read_bytes())
    return root


@pytest.mark.parametrize("module", ["__init__", "models", "operations"])
def test_output_is_the_golden_one(project: Path, area: Area, module: str) -> None:
    """After a wanted change run `UPDATE_GOLDEN=1 pytest tests/codegen` and read the diff."""
    output = build([area], project)[f"{FOLDER}/{module}.py"].decode()
    golden = GOLDEN / f"{module}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(output, "utf-8", newline="\n")
    assert output == golden.read_text("utf-8")


def test_two_builds_are_byte_identical_whatever_the_hash_seed(project: Path, area: Area) -> None:
    """Sets and dictionaries never decide the order of anything."""
    script = (
        "import hashlib, msgspec, sys; from pathlib import Path;"
        "from codegen.areas import Area; from codegen.build import build;"
        "area = msgspec.json.decode(sys.argv[1], type=Area);"
        "output = build([area], Path(sys.argv[2]));"
        "print(hashlib.sha256(msgspec.json.encode(output)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, msgspec.json.encode(area).decode(), str(project)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    here = hashlib.sha256(msgspec.json.encode(build([area], project))).hexdigest()
    assert digests == {here}


def test_order_of_keys_upstream_changes_nothing_but_the_digest(project: Path, area: Area) -> None:
    """A document whose keys were shuffled gives the same code: only the fields keep their order."""

    def reversed_keys(node: Any) -> Any:
        if isinstance(node, dict):
            keys = list(node) if {"sentAt", "depotID"} & node.keys() else reversed(list(node))
            return {key: reversed_keys(node[key]) for key in keys}
        return [reversed_keys(item) for item in node] if isinstance(node, list) else node

    def without_header(output: dict[str, bytes]) -> dict[str, bytes]:
        return {
            path: content.partition(b"\n")[2] if content.startswith(b"#") else content
            for path, content in output.items()
        }

    before = without_header(build([area], project))
    (project / area.document).write_text(json.dumps(reversed_keys(PARCELS)), "utf-8")
    assert without_header(build([area], project)) == before


def test_check_names_what_differs_is_missing_or_is_extra(project: Path, area: Area) -> None:
    """A generated folder holds exactly what a build gives, in both directions."""
    write(build([area], project), [area], project)
    (project / FOLDER / "models.py").write_text("# edited by hand\n")
    (project / FOLDER / "operations.py").unlink()
    (project / FOLDER / "left_over.py").write_text("")
    found = set(check([area], project))
    assert found >= {
        f"{FOLDER}/models.py: differs",
        f"{FOLDER}/operations.py: missing",
        f"{FOLDER}/left_over.py: extra",
    }
    assert not any("__init__.py" in one for one in found)


def test_check_names_a_document_that_the_lock_file_does_not_know(project: Path, area: Area) -> None:
    """A document edited by hand does not go unnoticed."""
    write(build([area], project), [area], project)
    assert check([area], project) == [
        "specs/acme/parcels.json: not as recorded in specs/specs.lock"
    ]


def test_build_removes_files_that_are_no_longer_generated(project: Path, area: Area) -> None:
    """Nothing of an operation that is gone stays behind."""
    write(build([area], project), [area], project)
    (project / FOLDER / "left_over.py").write_text("")
    changed = write(build([area], project), [area], project)
    assert changed == [f"{FOLDER}/left_over.py"]
    assert f"{FOLDER}/left_over.py" not in present([area], project)


def test_effective_document_is_what_the_sandbox_gets(project: Path, area: Area) -> None:
    """Overlay and mends are in it; the lenient pass is not."""
    document, _ = effective(area, project)
    stored = json.loads(build([area], project)["energy_sandbox/_generated/acme/parcels.json"])
    assert stored == document
    listing = document["paths"]["/depots/{depotID}/parcels"]["get"]
    assert listing["x-trlyr-provenance"] == "partial"
    assert [one["name"] for one in listing["parameters"]] == ["depotID", "start", "end", "labels"]
    assert document["components"]["schemas"]["Parcel"]["properties"]["class"]["enum"] == [
        "EXPRESS",
        "SLOW",
    ]


class Recorder:
    """Stands where the client stands and keeps the request."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.requests: list[Request[Any]] = []

    async def send(self, request: Request[Any], **_options: object) -> object:
        """Keep the request, give the answer."""
        self.requests.append(request)
        return self.answer

    async def send_raw(self, request: Request[Any], **_options: object) -> Reply:
        """Not needed here."""
        raise NotImplementedError


async def test_generated_function_builds_the_request(generate: Generate) -> None:
    """Generated, imported, called: names and values arrive under upstream's names."""
    area = generate(PARCELS)
    client = Recorder([])
    start = datetime(2026, 3, 1, tzinfo=UTC)
    await area.list_parcels(client, "d-1", start=start, labels=["fragile", "cold"])
    request = client.requests[0]
    assert request.operation is area.OPERATIONS["list_parcels"]
    assert request.path == {"depotID": "d-1"}
    assert request.query == {"start": start, "end": None, "labels": "fragile,cold"}


async def test_null_instead_of_a_list_is_an_empty_list(generate: Generate) -> None:
    """Servers written in Go send null for an empty list."""
    area = generate(PARCELS)
    operation = area.OPERATIONS["list_parcels"]
    assert msgspec.json.decode(b"null", type=operation.returns) is None
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert await area.list_parcels(Recorder(None), "d-1", start=start) == []


def test_answers_decode_leniently_and_encode_again(generate: Generate) -> None:
    """Unknown enum values and fields pass; null and missing are None; wire names come back."""
    area = generate(PARCELS)
    returns = area.OPERATIONS["list_parcels"].returns
    text = (
        b'[{"id":"p-1","class":"TELEPORT","sentAt":"2026-03-01T10:00:00Z","weightKg":1,'
        b'"code":"4711","stops":null,"news":true}]'
    )
    (parcel,) = msgspec.json.decode(text, type=returns)
    assert parcel.id == "p-1"
    assert parcel.class_ == "TELEPORT"
    assert parcel.sent_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert parcel.weight_kg == 1.0
    assert parcel.stops is None
    again = msgspec.json.decode(msgspec.json.encode([parcel]), type=returns)
    assert again == [parcel]
    assert json.loads(msgspec.json.encode(parcel))["weightKg"] == 1.0


def test_a_time_without_a_zone_is_refused(generate: Generate) -> None:
    """Guessing a zone would move money by an hour."""
    returns = generate(PARCELS).OPERATIONS["list_parcels"].returns
    text = b'[{"id":"p-1","sentAt":"2026-03-01T10:00:00","stops":[]}]'
    with pytest.raises(msgspec.ValidationError, match="sentAt"):
        msgspec.json.decode(text, type=returns)


def test_what_is_required_is_demanded(generate: Generate) -> None:
    """Requiredness is upstream's word and is kept."""
    returns = generate(PARCELS).OPERATIONS["list_parcels"].returns
    with pytest.raises(msgspec.ValidationError, match="id"):
        msgspec.json.decode(b'[{"stops":[]}]', type=returns)
