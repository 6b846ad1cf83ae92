"""How gunicorn serves. WEB_CONCURRENCY, which it reads itself, says how many processes; 2 where it isn't set."""

import os
import sys

from grocery.settings import Settings, SettingsError

# The container's own network is the border.
bind = "0.0.0.0:5000"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 4

# The balancer keeps connections for 60 seconds: whoever is behind it has to keep them for longer.
keepalive = 75
timeout = 30
# On SIGTERM no new connections are taken, and those under way are finished.
graceful_timeout = 25

# Nothing is written to the image: what workers say that they live by is in memory.
worker_tmp_dir = "/dev/shm"  # noqa: S108
accesslog = None
errorlog = "-"


def on_starting(_server: object) -> None:
    """Looks at the environment before there are workers, of which several would end at once and hide why in a trace."""
    try:
        Settings.read(os.environ)
    except SettingsError as e:
        sys.exit(f"the environment isn't complete:\n{e}")
