"""/health, /ready and /metrics: is this process alive, can it serve, and what it counted.

May use: flask, prometheus-client. May not: name a contact in a label."""

import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from hotline.errors import StoreAway
from hotline.line import Line


class Health:
    """The pages that machines look at."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "backline_requests", "Requests answered", ["endpoint", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "backline_request_seconds", "Time to an answer", ["endpoint"], registry=self.registry
        )

    def attach(self, app: Flask) -> None:
        """Add the pages and the counting to an app."""
        app.add_url_rule("/health", view_func=self.health, endpoint="health")
        app.add_url_rule("/ready", view_func=self.ready, endpoint="ready")
        app.add_url_rule("/metrics", view_func=self.metrics, endpoint="metrics")
        app.before_request(self._begin)
        app.after_request(self._count)

    def health(self) -> Response:
        """200 while this process answers; names the protocol that it serves."""
        return Response(f"alive; protocol {self.line.protocol.hash}\n", mimetype="text/plain")

    def ready(self) -> Response:
        """200 when the store answers too, else 503."""
        try:
            self.line.store.ping()
        except StoreAway:
            return Response("the store does not answer\n", status=503, mimetype="text/plain")
        return Response("ready\n", mimetype="text/plain")

    def metrics(self) -> Response:
        """What this process counted, for Prometheus."""
        return Response(generate_latest(self.registry), mimetype="text/plain; version=0.0.4")

    def _begin(self) -> None:
        g.began = time.perf_counter()

    def _count(self, response: Response) -> Response:
        endpoint = request.endpoint or "none"
        self.turns.labels(endpoint, response.status_code).inc()
        self.seconds.labels(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response
