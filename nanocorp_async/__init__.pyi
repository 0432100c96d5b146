# The public names: for type checkers, and read at run time by `energy_async._lazy`.

from energy_async.blocking import sync as sync
from energy_async.transport.backends.aiohttp_backend import AiohttpBackend as AiohttpBackend
from energy_async.transport.backends.httpx_backend import Httpx2Backend as Httpx2Backend
from energy_async.transport.backends.httpx_backend import HttpxBackend as HttpxBackend
from energy_async.transport.errors import *
from energy_async.transport.provisional import (
    ProvisionalEndpointWarning as ProvisionalEndpointWarning,
)
from energy_async.transport.timeouts import Timeouts as Timeouts
from nanocorp_async import api as api
from nanocorp_async import live as live
from nanocorp_async import market_feeds as market_feeds
from nanocorp_async import models as models
from nanocorp_async import publication as publication
from nanocorp_async import sheet as sheet
from nanocorp_async import tidy as tidy
from nanocorp_async import tolerant as tolerant
from nanocorp_async._client import Nanocorp as Nanocorp
from nanocorp_async.archiving.read import archive_files as archive_files
from nanocorp_async.archiving.read import archive_gaps as archive_gaps
from nanocorp_async.archiving.read import read_archive as read_archive
from nanocorp_async.archiving.repair import repair_archive as repair_archive
from nanocorp_async.archiving.run import ArchiveReport as ArchiveReport
from nanocorp_async.archiving.run import archive as archive
from nanocorp_async.publication import Publication as Publication
from nanocorp_async.publication import Rhythm as Rhythm
from nanocorp_async.publication import Timing as Timing
from nanocorp_async.sheet import day_sheet as day_sheet
from nanocorp_async.watching.events import DayPublished as DayPublished
from nanocorp_async.watching.events import FeedLate as FeedLate
from nanocorp_async.watching.events import FeedRecovered as FeedRecovered
from nanocorp_async.watching.events import GapFound as GapFound
from nanocorp_async.watching.events import OddAnswer as OddAnswer
from nanocorp_async.watching.events import PollFailed as PollFailed
from nanocorp_async.watching.events import PriceCorrected as PriceCorrected
from nanocorp_async.watching.events import RowsStored as RowsStored
from nanocorp_async.watching.events import describe as describe
from nanocorp_async.watching.watch import watch as watch
