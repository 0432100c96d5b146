"""Specs in, Python text out: turns the documents in `specs/` into the `_generated` packages.

Never imported at run time and never part of the wheel. Run it as `python -m codegen`.
"""
