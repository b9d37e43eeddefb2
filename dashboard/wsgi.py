"""What gunicorn serves: `gunicorn dashboard.wsgi:server`."""

from __future__ import annotations

import os
import sys

from analytics.errors import StoresightError
from dashboard.app import create_app
from dashboard.settings import from_env

try:
    app = create_app(from_env(os.environ))
except StoresightError as fault:  # what the administrator has to set, without a traceback
    sys.exit(str(fault))
server = app.server
