"""Gathers the tasks of the folders."""

from .agreement import tasks as agreement_tasks  # noqa: F401
from .attention import tasks as attention_tasks  # noqa: F401
from .diligence import tasks as diligence_tasks  # noqa: F401
from .road import tasks as road_tasks  # noqa: F401
from .screening import tasks as screening_tasks  # noqa: F401
