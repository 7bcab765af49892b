"""Starting the web server of a real installation: gunicorn, with the settings that this line needs.

May not: know a webhook (`web.py`)."""

import os
import sys
from typing import NoReturn

from hotline.line import open_line
from hotline.readiness import must_be_ready, settings_must_do
from hotline.settings import Settings

THREADS = 8  # a turn waits for Redis, not for the processor


def serve_with_gunicorn(bind: str, workers: int) -> NoReturn:
    """Become the web server. SettingsError, StoreUnsafe: what to set first, before anything listens."""
    settings = Settings()
    settings_must_do(settings)
    must_be_ready(open_line(settings))
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "hotline.web:app_from_settings()",
        "--bind",
        bind,
        "--workers",
        str(workers),
        "--threads",
        str(THREADS),
        "--no-control-socket",
        "--timeout",
        "20",
    ]
    os.execv(sys.executable, command)
