"""`python -m benchmarks NAME [--json]`: one measurement, printed. Without a name it lists them.

May not: measure anything itself."""

import json

import click

from benchmarks import crew as crew_at_work
from benchmarks import enrolled
from benchmarks import programme as whole_programme
from benchmarks import sending as sent
from benchmarks import understand as understanding
from benchmarks.turns import measure


@click.group()
def main() -> None:
    """Measurements of the line on this machine."""


@main.command()
@click.option(
    "--pairs", default=30, show_default=True, help="So many slices of each kind, one after the other."
)
@click.option("--slice-s", default=0.4, show_default=True, help="Seconds of each slice.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def turns(pairs: int, slice_s: float, as_json: bool) -> None:
    """The whole SMS turn, signature to commit, against a Flask view that only parses the same form.

    Example: python -m benchmarks turns --json"""
    told = measure(pairs, slice_s)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    click.echo(
        f"{told['turns_per_s']:.0f} turns/s, {told['baseline_per_s']:.0f} bare requests/s: "
        f"ratio {told['ratio']:.3f}, {told['round_trips']:.2f} round trips a turn"
    )


@main.command()
@click.option("--rounds", default=5, show_default=True, help="So many times over all texts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def understand(rounds: int, as_json: bool) -> None:
    """What it costs to understand one text, plain and free, against taking it apart.

    Example: python -m benchmarks understand --json"""
    told = understanding.measure(rounds)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    for name in ("plain", "free"):
        one = told[name]
        click.echo(f"{name}: {one['median_us']} us a text, {one['ratio']} times the bare baseline")


@main.command()
@click.option("--people", default=10_000, show_default=True, help="So many people, half in each season.")
@click.option("--seed", default=6, show_default=True, help="Everything is drawn from it.")
@click.option("--tick-min", default=10, show_default=True, help="Minutes between two looks of the clock.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def programme(people: int, seed: int, tick_min: int, as_json: bool) -> None:
    """21 days of the follow-up in virtual time, with outages, edits, stops and carrier errors.

    Exit 1 where anybody got a text at night, twice, early or after a stop, or a step has no reason.
    Example: python -m benchmarks programme --people 200 --json"""
    told = whole_programme.measure(people, seed, tick_min)
    if as_json:
        click.echo(json.dumps(told, indent=1))
    else:
        broken = ", ".join(f"{count} {kind}" for kind, count in told["violations"].items())
        click.echo(f"{told['enrolments']} enrolments, {told['texts']} texts, {told['stops']} stops: {broken}")
    raise SystemExit(1 if any(told["violations"].values()) else 0)


@main.command()
@click.option("--pairs", default=7, show_default=True, help="So many slices of each kind, in turn.")
@click.option("--texts", default=200, show_default=True, help="Texts in each slice.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def sending(pairs: int, texts: int, as_json: bool) -> None:
    """One worker's job of texts against the bare twilio-python client, with the same stand-in carrier.

    Example: python -m benchmarks sending --json"""
    told = sent.measure(pairs, texts)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    click.echo(
        f"{told['texts_per_s']:.0f} texts/s, {told['bare_per_s']:.0f} by the bare client: ratio "
        f"{told['ratio']:.2f}; {told['workers_for_a_short_code']} workers fill a short code"
    )


@main.command()
@click.option("--workers", default="1,2,4", show_default=True, help="So many workers at a time.")
@click.option(
    "--ways-ms", default="0,100", show_default=True, help="So long the carrier's answers take longer."
)
@click.option("--seconds", default=15.0, show_default=True, help="About so long each at a short code's pace.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def crew(workers: str, ways_ms: str, seconds: float, as_json: bool) -> None:
    """How many workers, as processes beside a clock, fill a short code's 100 segments a second.

    Example: python -m benchmarks crew --workers 1,2 --json"""
    counts, ways = [int(count) for count in workers.split(",")], [float(way) for way in ways_ms.split(",")]
    told = crew_at_work.measure(counts, ways, seconds)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    for row in told["rows"]:
        click.echo(
            f"workers: {row['workers']}, answers after {row['answers_after_ms']:g} ms: "
            f"{row['segments_per_s']} segments/s of 100, {row['without_pace_per_s']} without a pace"
        )


COUNTS = click.option("--counts", default="10000,100000,1000000", show_default=True, help="So many enrolled.")


@main.command()
@COUNTS
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def memory(counts: str, as_json: bool) -> None:
    """Redis memory for each enrolment, with its place in the due set.

    Example: python -m benchmarks memory --counts 10000,100000 --json"""
    told = enrolled.measure_memory([int(count) for count in counts.split(",")])
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    for count in counts.split(","):
        click.echo(f"{count} enrolled: {told[count]['bytes_each']} B each, {told[count]['megabytes']} MB")


@main.command()
@COUNTS
@click.option("--due", default=1000, show_default=True, help="So many of them are due.")
@click.option("--rounds", default=9, show_default=True, help="Beats of which the median counts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
def beat(counts: str, due: int, rounds: int, as_json: bool) -> None:
    """What the clock takes to hand out those who are due, by how many are enrolled.

    Example: python -m benchmarks beat --counts 10000,100000 --json"""
    told = enrolled.measure_beat([int(count) for count in counts.split(",")], due, rounds)
    if as_json:
        click.echo(json.dumps(told, indent=1))
        return
    for count in counts.split(","):
        click.echo(
            f"{count} enrolled, {due} due: {told[count]['beat_ms']} ms, idle {told[count]['idle_ms']} ms"
        )
    click.echo(f"most enrolled against fewest: {told['ratio']} times")


if __name__ == "__main__":
    main()
