"""What a server is told to serve: app.main:app."""

import logging
import os
import sys

from app.service import create_app
from app.settings import Settings, SettingsError

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
# It logs each request with its address.
logging.getLogger("httpx").setLevel(logging.WARNING)

try:
    app = create_app(Settings.read(os.environ))
except SettingsError as e:
    # Without the trace, in which the cause would be looked for in vain.
    sys.exit(f"the environment isn't complete:\n{e}")
