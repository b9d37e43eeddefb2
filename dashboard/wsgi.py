"""What gunicorn serves: `gunicorn dashboard.wsgi:server`."""

from __future__ import annotations

import os

from dashboard.app import create_app
from dashboard.settings import from_env

app = create_app(from_env(os.environ))
server = app.server
