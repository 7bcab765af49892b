"""The command of whoever must prove what one person agreed to, or end it for them: consent.

The same rules as `cli.py`, whose group it belongs to."""

import json
import sys

import click

from hotline import consent_proof, opting_out
from hotline.cli_backlog import from_environment, or_fail


@click.command("consent")
@click.argument("person")
@click.option("--stop", is_flag=True, help="Opt them out, as they asked staff to. Needs --by.")
@click.option("--by", metavar="NAME", help="Who was asked: kept in the ledger.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def consent(person: str, stop: bool, by: str | None, as_json: bool) -> None:
    """What PERSON (a number or a contact's id) was offered, agreed to and withdrew, and what may be sent.

    1 when a line of the ledger was changed after it was written.

    Example: hotline consent +12025550101 --json"""
    if stop != bool(by):
        raise click.UsageError("--stop and --by belong together: --stop --by NAME")
    line = or_fail(from_environment)
    contact, now = or_fail(lambda: consent_proof.contact_of(line, person)), line.now()
    if stop and by:
        new = or_fail(lambda: opting_out.opt_out(line, contact, "staff", "staff", by, now))
        click.echo("opted out" if new else "they were opted out already", err=True)
    report = or_fail(lambda: consent_proof.proof(line, contact, now))
    click.echo(json.dumps(report, indent=1, ensure_ascii=False) if as_json else consent_proof.shown(report))
    sys.exit(0 if report["whole"] else 1)
