"""Structs of the answers and bodies, one module for each area; each is loaded when it is used."""

from energy_async._lazy import attach

__getattr__, __dir__ = attach(__name__)
