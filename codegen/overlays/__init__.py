"""Comes in: a document and an overlay of ours. Goes out: the document with our corrections.

May be called by builds, pulls and drift reports; calls `documents` alone.
"""
