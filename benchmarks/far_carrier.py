"""`python -m benchmarks.far_carrier SECONDS`: the stand-in carrier far away: each answer takes so long more.

May not: change what the carrier answers."""

import logging
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from hotline.children import watch_parent
from hotline.line import open_line
from hotline.phone.__main__ import account_of
from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REST = "/2010-04-01/"


def main(answers_after_s: float) -> None:
    """Serves where the settings of the line say its carrier is, until it is ended."""
    watch_parent()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    settings = Settings()
    line = open_line(settings)
    app = create_phone(
        Carrier(account_of(settings), settings.public_base_url, now=line.now), line, line.store.clock
    )
    port = urlsplit(settings.carrier_url).port or 0
    make_server("127.0.0.1", port, far(app, answers_after_s), threaded=True).serve_forever()


def far(app: "WSGIApplication", seconds: float) -> "WSGIApplication":
    """The same application behind a long way."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(REST):
            time.sleep(seconds)
        return app(environ, start)

    return answer


if __name__ == "__main__":
    main(float(sys.argv[1]))
