"""The terralayr API by area: a function `(state, call) -> answer` for each operation."""
