"""What a server is told to serve: app.main:app."""

import logging
import os
import sys

from app.service import create_app
from app.settings import Settings, SettingsError

try:
    settings = Settings.read(os.environ)
except SettingsError as e:
    # Without the trace, in which the cause would be looked for in vain.
    sys.exit(f"the environment isn't complete:\n{e}")

logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
# It logs each request with its address.
logging.getLogger("httpx").setLevel(logging.WARNING)

app = create_app(settings)
