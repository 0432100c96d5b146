"""Passwords in the keyring of the system, where the extra `keyring` is installed."""

from __future__ import annotations

from typing import Final

__all__ = ["load", "save"]

_SERVICE: Final = "trlyr-async"


def load(username: str, base_url: str) -> str | None:
    """Give the password, if the keyring has one."""
    try:
        import keyring  # noqa: PLC0415 - an extra
        import keyring.errors  # noqa: PLC0415
    except ImportError:
        return None
    try:
        return keyring.get_password(_SERVICE, f"{username} at {base_url}")
    except keyring.errors.KeyringError:  # locked, or no keyring on this machine
        return None


def save(username: str, base_url: str, secret: str) -> None:
    """Put a password into the keyring.

    Raises:
        ValueError: The extra is not installed, or there is no keyring to write to.
    """
    try:
        import keyring  # noqa: PLC0415 - an extra
        import keyring.errors  # noqa: PLC0415
    except ImportError as exc:
        raise ValueError('no keyring: pip install "trlyr-async[keyring]"') from exc
    try:
        keyring.set_password(_SERVICE, f"{username} at {base_url}", secret)
    except keyring.errors.KeyringError as exc:
        raise ValueError(f"the keyring of this system took no password: {exc}") from exc
