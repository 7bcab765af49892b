"""twilio-python's way to the stand-in carrier, and to nowhere else.

May use: twilio's own HTTP client. May not: let a request leave for the real carrier: a demo
must never text anybody."""

from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

CARRIER_HOST = "api.twilio.com"


class WrongHost(ValueError):
    """A request was meant for a host other than the carrier's API: a trial sends nothing off this machine."""


class LocalHttpClient(TwilioHttpClient):
    """Sends what is meant for the carrier's API to `carrier_url`.

    timeout_s: for connecting and for each read; passed on unchanged unless a request brings its own."""

    def __init__(self, carrier_url: str, timeout_s: float = 4.0) -> None:
        super().__init__(timeout=timeout_s)
        self._carrier_url = carrier_url.rstrip("/")
        if self.session is not None:
            # A proxy of this machine's environment must not see the demo's texts.
            self.session.trust_env = False

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, at the stand-in. Raises WrongHost for any other host than the carrier's API."""
        asked = urlsplit(url)
        if asked.scheme != "https" or asked.netloc != CARRIER_HOST:
            raise WrongHost(f"trial mode reaches {CARRIER_HOST} only, through the stand-in")
        query = f"?{asked.query}" if asked.query else ""
        local = f"{self._carrier_url}{asked.path}{query}"
        return super().request(method, local, params, data, headers, auth, timeout, False)
