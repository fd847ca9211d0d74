"""Gathers the tasks of the folders."""

from .documents import tasks as documents_tasks  # noqa: F401
from .notices import tasks as notices_tasks  # noqa: F401
from .portfolio import tasks as portfolio_tasks  # noqa: F401
from .work import tasks as work_tasks  # noqa: F401
