"""The shared cache, which is the broker's server: while that is away, each process counts for itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)

#: Seconds after a failure in which the server is not asked: a page must not wait for it once for each value.
AWAY_SECONDS = 5.0


class SharedCache(RedisCache):
    """Rate limits live here. Nobody is locked out, and no limit is lifted, because the server does not answer."""

    #: Until when it is taken to be away, by the process's own clock.
    away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("while-the-server-is-away", {"KEY_PREFIX": params.get("KEY_PREFIX", "")})

    def _ask(self, name: str, there: Callable[..., Any], *given: Any, **named: Any) -> Any:
        cls = type(self)
        if time.monotonic() >= cls.away_until:
            try:
                return there(*given, **named)
            except redis.RedisError as error:
                cls.away_until = time.monotonic() + AWAY_SECONDS
                logger.warning("the cache does not answer", extra={"reason": type(error).__name__})
        return getattr(self._own, name)(*given, **named)

    def get(self, *given: Any, **named: Any) -> Any:
        return self._ask("get", super().get, *given, **named)

    def set(self, *given: Any, **named: Any) -> Any:
        return self._ask("set", super().set, *given, **named)

    def add(self, *given: Any, **named: Any) -> Any:
        return self._ask("add", super().add, *given, **named)

    def touch(self, *given: Any, **named: Any) -> Any:
        return self._ask("touch", super().touch, *given, **named)

    def delete(self, *given: Any, **named: Any) -> Any:
        return self._ask("delete", super().delete, *given, **named)

    def get_many(self, *given: Any, **named: Any) -> Any:
        return self._ask("get_many", super().get_many, *given, **named)

    def set_many(self, *given: Any, **named: Any) -> Any:
        return self._ask("set_many", super().set_many, *given, **named)

    def delete_many(self, *given: Any, **named: Any) -> Any:
        return self._ask("delete_many", super().delete_many, *given, **named)

    def has_key(self, *given: Any, **named: Any) -> Any:
        return self._ask("has_key", super().has_key, *given, **named)

    def incr(self, *given: Any, **named: Any) -> Any:
        return self._ask("incr", super().incr, *given, **named)

    def clear(self) -> Any:
        return self._ask("clear", super().clear)
