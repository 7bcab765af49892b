"""The commands of whoever must prove what one person agreed to, end it for them, or forget them: consent,
forget.

The same rules as `cli.py`, whose group it belongs to."""

import json
import sys

import click

from hotline import consent_proof, erasing, opting_out
from hotline.cli_backlog import from_environment, or_fail


@click.command("consent")
@click.argument("person", required=False)
@click.option("--all", "everybody", is_flag=True, help="Check the ledgers of all, in place of PERSON's.")
@click.option("--stop", is_flag=True, help="Opt them out, as they asked staff to. Needs --by.")
@click.option("--by", metavar="NAME", help="Who was asked: kept in the ledger.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def consent(person: str | None, everybody: bool, stop: bool, by: str | None, as_json: bool) -> None:
    """What PERSON (a number or a contact's id) was offered, agreed to and withdrew, and what may be sent.

    1 when a line of the ledger was changed after it was written, or is missing at its end.

    Example: hotline consent +12025550101 --json"""
    if bool(person) == everybody or (everybody and stop):
        raise click.UsageError("name one PERSON, or --all and nobody")
    if stop != bool(by):
        raise click.UsageError("--stop and --by belong together: --stop --by NAME")
    line = or_fail(from_environment)
    now = line.now()
    if person is None:
        found = or_fail(lambda: consent_proof.checked(line, now))
        click.echo(json.dumps(found) if as_json else consent_proof.told(found))
        sys.exit(1 if found["not_whole"] else 0)
    contact = or_fail(lambda: consent_proof.contact_of(line, person))
    if stop and by:
        new = or_fail(lambda: opting_out.opt_out(line, contact, "staff", "staff", by, now))
        click.echo("opted out" if new else "they were opted out already", err=True)
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
