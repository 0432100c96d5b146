"""`python -m nanocorp_async.cli` does what `nanocorp` does."""

from nanocorp_async.cli import main

main()
