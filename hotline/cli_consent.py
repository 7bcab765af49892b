"""The commands of whoever must prove what one person agreed to, end it for them, forget them, or exchange
opt-outs by file: consent, forget.

The same rules as `cli.py`, whose group it belongs to."""

import json
import sys
from pathlib import Path

import click

from hotline import consent_proof, erasing, opting_out
from hotline.cli_backlog import from_environment, or_fail
from hotline.feed import files, telling
from hotline.line import Line
from hotline.numbers import is_number
from hotline.sealing import normalised

_THEIRS = click.Path(exists=True, dir_okay=False, path_type=Path)
_OURS = click.Path(dir_okay=False, path_type=Path)


@click.command("consent")
@click.argument("person", required=False)
@click.option("--all", "everybody", is_flag=True, help="Check the ledgers of all, in place of PERSON's.")
@click.option("--stop", is_flag=True, help="Opt them out, as they asked staff to. Needs --by.")
@click.option("--by", metavar="NAME", help="Who was asked: kept in the ledger.")
@click.option(
    "--import", "taken", type=_THEIRS, help="Take the opt-outs of another programme from a CSV file."
)
@click.option("--export", "given", type=_OURS, help="Write everybody who is opted out here to a CSV file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def consent(
    person: str | None,
    everybody: bool,
    stop: bool,
    by: str | None,
    taken: Path | None,
    given: Path | None,
    as_json: bool,
) -> None:
    """What PERSON (a number or a contact's id) was offered, agreed to and withdrew, and what may be sent.

    1 when a line of a ledger was changed after it was written or is missing at its end, or a line of the file
    was refused.

    Example: hotline consent +12025550101 --json"""
    if sum((bool(person), everybody, taken is not None, given is not None)) != 1:
        raise click.UsageError("one of these: PERSON, --all, --import FILE, --export FILE")
    if stop != bool(by) or (stop and not person):
        raise click.UsageError("--stop and --by belong together: PERSON --stop --by NAME")
    line = or_fail(from_environment)
    if taken is not None:
        _import(line, taken, as_json)
    elif given is not None:
        _export(line, given, as_json)
    elif person is not None:
        _show(line, person, by, as_json)
    else:
        _check_all(line, as_json)


def _check_all(line: Line, as_json: bool) -> None:
    found = or_fail(lambda: consent_proof.checked(line, line.now()))
    click.echo(json.dumps(found) if as_json else consent_proof.told(found))
    sys.exit(1 if found["not_whole"] else 0)


def _show(line: Line, person: str, by: str | None, as_json: bool) -> None:
    contact, now = or_fail(lambda: consent_proof.contact_of(line, person)), line.now()
    if by:
        or_fail(lambda: _stop(line, contact, normalised(person), by))
    report = or_fail(lambda: consent_proof.proof(line, contact, now))
    click.echo(json.dumps(report, indent=1, ensure_ascii=False) if as_json else consent_proof.shown(report))
    sys.exit(0 if report["whole"] else 1)


@click.command("forget")
@click.argument("person")
@click.option("--by", metavar="NAME", required=True, help="Who was asked: kept in the record of it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def forget(person: str, by: str, as_json: bool) -> None:
    """Erase everything that is kept of PERSON (a number or a contact's id), but the mark of an opt-out.

    1 while staff owe them something or a text to them is under way: it says what to do first.

    Example: hotline forget +12025550101 --by Ada"""
    line = or_fail(from_environment)
    contact = or_fail(lambda: consent_proof.contact_of(line, person))
    gone = or_fail(lambda: erasing.forget(line, contact, by, line.now()))
    opted_out = or_fail(lambda: line.store.turns.read(contact)).opted_out
    told = {"contact": contact, "erased": gone, "opted_out": opted_out}
    click.echo(json.dumps(told) if as_json else erasing.shown(gone, opted_out))


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
