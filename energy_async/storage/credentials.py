"""Credentials and endpoints of stores as their own tools take them.

obstore reads the plain environment variables of each cloud by itself. This adds what the tools of
the clouds know beside: profiles and single sign-on of AWS, endpoints for one service, connection
strings of Azure, emulators.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["settings"]

_TIMEOUT: Final = timedelta(minutes=2)
_AWS_ALONE: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
)
_AZURE: Final = {
    "accountname": "account_name",
    "accountkey": "account_key",
    "sharedaccesssignature": "sas_token",
    "blobendpoint": "endpoint",
}


def settings(kind: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the options of a store of obstore that its tools would take from the environment."""
    found: dict[str, Any] = {
        "S3Store": _aws,
        "AzureStore": _azure,
        "GCSStore": _google,
    }[kind](environment)
    endpoint = str(found.get("endpoint", ""))
    plain = endpoint.startswith("http://") or bool(found.pop("is_plain", False))
    return {**found, "client_options": {"timeout": _TIMEOUT, "allow_http": plain}}


def _aws(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not any(environment.get(name) for name in _AWS_ALONE) and _has_profile(environment):
        session, provider = _profile()
        found["credential_provider"] = provider
        client = session.client("s3")
        region = region or client.meta.region_name
        if "amazonaws.com" not in client.meta.endpoint_url:
            endpoint = endpoint or client.meta.endpoint_url
    found["region"] = region or "us-east-1"
    if endpoint:
        found["endpoint"] = endpoint
    return found


def _has_profile(environment: Mapping[str, str]) -> bool:
    home = Path(environment.get("HOME") or Path.home()) / ".aws"
    files = (
        Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials"),
        Path(environment.get("AWS_CONFIG_FILE") or home / "config"),
    )
    return bool(environment.get("AWS_PROFILE")) or any(one.is_file() for one in files)


def _profile() -> tuple[Any, Any]:
    try:
        import boto3  # noqa: PLC0415 - the tool whose profiles are meant
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415
    except ImportError as exc:
        raise ImportError(
            "profiles of AWS (~/.aws, AWS_PROFILE) need boto3: pip install boto3, or set"
            " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from exc
    session = boto3.session.Session()
    return session, Boto3CredentialProvider(session)


def _azure(environment: Mapping[str, str]) -> dict[str, Any]:
    text = environment.get("AZURE_STORAGE_CONNECTION_STRING", "")
    if "usedevelopmentstorage=true" in text.lower():
        return {"use_emulator": True, "is_plain": True}
    pairs = (one.partition("=") for one in text.split(";") if one)
    named = {key.strip().lower(): value.strip() for key, _, value in pairs}
    return {ours: named[theirs] for theirs, ours in _AZURE.items() if named.get(theirs)}


def _google(environment: Mapping[str, str]) -> dict[str, Any]:
    host = environment.get("STORAGE_EMULATOR_HOST", "")
    if not host:
        return {}
    url = host if "://" in host else f"http://{host}"
    blank = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    account = msgspec.json.encode({"gcs_base_url": url, "disable_oauth": True, **blank}).decode()
    return {"service_account_key": account, "is_plain": url.startswith("http://")}
