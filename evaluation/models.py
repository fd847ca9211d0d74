"""Gathers the models of the folders; nothing of its own."""

from .lessons import models as lessons_models  # noqa: F401
from .outcomes import models as outcomes_models  # noqa: F401
from .reports import models as reports_models  # noqa: F401
from .reviews import models as reviews_models  # noqa: F401
