"""The command of whoever must prove what one person agreed to, end it for them, or exchange opt-outs by file:
consent.

The same rules as `cli.py`, whose group it belongs to."""

import json
import sys
from pathlib import Path

import click

from hotline import consent_proof, opting_out
from hotline.cli_backlog import from_environment, or_fail
from hotline.feed import files, telling
from hotline.line import Line
from hotline.numbers import is_number
from hotline.sealing import normalised

_THEIRS = click.Path(exists=True, dir_okay=False, path_type=Path)
_OURS = click.Path(dir_okay=False, path_type=Path)


@click.command("consent")
@click.argument("person", required=False)
@click.option("--stop", is_flag=True, help="Opt them out, as they asked staff to. Needs --by.")
@click.option("--by", metavar="NAME", help="Who was asked: kept in the ledger.")
@click.option(
    "--import", "taken", type=_THEIRS, help="Take the opt-outs of another programme from a CSV file."
)
@click.option("--export", "given", type=_OURS, help="Write everybody who is opted out here to a CSV file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def consent(
    person: str | None, stop: bool, by: str | None, taken: Path | None, given: Path | None, as_json: bool
) -> None:
    """What PERSON (a number or a contact's id) was offered, agreed to and withdrew, and what may be sent.

    1 when a line of the ledger was changed after it was written, or a line of the file was refused.

    Example: hotline consent +12025550101 --json"""
    if sum(asked is not None for asked in (person, taken, given)) != 1:
        raise click.UsageError("one of these: PERSON, --import FILE, --export FILE")
    if stop != bool(by) or (stop and not person):
        raise click.UsageError("--stop and --by belong together: PERSON --stop --by NAME")
    line = or_fail(from_environment)
    if taken is not None:
        _import(line, taken, as_json)
    elif given is not None:
        _export(line, given, as_json)
    elif person is not None:
        _show(line, person, by, as_json)


def _show(line: Line, person: str, by: str | None, as_json: bool) -> None:
    contact, now = or_fail(lambda: consent_proof.contact_of(line, person)), line.now()
    if by:
        or_fail(lambda: _stop(line, contact, normalised(person), by))
    report = or_fail(lambda: consent_proof.proof(line, contact, now))
    click.echo(json.dumps(report, indent=1, ensure_ascii=False) if as_json else consent_proof.shown(report))
    sys.exit(0 if report["whole"] else 1)


def _stop(line: Line, contact: str, told: str, by: str) -> None:
    number = (told if is_number(told) else "") or telling.number_of(line, contact)
    new = opting_out.opt_out(line, contact, "staff", "staff", by, line.now(), number)
    click.echo("opted out" if new else "they were opted out already", err=True)
    if new and line.settings.optout_feed_url and not number:
        click.echo("their number is not known here: tell the other programmes yourself", err=True)


def _import(line: Line, path: Path, as_json: bool) -> None:
    done = or_fail(lambda: files.import_from(line, path, line.now()))
    if as_json:
        refused = [{"line": place, "why": why} for place, why in done.refused]
        click.echo(json.dumps({"new": done.new, "known": done.known, "refused": refused}, indent=1))
    else:
        click.echo(f"{done.new} new, {done.known} known before, {len(done.refused)} refused")
        for place, why in done.refused:
            click.echo(f"line {place}: {why}")
    sys.exit(1 if done.refused else 0)


def _export(line: Line, path: Path, as_json: bool) -> None:
    written, unknown = or_fail(lambda: files.export_to(line, path, line.now()))
    if as_json:
        click.echo(json.dumps({"written": written, "number_not_known": unknown}, indent=1))
    else:
        click.echo(f"{written} written; of {unknown} more the number is not known here any more")
