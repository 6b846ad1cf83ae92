"""The cache in Redis."""

import json

from frappe import config


def connection(name="redis_cache"):
    import redis

    return redis.Redis.from_url(config.common_config()[name], socket_connect_timeout=5)


def answers():
    import redis

    try:
        return connection().ping()
    except redis.exceptions.ConnectionError:
        return False


def shared(key, make):
    """A value that all sites and processes share; what is there is believed, however old."""
    cache = connection()
    if (value := cache.get(key)) is None:
        value = json.dumps(make())
        cache.set(key, value)
    return json.loads(value)


def clear_site(prefix):
    """Deletes the site's own keys, and so leaves shared ones such as `assets_json`."""
    cache = connection()
    if keys := list(cache.scan_iter(match=f"{prefix}|*")):
        cache.delete(*keys)
