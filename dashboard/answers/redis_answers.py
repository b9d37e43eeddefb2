"""Answers in Redis: a back end of flask-caching. Imported only where REDIS_URL names one, since its library takes a
twentieth of the start."""

from __future__ import annotations

import secrets
from typing import Any

import redis
from flask import Flask
from flask_caching.backends.rediscache import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.answers.cache_backends import PREFIX, PlainBytes, Release, held


class RedisAnswers(RedisCache):
    """Answers in Redis. Connections are made when first used, so a process may fork before."""

    _RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

    faults: tuple[type[Exception], ...] = (redis.RedisError, OSError)
    refusals: tuple[type[Exception], ...] = (redis.ResponseError,)  # full, read-only, or a key of another type
    serializer: Any = PlainBytes()

    @classmethod
    def factory(cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> RedisAnswers:
        """Made by flask-caching from its configuration."""
        client = redis.Redis.from_url(
            config["CACHE_REDIS_URL"],
            socket_connect_timeout=0.25,
            socket_timeout=0.5,
            # Reconnect once if Redis closed an idle connection; never retry a slow request.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            health_check_interval=30,
        )
        made = cls(host=client, key_prefix=config["CACHE_KEY_PREFIX"], default_timeout=kwargs["default_timeout"])
        made.client = client
        return made

    client: redis.Redis

    def try_lock(self, key: str, seconds: float) -> Release:
        """See Backend."""
        name, token = f"{PREFIX}lock:{key}", secrets.token_hex(16)
        if not self.client.set(name, token, nx=True, px=max(1, int(seconds * 1000))):
            return held
        return lambda: self.client.eval(self._RELEASE, 1, name, token)
