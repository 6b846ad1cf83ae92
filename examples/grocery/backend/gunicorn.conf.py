"""How gunicorn serves. WEB_CONCURRENCY, which it reads itself, says how many processes; 2 where it isn't set."""

import os

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
