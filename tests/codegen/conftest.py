"""A made-up API to generate from, in a project folder of its own."""

import importlib
import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from codegen import areas
from codegen.areas import Area
from codegen.build import build, write
from codegen.cli import main

ROOT = Path(__file__).resolve().parents[2]
_numbers = itertools.count()

Generate = Callable[[dict[str, Any]], ModuleType]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project folder without any document yet."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.fixture
def area() -> Area:
    """The area of parcels in the made-up acme API."""
    return Area(
        api="acme",
        package="acme_async",
        name="parcels",
        title="acme parcels",
        url="https://api.acme.example/parcels/doc.json",
        index="https://docs.acme.example/llms.txt",
        pages_under="https://docs.acme.example/parcels/",
        pages=("https://docs.acme.example/parcels/get-a-parcel.md",),
        environments={
            "production": "https://api.acme.example",
            "sandbox": "https://api.sandbox.acme.example",
        },
        mends=("authorization", "bodies", "formats", "times"),
    )


@pytest.fixture
def store(root: Path, area: Area) -> Callable[[dict[str, Any]], Path]:
    """Puts a document where the area's document belongs."""

    def put(document: dict[str, Any]) -> Path:
        path = root / area.document
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), "utf-8")
        return path

    return put


@pytest.fixture
def generate(
    root: Path,
    area: Area,
    store: Callable[[dict[str, Any]], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Generate:
    """Generates a package of a fresh name from a document and imports its area."""

    def run(document: dict[str, Any]) -> ModuleType:
        store(document)
        package = f"acme_async_{os.getpid()}_{next(_numbers)}"
        own = Area(api="acme", package=package, name=area.name, title=area.title, mends=area.mends)
        write(build([own], root), [own], root)
        (root / package / "__init__.py").write_text('"""Made-up package."""\n')
        monkeypatch.syspath_prepend(str(root))
        importlib.invalidate_caches()
        importlib.import_module(f"{package}._generated.parcels.models")
        return importlib.import_module(f"{package}._generated.parcels")

    return run


class Project:
    """A copy of `specs/` and commands that run on it, with a package of its own for one area."""

    def __init__(self, root: Path, area: Area, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.area, self._capsys = root, area, capsys
        shutil.copytree(ROOT / "specs", root / "specs")

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit status, and everything printed."""
        status = main(["--root", str(self.root), *arguments])
        return status, "".join(self._capsys.readouterr())

    def pull(self, document: Any, *options: str) -> tuple[int, str]:
        path = self.root / "upstream.json"
        path.write_text(json.dumps(document), "utf-8")
        return self.run("pull", self.area.name, "--from-file", str(path), *options)

    def built(self) -> ModuleType:
        """The package."""
        importlib.invalidate_caches()
        return importlib.import_module(f"{self.area.package}._generated.{self.area.module}")


@pytest.fixture
def project(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Area], Project]:
    def make(area: Area) -> Project:
        own = msgspec.structs.replace(area, package=f"own_{abs(hash(root))}")
        monkeypatch.setattr(areas, "load", lambda *_: [own])
        monkeypatch.syspath_prepend(str(root))
        return Project(root, own, capsys)

    return make
