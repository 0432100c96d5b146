"""Comes in: the operations of a document. Goes out: endpoint functions, ready for their template.

May be called by builds and drift reports; calls `documents` and `schemas`.
"""
