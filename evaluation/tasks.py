"""Gathers the tasks of the folders."""

from .reports import tasks as reports_tasks  # noqa: F401
from .reviews import tasks as reviews_tasks  # noqa: F401
