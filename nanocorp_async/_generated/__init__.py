"""Code generated from the documents in specs/."""
