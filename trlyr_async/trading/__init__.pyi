# The public names: for type checkers, and read at run time by `energy_async._lazy`.

from trlyr_async.trading.battery import *
from trlyr_async.trading.bid_submit import *
from trlyr_async.trading.bids import *
from trlyr_async.trading.findings import *
from trlyr_async.trading.fleet import *
from trlyr_async.trading.journal import *
from trlyr_async.trading.limits import *
from trlyr_async.trading.outcome import *
from trlyr_async.trading.planned import *
from trlyr_async.trading.proposal import *
from trlyr_async.trading.schedule import *
from trlyr_async.trading.schedule_check import *
from trlyr_async.trading.schedule_submit import *
from trlyr_async.trading.simulation import *
from trlyr_async.trading.standing import *
from trlyr_async.trading.submission import *
from trlyr_async.trading.violations import *
