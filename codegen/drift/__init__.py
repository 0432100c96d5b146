"""Comes in: two states of the documents. Goes out: what the change means for users of the client.

May be called by `pull` and the command line; calls every other part.
"""
