"""Structs of `trlyr_async.monitoring`: none so far."""

__all__: list[str] = []
