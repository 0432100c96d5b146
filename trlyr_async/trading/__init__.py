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

from trlyr_async.trading.bid_submit import (
    Route,
    prepare_auction_bid,
    prepare_bids,
    submit_auction_bid,
    submit_bids,
)
from trlyr_async.trading.bids import Bid, check_auction_bid, check_bids
from trlyr_async.trading.entries import Entry, Record, Verdict, entries_of
from trlyr_async.trading.findings import CheckFailed, Finding, Kind, Severity, require
from trlyr_async.trading.fleet import submit_schedules
from trlyr_async.trading.held import Evidence, HeldBid, HeldPrice, HeldValue
from trlyr_async.trading.intents import Intent, intent_of
from trlyr_async.trading.journal import Journal, SqliteJournal
from trlyr_async.trading.limits import LimitExceeded, Limits
from trlyr_async.trading.outcome import Answer, Outcome, look_up
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
    prepare_schedule,
    submit_schedule,
)
from trlyr_async.trading.sending import Receipt, Submission, SubmissionUnknown
from trlyr_async.trading.settling import settle
from trlyr_async.trading.simulation import SimulatedQuarterHour, Simulation, simulate
from trlyr_async.trading.simulation_chart import draw_simulation

__all__ = [
    "Answer",
    "Bid",
    "CheckFailed",
    "Commitment",
    "Entry",
    "Evidence",
    "Finding",
    "HeldBid",
    "HeldPrice",
    "HeldValue",
    "Intent",
    "Journal",
    "Kind",
    "LimitExceeded",
    "Limits",
    "Market",
    "Outcome",
    "Product",
    "Proposal",
    "Receipt",
    "Record",
    "Route",
    "ScheduleDifference",
    "ScheduleImbalance",
    "ScheduleSource",
    "Severity",
    "SimulatedQuarterHour",
    "Simulation",
    "SqliteJournal",
    "Submission",
    "SubmissionUnknown",
    "SubmittedSchedule",
    "Verdict",
    "build_schedule",
    "check_auction_bid",
    "check_bids",
    "check_schedule",
    "draw_simulation",
    "entries_of",
    "fcr_gate_closure",
    "gate_closure",
    "intent_of",
    "look_up",
    "prepare_auction_bid",
    "prepare_bids",
    "prepare_schedule",
    "product",
    "propose",
    "require",
    "settle",
    "simulate",
    "submit_auction_bid",
    "submit_bids",
    "submit_schedule",
    "submit_schedules",
    "wholesale_blocks",
]
