"""The areas of the terralayr API: one module per area or tag, one handler per operation."""
