"""The bench's folders and the configuration of its sites."""

import fcntl
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

BENCH = Path(os.environ.get("FRAPPE_BENCH_ROOT") or Path(__file__).resolve().parents[3])
SITES = BENCH / "sites"
COMMON = "common_site_config.json"

# Frappe's web processes read a site's configuration once a minute; a change shows only then, or in a new process.
CACHE_SECONDS = 60
_cache = {}


def site_config(site, sites_path=SITES, cached=False):
    """The common configuration, the site's own over it, and what the environment gives where neither has it."""
    key = (str(sites_path), site)
    if cached and key in _cache and time.monotonic() - _cache[key][0] < CACHE_SECONDS:
        return _cache[key][1]
    config = common_config(sites_path)
    if site:
        try:
            config.update(json.loads(Path(sites_path, site, "site_config.json").read_text()))
        except FileNotFoundError:
            from frappe import SiteMissing

            raise SiteMissing(f"{site} does not exist") from None
    _cache[key] = (time.monotonic(), config)
    return config


def common_config(sites_path=SITES):
    path = Path(sites_path, COMMON)
    config = json.loads(path.read_text()) if path.exists() else {}
    for name in ("redis_cache", "redis_queue", "db_host", "db_port"):
        if value := os.environ.get(f"FRAPPE_{name.upper()}"):
            config.setdefault(name, value)
    return config


def update_config(path, changes):
    """Changes some keys of a configuration file; None takes a key away."""
    path = Path(path)
    with locked(path.with_suffix(".lock")):
        config = json.loads(path.read_text()) if path.exists() and path.stat().st_size else {}
        for key, value in changes.items():
            if value is None:
                config.pop(key, None)
            else:
                config[key] = value
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(config, indent=1, sort_keys=True))
        fresh.replace(path)


@contextmanager
def locked(path, seconds=None):
    """Holds a file's lock; gives up where it is held by another for that long."""
    with open(path, "w") as file:
        deadline = seconds and time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if deadline else 0))
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"Failed to aquire lock: {path.stem}. Lock may be held by another process.") from None
                time.sleep(0.1)
        yield


def sites():
    return sorted(path.parent.name for path in SITES.glob("*/site_config.json"))


def bench_apps():
    """Those of sites/apps.txt, which is on a volume and older than an image that was just started; the framework first."""
    names = [line.strip() for line in (SITES / "apps.txt").read_text().splitlines() if line.strip()]
    return sorted(names, key=lambda name: name != "frappe")


def default_site():
    if site := os.environ.get("FRAPPE_SITE"):
        return site
    current = SITES / "currentsite.txt"
    if current.exists() and (site := current.read_text().strip()):
        return site
    return common_config().get("default_site")
