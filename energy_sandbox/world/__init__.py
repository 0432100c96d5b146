"""The world behind the server: a fleet of batteries and its markets, computed from a seed.

Nothing here knows HTTP. Every value depends on the seed, the asset and the time alone, so the order
of questions and the ranges asked make no difference.
"""
