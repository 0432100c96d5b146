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

from trlyr_async.trading import (
    battery,
    bid_submit,
    bids,
    findings,
    fleet,
    journal,
    limits,
    outcome,
    planned,
    proposal,
    schedule,
    schedule_check,
    schedule_submit,
    simulation,
    standing,
    submission,
    violations,
)
from trlyr_async.trading.battery import *  # noqa: F403
from trlyr_async.trading.bid_submit import *  # noqa: F403
from trlyr_async.trading.bids import *  # noqa: F403
from trlyr_async.trading.findings import *  # noqa: F403
from trlyr_async.trading.fleet import *  # noqa: F403
from trlyr_async.trading.journal import *  # noqa: F403
from trlyr_async.trading.limits import *  # noqa: F403
from trlyr_async.trading.outcome import *  # noqa: F403
from trlyr_async.trading.planned import *  # noqa: F403
from trlyr_async.trading.proposal import *  # noqa: F403
from trlyr_async.trading.schedule import *  # noqa: F403
from trlyr_async.trading.schedule_check import *  # noqa: F403
from trlyr_async.trading.schedule_submit import *  # noqa: F403
from trlyr_async.trading.simulation import *  # noqa: F403
from trlyr_async.trading.standing import *  # noqa: F403
from trlyr_async.trading.submission import *  # noqa: F403
from trlyr_async.trading.violations import *  # noqa: F403

__all__: list[str] = []
__all__ += battery.__all__
__all__ += bid_submit.__all__
__all__ += bids.__all__
__all__ += findings.__all__
__all__ += fleet.__all__
__all__ += journal.__all__
__all__ += limits.__all__
__all__ += outcome.__all__
__all__ += planned.__all__
__all__ += proposal.__all__
__all__ += schedule.__all__
__all__ += schedule_check.__all__
__all__ += schedule_submit.__all__
__all__ += simulation.__all__
__all__ += standing.__all__
__all__ += submission.__all__
__all__ += violations.__all__
