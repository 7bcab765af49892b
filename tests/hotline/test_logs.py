"""What is written down: lines that a machine reads, without numbers and without words of callers."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hotline import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("INFO", stream)
    yield stream
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.WARNING)


def test_each_line_is_one_json_object_whoever_logs(written: io.StringIO) -> None:
    structlog.get_logger("hotline.web").warning("request refused", reason="a\nb")
    logging.getLogger("workers.clock").info("rang %s", "3 rows")
    logging.getLogger("workers.clock").debug("not at this level")
    first, second = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (first["event"], first["level"], first["reason"]) == ("request refused", "warning", "a\nb")
    assert (second["event"], second["level"], second["logger"]) == ("rang 3 rows", "info", "workers.clock")
    assert first["at"].endswith("+00:00")


def test_a_fault_is_told_by_its_kind_and_place_and_never_by_its_words(written: io.StringIO) -> None:
    try:
        raise ValueError("my groin is numb")
    except ValueError as fault:
        structlog.get_logger().error("fault", exc_info=fault)
        logging.getLogger("rq").exception("job failed")
    assert "groin" not in written.getvalue()
    for line in written.getvalue().splitlines():
        told = json.loads(line)
        assert told["fault"] == "ValueError" and "test_logs.py" in told["where"][-1]


@pytest.mark.parametrize(
    "number",
    [
        "+12025550123",
        "12025550123",
        "2025550123",
        "(202) 555-0123",
        "202-555-0123",
        "%2B12025550123",
        "5550123",
    ],
)
def test_a_number_is_masked_however_it_is_written(written: io.StringIO, number: str) -> None:
    structlog.get_logger().info(f"to {number}.", where={"to": [number]})
    logging.getLogger("twilio").info("To: %s", number)
    assert "0123" not in written.getvalue() and "#######" in written.getvalue()


@pytest.mark.parametrize(
    "harmless", ["10.0.0.12:8000", "2026-11-23 01:41", "3f2a9b1234567c", "127.0.0.1", "3 rows in 12345 ms"]
)
def test_what_is_no_number_stays_readable(harmless: str) -> None:
    assert logs.without_numbers(harmless) == harmless


def test_libraries_that_write_addresses_are_kept_quiet(written: io.StringIO) -> None:
    logging.getLogger("urllib3.connectionpool").warning("GET /Messages.json?To=someone")
    logging.getLogger("twilio.http_client").info("Query Params: someone")
    assert written.getvalue() == ""


def test_a_level_that_is_none_is_named(written: io.StringIO) -> None:
    with pytest.raises(ValueError, match="BACKLINE_LOG_LEVEL"):
        logs.configure("LOUD", written)
