"""The command of whoever must know what waits to be sent: queue.

The same rules as `cli.py`, whose group it belongs to."""

import json
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

import click
from pydantic import ValidationError

from flows.load import FaultyProtocol
from hotline import backlog, logs
from hotline.errors import BackLineError
from hotline.line import Line, open_line
from hotline.settings import Settings

Found = TypeVar("Found")


@click.command("queue")
@click.option("--unpark", metavar="ID", help="Put back what was set aside under this id.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def queue(unpark: str | None, as_json: bool) -> None:
    """What is due, being sent, unknown or set aside, and each sender's pace; 1 when something is set aside.

    Example: hotline queue --json"""
    line = or_fail(from_environment)
    if unpark is not None:
        jobs = or_fail(lambda: backlog.release(line, unpark, line.now()))
        if not jobs:
            _fail(f"nothing is set aside under {unpark}: see hotline queue")
        click.echo(json.dumps({"put_back": list(jobs)}) if as_json else f"{unpark} is tried again")
        return
    report = or_fail(lambda: backlog.told(line, line.now()))
    click.echo(json.dumps(report, indent=1) if as_json else backlog.shown(report))
    sys.exit(1 if report["parked"] else 0)


def from_environment() -> Line:
    """The line that the environment's settings describe."""
    settings = Settings()
    logs.configure(settings.log_level)
    return open_line(settings)


def or_fail(act: Callable[[], Found]) -> Found:
    """What it gives; a fault that a person can mend ends the command with its words."""
    try:
        return act()
    except (BackLineError, ValidationError, FaultyProtocol, ValueError) as fault:
        _fail(str(fault))


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)
