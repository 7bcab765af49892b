"""The pages for machines."""

import pytest
import time_machine

from hotline.line import open_line
from hotline.web import create_app
from tests.hotline.edges import settings_for


def test_the_pages_tell_that_the_line_lives_and_what_it_serves(clean_redis: str) -> None:
    line = open_line(settings_for(clean_redis))
    client = create_app(line).test_client()
    assert line.protocol.hash in client.get("/health").text
    assert client.get("/ready").status_code == 200
    assert client.get("/health").headers["Cache-Control"] == "no-store"
    line.store.close()


def test_without_redis_the_line_lives_but_is_not_ready() -> None:
    client = create_app(open_line(settings_for("redis://127.0.0.1:1/0"))).test_client()
    assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 503


@pytest.mark.parametrize("path", ["/sms", "/nobody/+12025550123"])
def test_what_is_counted_names_pages_and_never_people(clean_redis: str, path: str) -> None:
    line = open_line(settings_for(clean_redis, metrics_token="a-long-secret"))
    client = create_app(line).test_client()
    for _ in range(3):
        client.post(path, data={"From": "+12025550123"})
    told = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret"}).text
    endpoint, status = ("sms", 403) if path == "/sms" else ("none", 404)
    assert f'backline_requests_total{{endpoint="{endpoint}",status="{status}"}} 3.0' in told
    assert f'backline_request_seconds_count{{endpoint="{endpoint}"}} 3.0' in told
    assert "2025550123" not in told
    line.store.close()


@pytest.mark.parametrize(
    ("own", "sent"),
    [("", ""), ("", "Bearer "), ("secret", ""), ("secret", "Bearer other"), ("secret", "Basic secret")],
)
def test_what_was_counted_is_told_to_nobody_without_the_token(clean_redis: str, own: str, sent: str) -> None:
    line = open_line(settings_for(clean_redis, metrics_token=own))
    answer = create_app(line).test_client().get("/metrics", headers={"Authorization": sent})
    assert answer.status_code == 403
    assert "BACKLINE_METRICS_TOKEN" in answer.text and "requests" not in answer.text
    line.store.close()


@pytest.mark.parametrize(("silent", "alive"), [("clock", "worker"), ("worker", "clock")])
def test_a_clock_or_a_worker_that_is_silent_for_a_minute_fails_the_health(
    clean_redis: str, silent: str, alive: str
) -> None:
    line = open_line(settings_for(clean_redis))
    with time_machine.travel(1_800_000_000, tick=False) as now:
        client = create_app(line).test_client()
        now.shift(59)
        assert client.get("/health").status_code == 200
        now.shift(2)
        line.store.signs.beat(alive)
        answer = client.get("/health")
        assert answer.status_code == 503 and silent in answer.text
        line.store.signs.beat(silent)
        assert client.get("/health").status_code == 200
    line.store.close()
