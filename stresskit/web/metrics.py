"""Figures about the service for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest


class Metrics:
    """What is counted; one registry per server, so that several can live in a test."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "stresskit_requests",
            "Requests answered.",
            ["method", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "stresskit_request_seconds",
            "Seconds until a request was answered.",
            registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self._runs = Counter(
            "stresskit_runs", "Runs ended.", ["status"], registry=self._registry
        )
        self._run_seconds = Histogram(
            "stresskit_run_seconds",
            "Seconds a run took in its process.",
            registry=self._registry,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
        )
        self._waiting = Gauge(
            "stresskit_runs_waiting", "Runs that wait.", registry=self._registry
        )
        self._under_way = Gauge(
            "stresskit_runs_under_way", "Work in processes.", registry=self._registry
        )

    def ended(self, status: str, seconds: float) -> None:
        """Count a run that ended."""
        self._runs.labels(status).inc()
        self._run_seconds.observe(seconds)

    def text(self, *, waiting: int, under_way: int) -> bytes:
        """Return all figures as Prometheus reads them."""
        self._waiting.set(waiting)
        self._under_way.set(under_way)
        return bytes(generate_latest(self._registry))
