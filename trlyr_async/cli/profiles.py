"""Profiles: whom to work for, by name, in a file of the user's; passwords in the keyring alone."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import platformdirs

from energy_async.files import write_whole

__all__ = [
    "Profile", "Profiles", "add", "chosen", "load_password", "profiles_file", "read",
    "save_password", "write",
]  # fmt: skip

NAME: Final = "TRLYR_PROFILE"
_SERVICE: Final = "trlyr-async"


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom to work for.

    Attributes:
        username: As at the login.
        environment: `production`, `sandbox` or a base URL.
        organisation: The id of the organisation that owns the assets.
        paths: A file as `TRLYR_PATHS` names one.
    """

    username: str
    environment: str = "production"
    organisation: str | None = None
    paths: str | None = None


class Profiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All profiles of a user; `used` is the one for commands that name none."""

    used: str | None = None
    profiles: dict[str, Profile] = {}

    def __getitem__(self, name: str) -> Profile:
        if name not in self.profiles:
            there = ", ".join(sorted(self.profiles)) or "none; add one with trlyr profile add"
            raise ValueError(f"no profile {name!r}; there are: {there}")
        return self.profiles[name]


def profiles_file() -> Path:
    """Give the file in the configuration folder of this platform."""
    return Path(platformdirs.user_config_dir("trlyr-async", appauthor=False)) / "profiles.json"


def read() -> Profiles:
    """Read the profiles."""
    file = profiles_file()
    if not file.exists():
        return Profiles()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Profiles)
    except msgspec.DecodeError as exc:
        raise ValueError(f"{file}: {exc}; mend it, or delete it to begin anew") from exc


def write(profiles: Profiles) -> Path:
    """Write the profiles; give the file."""
    file = profiles_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, msgspec.json.format(msgspec.json.encode(profiles), indent=2), b"\n")
    return file


def add(name: str, profile: Profile) -> Path:
    """Write a profile beside the others, or in place of one; give the file."""
    before = read()
    return write(Profiles(before.used or name, {**before.profiles, name: profile}))


def chosen(name: str | None) -> Profile | None:
    """Give the profile that holds: the one named, else the one in use unless TRLYR_USERNAME is set.

    The environment and a profile never mix: a user of one at the place of the other would be
    somebody else.
    """
    name = name or os.environ.get(NAME)
    if name:
        return read()[name]
    if os.environ.get("TRLYR_USERNAME"):
        return None
    found = read()
    return found[found.used] if found.used else None


def load_password(username: str, base_url: str) -> str | None:
    """Give the password; None if there is no keyring, it is locked, or it has none."""
    with suppress(ImportError):
        keyring = _keyring()
        with suppress(keyring.errors.KeyringError):
            found: str | None = keyring.get_password(_SERVICE, f"{username} at {base_url}")
            return found
    return None


def save_password(username: str, base_url: str, secret: str) -> None:
    """Put a password into the keyring."""
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
