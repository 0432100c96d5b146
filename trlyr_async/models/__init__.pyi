# The public names: for type checkers, and read at run time by `energy_async._lazy`.

from trlyr_async.models import auctions as auctions
from trlyr_async.models import auth as auth
from trlyr_async.models import monitoring as monitoring
from trlyr_async.models import physical_assets as physical_assets
from trlyr_async.models import revenue_reporting as revenue_reporting
from trlyr_async.models import virtual_assets as virtual_assets
