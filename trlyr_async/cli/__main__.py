"""`python -m trlyr_async.cli` does what `trlyr` does."""

from trlyr_async.cli import main

main()
