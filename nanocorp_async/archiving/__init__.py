"""The archive of the feeds: a committed table of every row that was ever seen.

`run` asks, `answer` puts an answer into the next commit, `store` commits it, `read` gives it back.
What decides is pure: `merge`, `oddities`, `days`, `late`.
"""
