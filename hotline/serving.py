"""Starting the web server of a real installation: gunicorn, with the settings that this line needs.

May not: know a webhook (`web.py`)."""

import os
import sys
from typing import NoReturn

from hotline.line import open_line
from hotline.readiness import must_be_ready, settings_must_do
from hotline.settings import Settings

THREADS = 8  # a turn waits for Redis, not for the processor


APP = "hotline.web:app_from_settings()"


def serve_with_gunicorn(bind: str, workers: int) -> NoReturn:
    """Become the web server. SettingsError, StoreUnsafe: what to set first, before anything listens."""
    settings = Settings()
    settings_must_do(settings)
    must_be_ready(open_line(settings))
    os.execv(sys.executable, command(APP, bind, workers))


def command(app: str, bind: str, workers: int) -> list[str]:
    """How the server of an app is started."""
    options = {
        "--bind": bind, "--workers": workers, "--threads": THREADS, "--timeout": 20, "--log-level": "warning",
    }  # fmt: skip
    told = [str(part) for option in options.items() for part in option]
    return [sys.executable, "-m", "gunicorn", app, *told, "--no-control-socket"]
