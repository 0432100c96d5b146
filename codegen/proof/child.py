"""Runs in a process of its own: imports modules that were made and decodes answers with them.

Called with the folder of the modules; reads from stdin, as JSON, the answers of each function of
each module, and writes to stdout what went wrong, in the same order.
"""

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import msgspec


def _tried(module: str, answers: Mapping[str, list[Any]]) -> dict[str, str]:
    from energy_async.transport.call import Plan  # noqa: PLC0415 - after the path is set

    made = importlib.import_module(module)
    wrong: dict[str, str] = {}
    for name, operation in made.OPERATIONS.items():
        try:
            decode = Plan(operation).decode
            for kind in operation.errors.values():
                msgspec.json.Decoder(kind)
        except Exception as exc:  # noqa: BLE001 - whatever is wrong with a type
            wrong[name] = f"its answers cannot be decoded at all: {exc}"
            continue
        if decode is None:
            continue
        for answer in answers.get(name, ()):
            try:
                decode(json.dumps(answer).encode())
            except Exception as exc:  # noqa: BLE001 - whatever a decoder raises
                text = json.dumps(answer, ensure_ascii=False)
                short = text if len(text) <= 200 else text[:197] + "..."  # noqa: PLR2004
                wrong[name] = f"an answer that the document allows is not decoded: {exc}: {short}"
                break
    return wrong


def _main() -> None:
    sys.path.insert(0, sys.argv[1])
    job = json.load(sys.stdin)
    json.dump({module: _tried(module, answers) for module, answers in job.items()}, sys.stdout)


if __name__ == "__main__":
    _main()
