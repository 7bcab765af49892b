"""`python -m hotline.phone`: the demo's carrier and phone as a process of their own.

May use: the settings, the line (for its clock and for what the page shows), werkzeug's server. May not: start
in production mode, or listen on anything but this machine."""

import argparse
import logging
import sys
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from hotline.children import watch_parent
from hotline.phone.account import Account
from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.settings import Settings

ASKED_WRONGLY = 2


def main() -> int:
    """Serves until it is ended. 2: the settings do not allow it; what to set is told."""
    asked = _arguments()
    settings = Settings()
    refusal = refused(settings)
    if refusal is not None:
        print(refusal, file=sys.stderr)
        return ASKED_WRONGLY
    watch_parent()
    # Addresses of looks at a thread hold a number: they are not for a log.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    serve(settings, asked.port if asked.port is not None else urlsplit(settings.carrier_url).port or 0)
    return 0


def refused(settings: Settings) -> str | None:
    """Why the stand-in may not start with these settings, and what to set; None if it may."""
    if settings.mode != "trial":
        return "hotline.phone: the stand-in carrier is for trials: set BACKLINE_MODE=trial"
    if not settings.auth_token.get_secret_value():
        return "hotline.phone: no secret to sign with: set BACKLINE_AUTH_TOKEN, the same as the line's"
    if not settings.public_base_url:
        return "hotline.phone: where is the line? Set BACKLINE_PUBLIC_BASE_URL"
    return None


def account_of(settings: Settings) -> Account:
    """The line's account at the carrier."""
    token = settings.auth_token.get_secret_value()
    return Account(settings.account_sid, token, settings.text_sender, settings.voice_sender)


def serve(settings: Settings, port: int) -> None:
    """Serves carrier, phone and page on this machine's port; 0: a free one, which is printed."""
    # Here and not above: the carrier's own tests need neither a line nor a Redis.
    from hotline.line import open_line

    line = open_line(settings)
    mode = settings.keyword_mode
    carrier = Carrier(account_of(settings), settings.public_base_url, keyword_mode=mode, now=line.now)
    app = create_phone(carrier, line, line.store.clock)
    server = make_server("127.0.0.1", port, app, threaded=True)
    print(f"The phone: http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m hotline.phone",
        description="The demo's carrier and phone, with the settings of the line it stands in for.",
        epilog="example: python -m hotline.phone --port 8081",
    )
    parser.add_argument(
        "--port", type=int, help="where to listen; without it the port of BACKLINE_CARRIER_URL"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
