"""The effective OpenAPI documents: what the sandbox answers to."""
