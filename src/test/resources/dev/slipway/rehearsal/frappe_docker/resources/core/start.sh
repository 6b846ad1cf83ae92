#!/usr/bin/env bash
# The application server.
set -euo pipefail

exec /home/frappe/frappe-bench/env/bin/gunicorn frappe.app:application \
  --chdir /home/frappe/frappe-bench/sites \
  --bind 0.0.0.0:8000 \
  --worker-class gthread \
  --workers "${GUNICORN_WORKERS:-2}" \
  --threads "${GUNICORN_THREADS:-4}" \
  --timeout "${GUNICORN_TIMEOUT:-120}" \
  --worker-tmp-dir /dev/shm \
  --preload
