"""Profiles: whom to work for, by name, in a file of the user's. Never a password."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from energy_async.files import write_whole

__all__ = ["NAME", "Profile", "Profiles", "chosen", "profiles_file", "read", "write"]

NAME: Final = "TRLYR_PROFILE"


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
    """Read the profiles.

    Raises:
        ValueError: The file holds something else.
        OSError: It cannot be read.
    """
    file = profiles_file()
    if not file.exists():
        return Profiles()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Profiles)
    except msgspec.DecodeError as exc:
        raise ValueError(f"{file}: {exc}; mend it, or delete it to begin anew") from exc


def write(profiles: Profiles) -> Path:
    """Write the profiles; give the file.

    Raises:
        OSError: It cannot be written.
    """
    file = profiles_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, msgspec.json.format(msgspec.json.encode(profiles), indent=2), b"\n")
    return file


def chosen(name: str | None) -> Profile | None:
    """Give the profile that holds: the one named, else the one in use unless TRLYR_USERNAME is set.

    The environment and a profile never mix: a user of one at the place of the other would be
    somebody else.

    Raises:
        ValueError: There is none of that name.
    """
    name = name or os.environ.get(NAME)
    if name:
        return read()[name]
    if os.environ.get("TRLYR_USERNAME"):
        return None
    found = read()
    return found[found.used] if found.used else None
