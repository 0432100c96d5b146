"""Profiles say whom to work for; they never mix with the environment, and hold no password."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from trlyr_async.cli import profiles

if TYPE_CHECKING:
    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command

ADD = ("trlyr", "profile", "add")


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """What the system's keyring holds, whatever this machine has."""
    found: dict[tuple[str, str], str] = {}
    module: Any = ModuleType("keyring")
    module.errors = ModuleType("keyring.errors")
    module.errors.KeyringError = RuntimeError
    module.get_password = lambda service, name: found.get((service, name))
    module.set_password = lambda service, name, secret: found.update({(service, name): secret})
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", module.errors)
    return found


@pytest.fixture
def bare(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox of which the environment says nothing."""
    for name in sandbox.environment:
        monkeypatch.delenv(name)
    return sandbox


def added(command: Command, sandbox: Sandbox, name: str = "work", **changed: str) -> None:
    options = {
        "--username": sandbox.username,
        "--environment": sandbox.url,
        "--organisation": sandbox.organisation_id,
        **changed,
    }
    ended = command(*ADD, name, *(word for pair in options.items() for word in pair))
    assert ended.code == 0, ended.err


@pytest.mark.usefixtures("ring")
def test_a_profile_stands_in_for_the_environment(
    command: Command, bare: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("trlyr", "assets").code == 2
    added(command, bare)
    monkeypatch.setenv("TRLYR_PASSWORD", bare.password)
    ended = command("trlyr", "assets", "-f", "json")
    assert (ended.code, ended.err) == (0, "")
    assert bare.virtual_asset_ids[0] in ended.out
    assert bare.password not in profiles.profiles_file().read_text()


def test_the_password_comes_from_the_keyring(
    command: Command,
    bare: Sandbox,
    ring: dict[tuple[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added(command, bare)
    ring["trlyr-async", f"{bare.username} at {bare.url}"] = bare.password
    ended = command("trlyr", "login", "--verbose")
    assert ended.code == 0, ended.err
    assert bare.password not in ended.out + ended.err


def test_an_added_password_goes_to_the_keyring(
    command: Command,
    bare: Sandbox,
    ring: dict[tuple[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Typed:
        def isatty(self) -> bool:
            return False

        def readline(self) -> str:
            return "a secret of mine\n"

    monkeypatch.setattr(sys, "stdin", Typed())
    assert command(*ADD, "work", "-u", "me", "-e", bare.url, "--keyring").code == 0
    assert list(ring.values()) == ["a secret of mine"]
    assert "secret" not in profiles.profiles_file().read_text()


@pytest.mark.usefixtures("ring")
def test_the_environment_and_a_profile_never_mix(command: Command, sandbox: Sandbox) -> None:
    """A user of the one at the place of the other would be somebody else."""
    added(command, sandbox, "other", **{"--username": "other", "--environment": "sandbox"})
    assert f"as {sandbox.username}" in command("trlyr", "login").out  # the environment names one
    ended = command("trlyr", "login", "--profile", "other", "--environment", sandbox.url)
    assert (ended.code, "401" in ended.err) == (1, True)  # its own user, whoever the environment is


@pytest.mark.usefixtures("ring")
def test_the_one_in_use_is_marked_and_can_be_changed(command: Command, bare: Sandbox) -> None:
    added(command, bare, "first")
    added(command, bare, "second")
    assert command("trlyr", "profile", "list").out.startswith(f"* first: {bare.username} at ")
    assert profiles.read().used == "first"
    assert command("trlyr", "profile", "use", "second").code == 0
    assert profiles.read().used == "second"


@pytest.mark.usefixtures("bare")
def test_a_damaged_file_of_profiles_is_named(command: Command) -> None:
    profiles.write(profiles.Profiles())
    profiles.profiles_file().write_text('{"profiles": []}')
    ended = command("trlyr", "assets")
    assert ended.code == 2
    assert "profiles.json" in ended.err
    assert "mend it, or delete it" in ended.err
