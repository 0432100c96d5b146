"""Comes in: files, URLs and documentation pages, as bytes. Goes out: one OpenAPI document, checked.

May be called by every other part; calls none of them.
"""
