"""The command of whoever must know that a protocol is safe: prove.

The same rules as `cli.py`, whose group it belongs to."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from flows.load import FaultyProtocol, load
from flows.mutants import Tried, try_mutants
from flows.prove import Proof, prove
from hotline.readiness import signed_hash
from hotline.settings import PROTOCOL_FOLDER

FOLDER = click.argument("folder", required=False, type=click.Path(path_type=Path), default=PROTOCOL_FOLDER)


@click.command("prove")
@FOLDER
@click.option(
    "--mutants/--no-mutants", default=True, show_default=True, help="Break copies of it and see them fail."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def prove_command(folder: Path, mutants: bool, as_json: bool) -> None:
    """Hold every path of a protocol against its oracle; 1 when an invariant is broken or a mutant is not
    rejected.

    Example: hotline prove flows/back_pain --no-mutants"""
    try:
        protocol = load(folder)
    except FaultyProtocol as faulty:
        raise click.UsageError(str(faulty)) from None
    proof = prove(protocol, _bar())
    tried = try_mutants(protocol, _bar()) if mutants and proof.holds else None
    click.echo("", err=True)
    signed = signed_hash(folder) == protocol.hash
    click.echo(
        json.dumps(report(proof, tried, signed), indent=1) if as_json else _lines(proof, tried, signed)
    )
    sys.exit(0 if proof.holds and (tried is None or tried.all_rejected) else 1)


def report(proof: Proof, tried: Tried | None, signed: bool) -> dict[str, Any]:
    """The proof as one JSON document; without mutants they are null."""
    survivors = [{"mutation": one.mutation, "reason": one.reason} for one in tried.survivors] if tried else []
    mutants = {"made": tried.made, "rejected": tried.rejected, "survivors": survivors} if tried else None
    return {
        "protocol": proof.protocol,
        "hash": proof.hash,
        "signed": signed,
        "paths": proof.paths,
        "states": proof.states,
        "invariants": [
            {
                "name": one.name,
                "holds": one.holds,
                "checked": one.checked,
                "counterexample": None if one.counterexample is None else list(one.counterexample),
                "notes": list(one.notes),
            }
            for one in proof.invariants
        ],
        "mutants": mutants,
    }


def _lines(proof: Proof, tried: Tried | None, signed: bool) -> str:
    told = [f"{proof.protocol} {proof.hash}, {'signed' if signed else 'not signed'}"]
    told.append(f"{proof.paths:,} answer sets, {proof.states:,} states, {proof.steps:,} turns of the engine")
    for one in proof.invariants:
        told.append(f"{'holds ' if one.holds else 'BROKEN'} {one.name}: {one.checked:,} cases")
        told += [f"         {note}" for note in one.notes]
        told += [f"    {line}" for line in one.counterexample or ()]
    if tried is not None:
        told.append(f"{tried.rejected:,} of {tried.made:,} mutants rejected")
        told += [
            f"survived: {one.mutation}: {one.reason or 'NOT SHOWN TO BE THE SAME'}" for one in tried.survivors
        ]
    return "\n".join(told)


def _bar() -> Callable[[str, int], None]:
    """A line on stderr that counts; nothing where stderr is no terminal."""
    expected = {"answers": 5_000, "tries": 1_200_000, "mutants": 950}

    def tell(name: str, steps: int) -> None:
        if sys.stderr.isatty() and (name == "mutants" or steps % 10 == 0):
            done = min(40, 40 * steps // expected[name])
            click.echo(f"\r{name:8} [{'#' * done:40}] {steps:,} ", nl=False, err=True)

    return tell
