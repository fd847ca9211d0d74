"""The worker and the scheduler as they are, and one more thing: DIE_AT ends them outright at a named step.

DIE_AT is "module:function" or "module:Class.function", with ":before" or ":after" behind it, and perhaps ":word", which
its arguments must hold. The step is passed once: DIE_ONCE names a file that is made as the process dies, and while it
is there nobody dies again.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

from config.celery import app

__all__ = ["app"]


def die() -> None:
    """The whole worker, as the kernel would end it: its group holds the parent and its children."""
    once = Path(os.environ["DIE_ONCE"])
    try:
        once.touch(exist_ok=False)
    except FileExistsError:
        return
    os.killpg(os.getpgid(0), signal.SIGKILL)


def armed(function: Callable[..., Any], when: str, word: str = "") -> Callable[..., Any]:
    @wraps(function)
    def run(*given: Any, **named: Any) -> Any:
        if word not in str(given):
            return function(*given, **named)
        if when == "before":
            die()
        result = function(*given, **named)
        # Where nothing was done there was no step.
        if when == "after" and result:
            die()
        return result

    return run


@worker_process_init.connect
def arm(**kwargs: Any) -> None:
    if not (step := os.environ.get("DIE_AT")):
        return
    module, path, *when = step.split(":")
    *classes, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for each in classes:
        owner = getattr(owner, each)
    setattr(owner, name, armed(getattr(owner, name), *when))
