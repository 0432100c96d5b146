"""Trading: schedules and bids that are checked before they leave, and found again if they are lost.

```python
result = await trading.submit_schedule(client, organisation_id, asset_id, block_id, {time: kw, ...})
try:
    await trading.submit_bids(client, organisation_id, asset_id, bids)
except trading.SubmissionUnknown as error:
    outcome = await trading.look_up(client, error)  # "sent", "not_seen" or "cannot_tell"
```

Power and capacity are in kW, discharge positive; times are aware. No value is ever changed on its
way: what is wrong is an error, all errors together, before anything is sent.
"""

from trlyr_async.trading.bid_submit import Route, submit_auction_bid, submit_bids
from trlyr_async.trading.bids import Bid, check_auction_bid, check_bids
from trlyr_async.trading.findings import CheckFailed, Finding, Kind, Severity, require
from trlyr_async.trading.held import HeldBid, HeldPrice, HeldValue
from trlyr_async.trading.outcome import Answer, Evidence, Outcome, look_up
from trlyr_async.trading.planned import Commitment
from trlyr_async.trading.products import Market, Product, fcr_gate_closure, product
from trlyr_async.trading.proposal import Proposal, propose
from trlyr_async.trading.schedule import ScheduleSource, build_schedule
from trlyr_async.trading.schedule_check import (
    check_schedule,
    gate_closure,
    wholesale_blocks,
)
from trlyr_async.trading.schedule_submit import (
    ScheduleDifference,
    ScheduleImbalance,
    SubmittedSchedule,
    submit_schedule,
)
from trlyr_async.trading.sending import SubmissionUnknown
from trlyr_async.trading.simulation import SimulatedQuarterHour, Simulation, simulate
from trlyr_async.trading.simulation_chart import draw_simulation

__all__ = [
    "Answer",
    "Bid",
    "CheckFailed",
    "Commitment",
    "Evidence",
    "Finding",
    "HeldBid",
    "HeldPrice",
    "HeldValue",
    "Kind",
    "Market",
    "Outcome",
    "Product",
    "Proposal",
    "Route",
    "ScheduleDifference",
    "ScheduleImbalance",
    "ScheduleSource",
    "Severity",
    "SimulatedQuarterHour",
    "Simulation",
    "SubmissionUnknown",
    "SubmittedSchedule",
    "build_schedule",
    "check_auction_bid",
    "check_bids",
    "check_schedule",
    "draw_simulation",
    "fcr_gate_closure",
    "gate_closure",
    "look_up",
    "product",
    "propose",
    "require",
    "simulate",
    "submit_auction_bid",
    "submit_bids",
    "submit_schedule",
    "wholesale_blocks",
]
