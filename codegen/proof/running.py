"""A build proves itself: what it has made is imported and used, in another process."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from codegen.documents.document import Json, operations
from codegen.functions.functions import Function
from codegen.problems import Problem
from codegen.proof.samples import answers_of
from codegen.render import write_files

_CHILD = Path(__file__).with_name("child.py")
_MOST_SECONDS = 900


class Trial(NamedTuple):
    """A module that was made, pointers of its operations, and answers that each must decode."""

    module: str
    source: str
    places: Mapping[str, str]
    answers: Mapping[str, Sequence[Any]]


def trial_of(module: str, source: str, document: Json, functions: Sequence[Function]) -> Trial:
    """What is to be tried with the module that holds `functions`."""
    names = {one.where: one.name for one in functions}
    found = {names[at.where]: at for at in operations(document) if at.where in names}
    return Trial(
        module,
        source,
        {name: at.where for name, at in found.items()},
        {name: list(answers_of(document, at)) for name, at in found.items()},
    )


def prove(texts: Mapping[str, str], trials: Sequence[Trial]) -> list[Problem]:
    """Import what was made, build every decoder and decode the made-up answers.

    Gives what went wrong. `texts` are the files by path, as they would be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_files(texts, Path(folder))
        for path in {path.partition("/")[0] for path in texts}:
            Path(folder, path, "__init__.py").touch()
        job = {one.module: one.answers for one in trials}
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(_CHILD), folder],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
            timeout=_MOST_SECONDS,
        )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        message = f"what was made of it cannot be imported: {last[0]}"
        return [Problem(trials[0].source if trials else "", "", message)]
    found = json.loads(done.stdout)
    return [
        Problem(one.source, f"{one.places[name]}/responses", message)
        for one in trials
        for name, message in sorted(found[one.module].items())
    ]
