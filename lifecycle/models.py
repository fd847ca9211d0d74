"""Gathers the models of the folders; nothing of its own."""

from .agreement import models as agreement_models  # noqa: F401
from .attention import models as attention_models  # noqa: F401
from .communication import models as communication_models  # noqa: F401
from .concluding import models as concluding_models  # noqa: F401
from .delivery import models as delivery_models  # noqa: F401
from .diligence import models as diligence_models  # noqa: F401
from .road import models as road_models  # noqa: F401
from .scoping import models as scoping_models  # noqa: F401
from .screening import models as screening_models  # noqa: F401
