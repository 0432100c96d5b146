"""A local server that plays both APIs: terralayr and the French market feeds.

    async with Sandbox(seed=7) as sandbox:
        ...  # sandbox.url, sandbox.username, sandbox.password; sandbox.feeds_url, sandbox.token

Its figures come from a seed, its rules from the OpenAPI documents, read independently of the
clients. It misbehaves on request (`Fault`, `Sandbox.inject`) and counts what it sees
(`Sandbox.counters`). Needs the extra: `pip install "trlyr-async[sandbox]"`.
"""

from energy_sandbox.counters import Counters
from energy_sandbox.faults import Fault, FaultKind
from energy_sandbox.feeds.behaviour import Correction, FeedBehaviour
from energy_sandbox.problems import SandboxError
from energy_sandbox.sandbox import Sandbox
from energy_sandbox.serving import serve

__all__ = [
    "Correction",
    "Counters",
    "Fault",
    "FaultKind",
    "FeedBehaviour",
    "Sandbox",
    "SandboxError",
    "serve",
]
