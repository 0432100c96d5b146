# The public names: for type checkers, and read at run time by `energy_async._lazy`.

from nanocorp_async.models import market_feeds as market_feeds
