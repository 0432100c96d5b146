# The public names: for type checkers, and read at run time by `energy_async._lazy`.

from energy_async.blocking import sync as sync
from energy_async.forms import File as File
from energy_async.model import Model as Model
from energy_async.model import Unknown as Unknown
from energy_async.transport.backends.aiohttp_backend import AiohttpBackend as AiohttpBackend
from energy_async.transport.backends.httpx_backend import Httpx2Backend as Httpx2Backend
from energy_async.transport.backends.httpx_backend import HttpxBackend as HttpxBackend
from energy_async.transport.client import ApiClient as ApiClient
from energy_async.transport.errors import *
from energy_async.transport.events import *
from energy_async.transport.limiter.limiter import RateLimitSnapshot as RateLimitSnapshot
from energy_async.transport.limiter.redis_rate import RedisRateLimit as RedisRateLimit
from energy_async.transport.options import ClientOptions as ClientOptions
from energy_async.transport.provisional import (
    ProvisionalEndpointWarning as ProvisionalEndpointWarning,
)
from energy_async.transport.request import CallOptions as CallOptions
from energy_async.transport.request import Operation as Operation
from energy_async.transport.request import Reply as Reply
from energy_async.transport.request import Request as Request
from energy_async.transport.request import WireReply as WireReply
from energy_async.transport.request import WireRequest as WireRequest
from energy_async.transport.streaming import ServerSentEvent as ServerSentEvent
from energy_async.transport.streaming import Stream as Stream
from energy_async.transport.timeouts import Timeouts as Timeouts
from energy_async.transport.tokens.token_file import FileTokenStore as FileTokenStore
from energy_async.transport.tokens.token_redis import RedisTokenStore as RedisTokenStore
from energy_async.transport.tokens.token_store import TokenStore as TokenStore
from energy_async.units import units_of as units_of
