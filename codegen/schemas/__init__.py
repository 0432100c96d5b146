"""Comes in: the schemas of a document. Goes out: shapes, and the text of `models.py`.

May be called by `functions`, builds and drift reports; calls `documents` alone.
"""
