"""What can go wrong, on either side of the socket.

`SandboxError` is for whoever starts a sandbox; `Refusal` never leaves the server: it becomes an
error answer.

    SandboxError (RuntimeError)
    Refusal
"""

from __future__ import annotations

from http import HTTPStatus


class SandboxError(RuntimeError):
    """The sandbox cannot start or go on; the message says what to change."""


class Refusal(Exception):
    """A request that gets an error answer with this status and message."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, message, headers)
        self.headers: dict[str, str]
        self.message: str
        self.status: int
        self.status, self.message, self.headers = status, message, headers or {}

    def body(self) -> dict[str, str]:
        """Give the JSON object that the caller reads."""
        known = self.status in HTTPStatus.__members__.values()
        phrase = HTTPStatus(self.status).phrase if known else f"Status {self.status}"
        return {"error": phrase, "message": self.message}


def require_jsonschema() -> None:
    """Check that the packages of the `[sandbox]` extra are there.

    Raises:
        SandboxError: One is missing. Without `rfc3339-validator`, jsonschema would let bad times
            pass in silence.
    """
    try:
        import jsonschema  # noqa: F401, PLC0415
        import rfc3339_validator  # type: ignore[import-untyped]  # noqa: F401, PLC0415
    except ImportError as exc:
        raise SandboxError(
            f'the sandbox needs the package {exc.name!r}: pip install "trlyr-async[sandbox]"'
        ) from exc
