"""Watching a feed: new delivery days, corrections, and days that are late.

In: a client, the name of a feed, the timing. Out: events, as they are noticed. The archive has its
events here too. Users call `nanocorp_async.watch`; the command line does so as well.
"""
