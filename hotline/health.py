"""What /health, /ready and /metrics tell: is this process alive, can it serve, and what it counted.

May use: prometheus-client. May not: know flask, or name a contact in a label."""

import hmac
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hotline import backlog
from hotline.errors import StoreAway
from hotline.line import Line

PLAIN = "text/plain"
PROCESSES = {"clock": "clock", "worker": "work"}  # the names under which they beat, and how each is started
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
        self.registry.register(_Waiting(line))
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
        """200 while this process answers and a clock and a worker beat; names the protocol that it serves.

        503 where no clock, or no worker, has beaten for `beat_late_s`: then nothing that is owed leaves. A
        store that is away is not this process's fault (`ready` tells of it)."""
        for process, silent_s in self._silent_s().items():
            if silent_s > self.line.settings.beat_late_s:
                role = PROCESSES[process]
                log.critical("the %s has been silent for %d s: python -m workers %s", process, silent_s, role)
                return Page(f"the {process} has been silent for {silent_s:.0f} s: nothing is sent\n", 503)
        return Page(f"alive; protocol {self.line.protocol.hash}\n")

    def _silent_s(self) -> Mapping[str, float]:
        """Seconds since the last beat of each kind, or since this process began, whichever is less."""
        try:
            beats = self.line.store.signs.beats()
        except StoreAway:
            return {}
        now = time.time()
        return {name: now - max(beats.get(name, 0.0), self._began) for name in PROCESSES}

    def ready(self) -> Page:
        """200 when the store answers too, else 503."""
        try:
            self.line.store.ping()
        except StoreAway:
            return Page("the store does not answer\n", 503)
        return Page("ready\n")

    def metrics(self, token: str) -> Page:
        """What this process counted, and what waits to be sent, for Prometheus; 403 without the token of the
        settings."""
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


class _Waiting(Collector):
    """What waits to be sent, read from the store whenever somebody asks; the same in every process."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def describe(self) -> list[Metric]:
        """Nothing is read before somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Nothing where the store is away: a gap, and no wrong zero."""
        try:
            told = backlog.told(self._line, self._line.now())
            beats = self._line.store.signs.beats()
        except StoreAway:
            return
        parked: dict[str, int] = {}
        for one in told["parked"]:
            parked[one["job"]] = parked.get(one["job"], 0) + 1
        ages = {process: time.time() - at for process, at in beats.items()}
        paces = {one["sender"]: one["segments_per_s"] for one in told["senders"]}
        pauses = {one["sender"]: one["pause_s"] for one in told["senders"]}
        yield _gauge("texts", "Outbox rows by state", "state", told["texts"])
        yield _gauge("texts_settled", "Outbox rows that ended so, ever", "state", told["settled"])
        yield _gauge("due", "What is due and was not handed out", "kind", told["due"])
        yield _gauge("parked", "What was set aside", "job", parked)
        yield _gauge("sender_segments_per_second", "The pace of a sender of ours", "sender", paces)
        yield _gauge("sender_pause_seconds", "How long the carrier makes it wait", "sender", pauses)
        yield _gauge("beat_age_seconds", "Since a process of that kind last beat", "process", ages)
        yield _gauge("alarms", "Alarms that rang, ever", "name", told["alarms"])
        yield GaugeMetricFamily("backline_enrolled", "People on the programme", value=told["enrolled"])
        yield GaugeMetricFamily("backline_late_seconds", "How late the oldest step is", value=told["late_s"])
        yield GaugeMetricFamily("backline_halted", "1: sending is halted", value=int(bool(told["halted"])))


def _gauge(name: str, about: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"backline_{name}", about, labels=[label])
    for value, count in values.items():
        gauge.add_metric([value], count)
    return gauge
