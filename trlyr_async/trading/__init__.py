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

from energy_async._lazy import attach

__getattr__, __dir__ = attach(__name__)
