"""The archive of the feeds: a committed table of every row that was ever seen.

In: a client and a place, or a place alone. Out: files, events, a report; tables read back. Users
call `nanocorp_async.archive`, `read_archive`, `archive_gaps`, `archive_files` and `repair_archive`;
the command line and the day sheet do so as well. `merge` and `days` decide, and are pure.
"""
