"""What our processes write down: one JSON object a line, on standard error.

May use: structlog, logging. May not: let a phone number or words of a contact through. Exceptions are
logged by their kind and place only, since their arguments may quote what somebody wrote; long runs of
digits are masked everywhere."""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import structlog

# Seven digits may stand inside a hash; ten in a row, or three groups as a number is written, may not.
_NUMBER = re.compile(r"\+?\d{10,}|(?<![A-Za-z\d])\+?\d{7,9}(?![A-Za-z\d])|\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}")
_HIDDEN = "#######"
# These libraries write URLs, parameters or arguments, and so numbers, at INFO and DEBUG.
TALKATIVE = ("twilio", "urllib3", "requests", "redis")
_FRAMES = 12


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """From now on this process logs as JSON lines from that level up. ValueError: there is no such level.

    stream: standard error by default, so that `--json` on standard output stays one document."""
    threshold = _threshold(level)
    out = stream or sys.stderr
    structlog.configure(
        processors=[structlog.processors.add_log_level, _finish],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(threshold, logging.ERROR))


class JsonLines(logging.Formatter):
    """The same line for what libraries and the workers log through `logging`."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as one JSON object."""
        event: dict[str, Any] = {
            "event": record.getMessage(), "logger": record.name, "level": record.levelname.lower(),
        }  # fmt: skip
        if record.exc_info:
            event["exc_info"] = record.exc_info
        return line_of(event)


def line_of(event: MutableMapping[str, Any]) -> str:
    """An event as one line: with the time, the fault's kind and place instead of its words, and no number."""
    fault = _fault_of(event.pop("exc_info", None))
    told = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **event}
    if fault is not None:
        told |= {"fault": type(fault).__name__, "where": places(fault.__traceback__)}
    return json.dumps(_masked(told), ensure_ascii=True, default=lambda value: type(value).__name__)


def without_numbers(text: str) -> str:
    """The text with each phone number, and all that looks like one, masked."""
    return _NUMBER.sub(_HIDDEN, text)


def places(trace: TracebackType | None) -> list[str]:
    """Where a fault went through, innermost last: file, line and function, without what was in them."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{'/'.join(code.co_filename.split('/')[-2:])}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-_FRAMES:]


def _finish(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    return line_of(event)


def _fault_of(told: object) -> BaseException | None:
    """The fault that `exc_info` means: itself, the triple of `logging`, or True for the one being handled."""
    if isinstance(told, BaseException):
        return told
    if isinstance(told, tuple):
        return told[1] if isinstance(told[1], BaseException) else None
    return sys.exc_info()[1] if told else None


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return without_numbers(value)
    if isinstance(value, Mapping):
        return {key: told if key == "at" else _masked(told) for key, told in value.items()}
    return [_masked(part) for part in value] if isinstance(value, list | tuple) else value


def _threshold(level: str) -> int:
    threshold = logging.getLevelNamesMapping().get(level.upper())
    if threshold is None:
        raise ValueError(f'BACKLINE_LOG_LEVEL: no level "{level}": write DEBUG, INFO, WARNING or ERROR')
    return threshold
