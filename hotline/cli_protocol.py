"""The commands of whoever edits and signs a protocol: diff and sign.

The same rules as `cli.py`, whose group they belong to."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.load import FaultyProtocol
from hotline.errors import BackLineError
from hotline.settings import PROTOCOL_FOLDER

FOLDER = click.argument("folder", required=False, type=click.Path(path_type=Path), default=PROTOCOL_FOLDER)


@click.command()
@click.argument("old")
@click.argument("new", required=False, default=str(PROTOCOL_FOLDER))
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def diff(old: str, new: str, as_json: bool) -> None:
    """Which answer sets change level between two versions (folders or git revisions); 1 where any is lowered.

    Example: hotline diff HEAD flows/back_pain"""
    from flows.compare import compare
    from hotline import signing

    try:
        change = compare(*(signing.version(given, PROTOCOL_FOLDER) for given in (old, new)))
    except (FaultyProtocol, BackLineError) as fault:
        raise click.UsageError(str(fault)) from None
    if as_json:
        click.echo(json.dumps(signing.as_json(change), indent=1))
    else:
        click.echo(f"{change.up:,} answer sets up, {change.down:,} down, {change.same:,} the same")
        for moved in change.moved:
            click.echo(f"{moved.count:>15,}  {signing.told(moved)}")
    sys.exit(1 if change.down else 0)


@click.command()
@FOLDER
@click.option("--name", required=True, help="The clinician who read the protocol.")
@click.option("--role", required=True, help="Their role in the clinic.")
def sign(folder: Path, name: str, role: str) -> None:
    """Put a clinician's name under a protocol: writes signoff.yaml, and keeps what was signed beside it.

    Example: hotline sign my_protocol --name "Dr Ada Example" --role "medical director" """
    from hotline import signing

    try:
        signed = signing.sign(folder, name, role, datetime.now(UTC).date())
    except (FaultyProtocol, BackLineError) as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)
    click.echo(f"{signed.name} ({signed.role}) signed {signed.hash} on {signed.date}")
