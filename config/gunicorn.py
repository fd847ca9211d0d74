"""How gunicorn serves the web, on one machine and in a container. Its command line wins over what stands here."""

from __future__ import annotations

import os
import shutil
import tempfile
from itertools import count
from typing import Any

wsgi_app = "config.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
#: Plain sync workers: threads halved the throughput at 32 connections (DESIGN.md, section 8).
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
timeout = 60
graceful_timeout = 10
max_requests = 2000
max_requests_jitter = 200
#: No access log: addresses hold tokens. Errors go where all logs go, as JSON without content.
accesslog = None
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "config.middleware.RequestIdFilter"}},
    "formatters": {"json": {"()": "config.logs.ContentFreeFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}

#: The web processes count requests in files of this folder, which they map into memory (config/operations/metrics.py).
_counted = ""
if os.environ.get("METRICS_TOKEN") and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _counted = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="cg-metrics-")


def pre_fork(server: Any, worker: Any) -> None:
    """Gives each web process the first free place: a successor takes over the counts of the one before it."""
    taken = {getattr(other, "slot", 0) for other in server.WORKERS.values()}
    worker.slot = next(number for number in count(1) if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    os.environ["METRICS_SLOT"] = str(worker.slot)


def on_exit(server: Any) -> None:
    if _counted:
        shutil.rmtree(_counted, ignore_errors=True)
