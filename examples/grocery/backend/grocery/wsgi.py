"""What gunicorn is told to serve: grocery.wsgi:app."""

import logging
import os
import sys

from grocery.app import create_app
from grocery.settings import Settings, SettingsError

logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)

try:
    settings = Settings.read(os.environ)
    app = create_app(settings)
except SettingsError as e:
    # Without the trace, in which the cause would be looked for in vain.
    logging.getLogger("grocery").critical("the environment isn't complete:\n%s", e)
    # gunicorn's own status for an application that can't be loaded: it ends instead of starting another worker.
    sys.exit(4)

logging.getLogger().setLevel(settings.log_level.upper())
