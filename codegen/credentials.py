"""What a request must carry to be let in, in words that can be compared."""

from codegen.document import Json

__all__ = ["credentials"]

_TOKEN = "bearer token"  # noqa: S105 - the kind, not the token
_NOTHING = "nothing"


def credentials(document: Json, operation: Json) -> str:
    """`bearer token`, `API key 'X-Key' in the header`, `nothing`, or a choice of such."""
    asked = operation.get("security", document.get("security")) or []
    schemes = document.get("components", {}).get("securitySchemes", {})
    choices = [
        " and ".join(sorted(_told(name, schemes.get(name)) for name in one)) or _NOTHING
        for one in asked
    ]
    return " or ".join(dict.fromkeys(choices)) or _NOTHING


def _told(name: str, scheme: object) -> str:
    match scheme:
        case {"type": "http", "scheme": str(kind)} if kind.lower() != "bearer":
            return f"{kind} credentials"
        case {"type": "http" | "oauth2" | "openIdConnect"}:
            return _TOKEN
        case {"type": "apiKey", "name": str(key)} if key.lower() == "authorization":
            return _TOKEN  # Swagger 2.0 knew no other way to say so
        case {"type": "apiKey", "name": key, "in": place}:
            return f"API key {key!r} in the {place}"
        case _:
            return name
