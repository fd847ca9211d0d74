"""Gathers the models of the folders; nothing of its own."""

from .access import models as access_models  # noqa: F401
from .catalogue import models as catalogue_models  # noqa: F401
from .documents import models as documents_models  # noqa: F401
from .history import models as history_models  # noqa: F401
from .notices import models as notices_models  # noqa: F401
from .people import models as people_models  # noqa: F401
from .portfolio import models as portfolio_models  # noqa: F401
from .record import models as record_models  # noqa: F401
from .work import models as work_models  # noqa: F401
