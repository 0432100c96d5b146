"""Client of the French electricity market feeds.

Everything but `Nanocorp` and the errors is loaded when it is first used.
"""

from energy_async._lazy import attach

__getattr__, __dir__ = attach(__name__)
