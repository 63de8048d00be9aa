"""What an operator's tools ask."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from serving import body_of

WAIT = {"Prefer": "wait=60"}


def test_alive_and_ready_without_a_token(rest):
    """Probes carry no token."""
    with rest.client() as client:
        answers = [client.get(a) for a in ("/livez", "/readyz")]

    assert [(a.status_code, a.json()["status"]) for a in answers] == [
        (200, "alive"),
        (200, "ready"),
    ]


def test_metrics_parse_and_count(anna):
    """Prometheus reads them; a run is counted once."""

    def runs():
        text = anna.get("/metrics").text
        families = {f.name: f for f in text_string_to_metric_families(text)}
        samples = families["stresskit_runs"].samples
        done = [s.value for s in samples if s.labels.get("status") == "done"]
        return families, done[0] if done else 0.0

    _, before = runs()
    anna.post("/v1/runs", json=body_of(), headers=WAIT)
    families, after = runs()

    assert after == before + 1
    assert "stresskit_request_seconds" in families


def test_metrics_have_no_words_of_a_users(anna):
    """Methods and statuses are labels; addresses and names are not."""
    anna.request("MEIER", "/v1/runs/MEIER-FAMILY")

    assert "MEIER" not in anna.get("/metrics").text
