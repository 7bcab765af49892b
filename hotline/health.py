"""What /health, /ready and /metrics tell: is this process alive, can it serve, and what it counted.

May use: prometheus-client. May not: know flask, or name a contact in a label."""

import hmac
import logging
import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from hotline.errors import StoreAway
from hotline.line import Line

PLAIN = "text/plain"
CLOCK = "clock"  # the name under which a clock says that it is alive
# The bounds matter where somebody waits: a text's two seconds, and the carrier's fifteen.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer for a machine."""

    body: bytes | str
    status: int = 200
    mimetype: str = PLAIN


class Health:
    """The pages that machines look at. Each process counts for itself."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._began = time.time()
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "backline_requests", "Requests answered", ["endpoint", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "backline_request_seconds",
            "Time to an answer",
            ["endpoint"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        # Looking a label up costs more than counting; there are few.
        self._kept: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def health(self) -> Page:
        """200 while this process answers and the clock beats; names the protocol that it serves.

        503 where no clock has beaten for `beat_late_s`: then nothing that is owed leaves. A store that is
        away is not this process's fault (`ready` tells of it)."""
        silent_s = self._silent_s()
        if silent_s > self.line.settings.beat_late_s:
            log.critical("the clock has been silent for %d s: start python -m workers clock", silent_s)
            return Page(f"the clock has been silent for {silent_s:.0f} s: nothing is sent\n", 503)
        return Page(f"alive; protocol {self.line.protocol.hash}\n")

    def _silent_s(self) -> float:
        """Seconds since the last beat of a clock, or since this process began, whichever is less."""
        try:
            beat = self.line.store.signs.beats().get(CLOCK, 0.0)
        except StoreAway:
            return 0.0
        return time.time() - max(beat, self._began)

    def ready(self) -> Page:
        """200 when the store answers too, else 503."""
        try:
            self.line.store.ping()
        except StoreAway:
            return Page("the store does not answer\n", 503)
        return Page("ready\n")

    def metrics(self, token: str) -> Page:
        """What this process counted, for Prometheus; 403 without the token of the settings."""
        own = self.line.settings.metrics_token.get_secret_value()
        if not own:
            return Page("no token: set BACKLINE_METRICS_TOKEN, and send it as a bearer token\n", 403)
        if not hmac.compare_digest(own.encode(), token.encode()):
            return Page("not the token of BACKLINE_METRICS_TOKEN\n", 403)
        return Page(generate_latest(self.registry), mimetype=f"{PLAIN}; version=0.0.4")

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """One more answer of that page or webhook, and how long it took."""
        kept = self._kept.get((endpoint, status))
        if kept is None:
            kept = self._requests.labels(endpoint, status), self._seconds.labels(endpoint)
            self._kept[endpoint, status] = kept
        kept[0].inc()
        kept[1].observe(seconds)
