"""All stages in a row: document -> overlay -> mends -> shapes -> types -> Python text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codegen.areas import Area
from codegen.documents.document import Json, canonical, sha256
from codegen.documents.normalise import normalise
from codegen.documents.reading import read
from codegen.interface import interface_of
from codegen.overlays import overlay
from codegen.overlays.actions import Applied
from codegen.problems import Problem, ProblemsError
from codegen.proof.running import prove, trial_of
from codegen.render import formatted, operations_values, public_names, render
from codegen.schemas.models import models_module

Output = dict[str, bytes]
"""Content of each generated file by its path from the root of the repository."""

_SANDBOX = "energy_sandbox/_generated"
_SANDBOX_DOCSTRING = '"""The effective OpenAPI documents: what the sandbox answers to."""\n'


def build(areas: Sequence[Area], root: Path) -> Output:
    """Everything that is generated for the areas; raises ProblemsError with the problems of all."""
    output: Output = {}
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for area in areas:
        try:
            document, digest = effective(area, root)
            texts |= area_code(document, digest, area)
            output[f"{_SANDBOX}/{area.api}/{area.module}.json"] = canonical(document)
        except ProblemsError as exc:
            problems += exc.problems
    if problems:
        raise ProblemsError(problems)
    texts |= _packages(areas)
    own = {"energy_async", *(area.package for area in areas)}
    output |= {path: text.encode() for path, text in formatted(texts, root, own).items()}
    return dict(sorted(output.items()))


def proved(areas: Sequence[Area], root: Path) -> Output:
    """The same, after it has been imported and used; raises ProblemsError."""
    output = build(areas, root)
    trials = []
    for area in areas:
        document, _ = effective(area, root)
        functions = list(interface_of(document, area).functions.values())
        module = f"{area.package}._generated.{area.module}.operations"
        trials.append(trial_of(module, area.document, document, functions))
    texts = {path: content.decode() for path, content in output.items() if path.endswith(".py")}
    if problems := prove(texts, trials):
        raise ProblemsError(problems)
    return output


def effective(area: Area, root: Path) -> tuple[Json, str]:
    """The effective document of an area, and the SHA-256 of the document as it is stored."""
    digest = sha256((root / area.document).read_bytes())
    return normalise(_applied(area, root).document, area.mends), digest


def overtaken(areas: Sequence[Area], root: Path) -> list[Problem]:
    """What upstream has overtaken in the overlays: no build fails over it, every check does."""
    return [problem for area in areas for problem in _applied(area, root).overtaken]


def _applied(area: Area, root: Path) -> Applied:
    document = read(root / area.document, area.document)
    actions = overlay.read(root / area.overlay, area.overlay)
    return overlay.apply(document, actions, area.overlay)


def area_code(document: Json, digest: str, area: Area) -> dict[str, str]:
    """The modules of one area, not yet formatted, by path."""
    interface = interface_of(document, area)
    functions, named = list(interface.functions.values()), interface.named
    folder = f"{area.package}/_generated/{area.module}"
    module = folder.replace("/", ".")
    header = f"# Do not edit: `python -m codegen build`, {area.document} sha256:{digest[:12]}"

    def text(template: str, what: str, **values: Any) -> str:  # noqa: ANN401
        about = f'"""{what} of {area.title}."""'
        return render(template, header=header, docstring=about, area=area.module, **values)

    what = "Endpoint functions"
    values = operations_values(functions, named, f"{module}.models")
    return {
        f"{folder}/__init__.py": text(
            "face.py.jinja", what, module=f"{module}.operations", names=public_names(functions)
        ),
        f"{folder}/models.py": text("models.py.jinja", "Structs", module=models_module(named)),
        f"{folder}/operations.py": text("operations.py.jinja", what, **values),
    }


def _packages(areas: Sequence[Area]) -> dict[str, str]:
    packages = {area.package for area in areas}
    texts = {
        f"{package}/_generated/__init__.py": '"""Code generated from the documents in specs/."""\n'
        for package in packages
    }
    return texts | {f"{_SANDBOX}/__init__.py": _SANDBOX_DOCSTRING}


def write(output: Output, areas: Sequence[Area], root: Path) -> list[str]:
    """Make the generated folders hold exactly `output`; give the paths that changed."""
    changed = []
    for path, content in output.items():
        target = root / path
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            changed.append(path)
    for path in present(areas, root):
        if path not in output:
            (root / path).unlink()
            changed.append(path)
    return changed


def present(areas: Sequence[Area], root: Path) -> list[str]:
    """Every file in the generated folders, caches of the interpreter aside."""
    return sorted(
        path.relative_to(root).as_posix()
        for folder in {f"{area.package}/_generated" for area in areas} | {_SANDBOX}
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
