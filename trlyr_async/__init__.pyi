# The public names: for type checkers, and read at run time by `energy_async._lazy`.

from energy_async.blocking import sync as sync
from energy_async.transport.backends.aiohttp_backend import AiohttpBackend as AiohttpBackend
from energy_async.transport.backends.httpx_backend import Httpx2Backend as Httpx2Backend
from energy_async.transport.backends.httpx_backend import HttpxBackend as HttpxBackend
from energy_async.transport.errors import *
from energy_async.transport.limiter.redis_rate import RedisRateLimit as RedisRateLimit
from energy_async.transport.provisional import (
    ProvisionalEndpointWarning as ProvisionalEndpointWarning,
)
from energy_async.transport.timeouts import Timeouts as Timeouts
from energy_async.transport.tokens.token_file import FileTokenStore as FileTokenStore
from energy_async.transport.tokens.token_redis import RedisTokenStore as RedisTokenStore
from energy_async.transport.tokens.token_store import TokenStore as TokenStore
from trlyr_async import api as api
from trlyr_async import auctions as auctions
from trlyr_async import auth as auth
from trlyr_async import bulk as bulk
from trlyr_async import models as models
from trlyr_async import monitoring as monitoring
from trlyr_async import physical_assets as physical_assets
from trlyr_async import revenue_reporting as revenue_reporting
from trlyr_async import trading as trading
from trlyr_async import virtual_assets as virtual_assets
from trlyr_async._client import Trlyr as Trlyr
