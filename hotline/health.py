"""What /health, /ready and /metrics tell: is this process alive, can it serve, and what it counted.

May use: prometheus-client. May not: know flask, or name a contact in a label."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from hotline.errors import StoreAway
from hotline.line import Line

PLAIN = "text/plain"
# The bounds matter where somebody waits: a text's two seconds, and the carrier's fifteen.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0)


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
        """200 while this process answers; names the protocol that it serves."""
        return Page(f"alive; protocol {self.line.protocol.hash}\n")

    def ready(self) -> Page:
        """200 when the store answers too, else 503."""
        try:
            self.line.store.ping()
        except StoreAway:
            return Page("the store does not answer\n", 503)
        return Page("ready\n")

    def metrics(self) -> Page:
        """What this process counted, for Prometheus."""
        return Page(generate_latest(self.registry), mimetype=f"{PLAIN}; version=0.0.4")

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """One more answer of that page or webhook, and how long it took."""
        kept = self._kept.get((endpoint, status))
        if kept is None:
            kept = self._requests.labels(endpoint, status), self._seconds.labels(endpoint)
            self._kept[endpoint, status] = kept
        kept[0].inc()
        kept[1].observe(seconds)
