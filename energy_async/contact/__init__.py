"""First contact: what a real server does, against what the installed client expects.

`check` asks every reading operation, GET only and one at a time, or compares documents alone, which
needs no credentials. It gives a `Contact`; `shared` makes of it a record: shapes, no data.
"""

from energy_async.contact.check import check
from energy_async.contact.differences import Finding
from energy_async.contact.interface import Api
from energy_async.contact.report import Contact, Seen, Surprise, from_json, shared, to_json
from energy_async.contact.shapes import Shape

__all__ = [
    "Api",
    "Contact",
    "Finding",
    "Seen",
    "Shape",
    "Surprise",
    "check",
    "from_json",
    "shared",
    "to_json",
]
