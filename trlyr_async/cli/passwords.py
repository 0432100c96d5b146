"""Passwords in the keyring of the system, where the extra `keyring` is installed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

__all__ = ["load", "save"]

_SERVICE: Final = "trlyr-async"


def load(username: str, base_url: str) -> str | None:
    """Give the password; None if there is no keyring, it is locked, or it has none."""
    with suppress(ImportError):
        keyring = _keyring()
        with suppress(keyring.errors.KeyringError):
            found: str | None = keyring.get_password(_SERVICE, f"{username} at {base_url}")
            return found
    return None


def save(username: str, base_url: str, secret: str) -> None:
    """Put a password into the keyring.

    Raises:
        ImportError: The extra is not installed.
        ValueError: The keyring takes nothing.
    """
    keyring = _keyring()
    try:
        keyring.set_password(_SERVICE, f"{username} at {base_url}", secret)
    except keyring.errors.KeyringError as exc:
        raise ValueError(f"the keyring of this system took no password: {exc}") from exc


def _keyring() -> Any:  # noqa: ANN401 - a module
    try:
        import keyring.errors  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise ImportError('no keyring: pip install "trlyr-async[keyring]"') from exc
    return keyring
