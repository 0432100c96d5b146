"""`nanocorp api check`: what the feeds do today, against what this client expects of them."""

from energy_async.cli.contact import ContactOptions
from nanocorp_async import api
from nanocorp_async.cli.access import Feeds


def check(*, contact: ContactOptions, feeds: Feeds) -> None:
    """Find out what the feeds of today do otherwise than this client expects.

    Each feed is asked once. Ends with code 3 if anything is otherwise than expected.

    Example: nanocorp api check --record feeds.json
    """
    contact.check_files()
    found = feeds.run(lambda client: api.check(client, pause=contact.pause))
    contact.report(found, api.record(found, words=contact.word or ()))
