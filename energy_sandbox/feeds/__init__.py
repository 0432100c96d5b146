"""The French market feeds, computed from a seed and a clock."""
