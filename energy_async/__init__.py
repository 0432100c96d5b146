"""The base that the clients stand on: transport, errors, times, tables, bulk work."""

from energy_async._lazy import attach

__getattr__, __dir__ = attach(__name__)
