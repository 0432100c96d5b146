"""Credentials and endpoints of stores as their own tools take them.

obstore reads the plain environment variables of each cloud by itself. This adds what the tools of
the clouds know beside: profiles of AWS (with boto3), endpoints for one service, connection strings
of Azure, emulators.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT: Final = timedelta(minutes=2)
_AZURE: Final = {
    "accountname": "account_name",
    "accountkey": "account_key",
    "sharedaccesssignature": "sas_token",
    "blobendpoint": "endpoint",
}


def settings(kind: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the options of a store of obstore that its tools would take from the environment."""
    readers = {"S3Store": _aws, "AzureStore": _azure, "GCSStore": _google}
    found = readers[kind](environment)
    plain = str(found.get("endpoint", "")).startswith("http://") or found.pop("is_plain", False)
    return {**found, "client_options": {"timeout": _TIMEOUT, "allow_http": plain}}


def _aws(environment: Mapping[str, str]) -> dict[str, Any]:
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    found: dict[str, Any] = {} if "AWS_ACCESS_KEY_ID" in environment else _profile()
    given = {"region": region, "endpoint": endpoint}
    return {"region": "us-east-1", **found, **{name: one for name, one in given.items() if one}}


def _profile() -> dict[str, Any]:
    """Give what boto3 finds (~/.aws, AWS_PROFILE, single sign-on), if it is installed."""
    try:
        import boto3  # noqa: PLC0415 - the tool whose profiles are meant
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415
    except ImportError:
        return {}
    session = boto3.session.Session()
    if session.get_credentials() is None:
        return {}
    region = session.region_name or "us-east-1"
    found = {"credential_provider": Boto3CredentialProvider(session), "region": region}
    endpoint = session.client("s3", region_name=region).meta.endpoint_url
    return found if "amazonaws.com" in endpoint else {**found, "endpoint": endpoint}


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
