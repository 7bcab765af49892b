"""The command line: every command is a short reading of its arguments and a call into a room.

Exit 0: all well. 1: what you asked me to check is not well. 2: I was asked wrongly. With --json, one
JSON document on
stdout and nothing else. May start workers as processes; may not import them, or decide anything."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from pydantic import SecretStr, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows.load import Fault, FaultyProtocol, load
from flows.protocol import Protocol
from hotline import cli_backlog, cli_consent, cli_proof, cli_protocol, logs
from hotline.embedded import embedded_redis
from hotline.errors import BackLineError
from hotline.line import Line, filled_by, open_line
from hotline.recordings import Note, check
from hotline.settings import PROTOCOL_FOLDER, Defaults, Settings
from hotline.signing import SIGN_OFF, unsigned_drop

TRIAL_TOKEN = "trial-mode-only-not-a-secret-0000"
AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else."
)
FOLDER = click.argument("folder", required=False, type=click.Path(path_type=Path), default=PROTOCOL_FOLDER)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="backline", prog_name="hotline")
def main() -> None:
    """BackLine: a back-pain line by text and phone. It sorts how soon a person should be seen; it does
    not diagnose.

    Start with: hotline demo"""


@main.command()
@FOLDER
@click.option(
    "--audio",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of recorded sentences, to be checked too, with the settings of the environment.",
)
@AS_JSON
def validate(folder: Path, audio: Path | None, as_json: bool) -> None:
    """Check a protocol folder; every fault at once as file:line: what is wrong, what to write instead.

    Example: hotline validate flows/back_pain"""
    try:
        protocol = load(folder)
    except FaultyProtocol as faulty:
        _told_valid(None, faulty.faults, (), as_json)
    faults, notes = check(audio, protocol, filled_by(_or_fail(Settings))) if audio else ((), ())
    if (drop := unsigned_drop(folder, protocol)) is not None:
        faults = (Fault(SIGN_OFF, 1, drop), *faults)
    _told_valid(protocol, faults, notes, as_json)


@main.command()
@click.argument(
    "file",
    required=False,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=PROTOCOL_FOLDER / "vignettes.yaml",
)
@click.option("--channel", type=click.Choice(["sms", "voice"]), default="sms", show_default=True)
@click.option("--language", default="en", show_default=True)
@AS_JSON
def vignettes(file: Path, channel: str, language: str, as_json: bool) -> None:
    """Play example cases through the real conversation; 1 when one is sent too low or too high.

    Without FILE, the cases that are shipped with the protocol.

    Example: hotline vignettes --channel voice"""
    from hotline.reports import vignette_report, vignette_table, vignettes_played

    cases = _file(file)
    with own_line() as line:
        _known_language(line.protocol, language)
        played = _asked_well(lambda: vignettes_played(line, cases, channel, language))
        report = vignette_report(played)
        click.echo(_json(report) if as_json else vignette_table(line.protocol, played))
    sys.exit(1 if report["under"] or report["over"] else 0)


@main.command()
@click.argument("text", required=False)
@click.option("--question", default="free", show_default=True, help="A question's id, checkin, or free.")
@click.option("--language", default="en", show_default=True)
@click.option(
    "--batch", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file of many texts."
)
@click.option("--explain", is_flag=True, help="Which words led to the reading.")
@AS_JSON
def understand(
    text: str | None, question: str, language: str, batch: Path | None, explain: bool, as_json: bool
) -> None:
    """What a text means to the line.

    Example: hotline understand "no but my leg is numb" --question saddle"""
    from hotline.reports import readings

    if (text is None) == (batch is None):
        _wrong("give one TEXT, or --batch FILE")
    asked = _file(batch) if batch else [{"id": "1", "text": text, "question": question, "language": language}]
    protocol = load(PROTOCOL_FOLDER)
    _known_language(protocol, language)
    found = _asked_well(lambda: readings(protocol, asked, explain=explain))
    if as_json:
        click.echo(_json(found))
        return
    for reading in found:
        signs = f"  signs: {', '.join(reading['signs'])}" if reading["signs"] else ""
        why = f"  why: {', '.join(reading['why'])}" if explain else ""
        value = "" if reading["value"] is None else f" {reading['value']}"
        click.echo(f"{reading['reading']}{value}{signs}{why}")


@main.command()
@AS_JSON
def texts(as_json: bool) -> None:
    """Every sentence the line can say, as it is said with default settings, with segments and reading grade.

    Example: hotline texts --json"""
    from hotline.reports import every_text

    said = every_text(load(PROTOCOL_FOLDER))
    if as_json:
        click.echo(_json(said))
        return
    for row in said:
        size = f"{row['segments']} x {row['encoding']}" if row["medium"] == "sms" else "spoken"
        click.echo(
            f"{row['key']} [{row['language']} {row['medium']}, {size}, grade {row['grade']}]\n{row['text']}\n"
        )


@main.command()
@FOLDER
@click.option("--format", "form", type=click.Choice(["dot", "svg"]), default="svg", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, not here.")
def draw(folder: Path, form: str, out: Path | None) -> None:
    """Draw a protocol: its questions in order, each rule with its level, and the floors, dashed.

    Example: hotline draw --format svg --out protocol.svg"""
    from flows.drawing import dot
    from hotline.svg import svg

    picture = dot(_or_fail(lambda: load(folder)))
    picture = picture if form == "dot" else _or_fail(lambda: svg(picture))
    if out is None:
        click.echo(picture, nl=False)
        return
    try:
        out.write_text(picture, encoding="utf-8")
    except OSError as fault:
        _wrong(f"cannot write {out}: {fault.strerror}")
    click.echo(f"{out} written")


@main.command()
@FOLDER
@click.option(
    "--to", type=click.Choice(["floip", "rapidpro"]), required=True, help="Another system's format."
)
@click.option("--language", default="en", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Into this file.")
def export(folder: Path, to: str, language: str, out: Path | None) -> None:
    """The protocol in another system's format: a Flow Spec container, or a RapidPro flow.

    Example: hotline export --to floip --out back_pain.json"""
    from hotline.exporting import exported

    try:
        _known_language(load(folder), language)
        written = exported(folder, to, language)
    except FaultyProtocol as faulty:
        _fail(str(faulty))
    if out is None:
        click.echo(written)
        return
    try:
        out.write_text(written + "\n", encoding="utf-8")
    except OSError as fault:
        _wrong(f"cannot write {out}: {fault.strerror}")
    click.echo(f"{out} written")


@main.command()
@click.option("--voice", is_flag=True, help="Call instead of texting.")
@click.option("--script", is_flag=True, help="Say these words one after the other and print the exchange.")
@click.argument("words", nargs=-1)
def simulate(voice: bool, script: bool, words: tuple[str, ...]) -> None:
    """Talk to the line in the terminal; nothing leaves this machine.

    Example: hotline simulate --script BACK no no no 1 1 1 0 45 3 1"""
    from hotline.simulating import run_script, talk

    if script != bool(words):
        _wrong("--script needs words, and words need --script: hotline simulate --script BACK no yes")
    with own_line() as line:
        person = "voice" if voice else "sms"
        run_script(line, person, words) if script else talk(line, person)


@main.command()
@click.option("--once", is_flag=True, help="Play it through by itself and end with demo: ok.")
@click.option("--port", type=int, help="Where the phone's page listens; a free port by default.")
def demo(once: bool, port: int | None) -> None:
    """Everything on one machine: the line, its worker and clock, a stand-in carrier and a phone in the
    browser.

    Example: hotline demo"""
    from hotline.demo import run_demo

    sys.exit(run_demo(once, port))


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Server processes.")
def serve(bind: str, workers: int) -> None:
    """Serve the webhooks (gunicorn), with the settings of the environment; run `hotline doctor` first.

    Example: BACKLINE_MODE=production hotline serve --bind 0.0.0.0:8000"""
    from hotline.serving import serve_with_gunicorn

    _or_fail(lambda: serve_with_gunicorn(bind, workers))


@main.command()
@AS_JSON
def calls(as_json: bool) -> None:
    """The calls on record: how many, how long, where people hang up, and the tries at each question.

    Example: hotline calls --json"""
    from hotline import calls as records

    line = _from_environment()
    told = _or_fail(lambda: records.told(records.of(line)))
    if as_json:
        click.echo(_json(told))
        return
    for name, value in told.items():
        click.echo(f"{name:10} {value}")


@main.group()
def tasks() -> None:
    """What staff owe people: list, claim and close.

    Example: hotline tasks list"""


@tasks.command("list")
@click.option("--state", type=click.Choice(["open", "claimed", "closed"]))
@AS_JSON
def list_tasks(state: str | None, as_json: bool) -> None:
    """The tasks, the most urgent first; the number to call is shown to staff only here.

    Example: hotline tasks list --state open"""
    from hotline.reports import task_rows

    line = _from_environment()
    rows = _or_fail(lambda: task_rows(line, state))
    if as_json:
        click.echo(_json(rows))
        return
    for row in rows or []:
        click.echo(
            f"{row['id']}  {row['state']:8} {row['level']:15} due {row['due']}  "
            f"{row['reason']}  {row['call']}"
        )
    if not rows:
        click.echo("no tasks")


@tasks.command("claim")
@click.argument("id")
@click.option("--by", required=True, help="Who takes it.")
def claim_task(id: str, by: str) -> None:
    """Take a task, so that nobody else calls the same person.

    Example: hotline tasks claim 2a0f... --by "Nurse Ada" """
    line = _from_environment()
    task = _or_fail(lambda: line.store.tasks.claim(id, by, line.now()))
    click.echo(f"{task.id} is {by}'s")


@tasks.command("close")
@click.argument("id")
@click.option("--by", required=True, help="Who closes it.")
@click.option("--note", default="", help="What was done; sealed before it is kept.")
def close_task(id: str, by: str, note: str) -> None:
    """Close a task.

    Example: hotline tasks close 2a0f... --by "Nurse Ada" --note "called, seen today" """
    line = _from_environment()
    task = _or_fail(lambda: line.store.tasks.close(id, by, note, line.now()))
    click.echo(f"{task.id} is closed")


@main.command()
@AS_JSON
def doctor(as_json: bool) -> None:
    """Every problem of this installation at once, each with what to set; 1 when there is one.

    Example: BACKLINE_MODE=production hotline doctor"""
    from hotline.readiness import examine

    report = examine()
    found, advice = report["problems"], report["warnings"]
    lines = [*(f"problem: {text}" for text in found), *(f"warning: {text}" for text in advice)]
    click.echo(_json(report) if as_json else "\n".join(lines or ["ready"]))
    sys.exit(1 if found else 0)


@contextmanager
def own_line() -> Iterator[Line]:
    """A line with a Redis of its own, for commands that need no setting and leave nothing behind."""
    logs.configure("WARNING")
    try:
        with embedded_redis() as redis:
            line = open_line(Defaults(mode="trial", redis_url=redis.url, auth_token=SecretStr(TRIAL_TOKEN)))
            yield line
            line.store.close()
    except BackLineError as fault:
        _fail(str(fault))


def _from_environment() -> Line:
    try:
        settings = Settings()
        logs.configure(settings.log_level)
        return open_line(settings)
    except (BackLineError, ValidationError, FaultyProtocol, ValueError) as fault:
        _fail(str(fault))


def _or_fail(act: Any) -> Any:
    try:
        return act()
    except (BackLineError, ValidationError, FaultyProtocol) as fault:
        _fail(str(fault))


def _asked_well(act: Any) -> Any:
    try:
        return act()
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        _wrong(f"the file or question is not what I can read: {fault}")


def _file(path: Path) -> Any:
    """What a .json or .yaml file holds."""
    text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text) if path.suffix == ".json" else YAML(typ="safe").load(text)
    except (ValueError, YAMLError) as fault:
        _wrong(f"{path.name}: {fault}")


def _known_language(protocol: Protocol, language: str) -> None:
    if language not in protocol.languages:
        _wrong(f'no language "{language}": write one of {", ".join(protocol.languages)}')


def _told_valid(
    protocol: Protocol | None, faults: Sequence[Fault], notes: Sequence[Note], as_json: bool
) -> NoReturn:
    """Print what `validate` found, and exit with its code."""
    report: dict[str, Any] = {"valid": not faults, "faults": [asdict(fault) for fault in faults]}
    if protocol is not None and not faults:
        report |= {"protocol": protocol.id, "hash": protocol.hash}
    if as_json:
        click.echo(_json(report | {"notes": [asdict(note) for note in notes]}))
    else:
        end = [_summary(protocol)] if protocol is not None and not faults else []
        click.echo("\n".join([*map(str, faults), *map(str, notes), *end]))
    sys.exit(1 if faults else 0)


def _summary(protocol: Protocol) -> str:
    count = f"{len(protocol.questions)} questions, {len(protocol.rules)} rules, {len(protocol.flags)} flags"
    words = ", ".join(f"{len(texts.texts)} texts in {texts.name}" for texts in protocol.languages.values())
    return f"{protocol.id} {protocol.version}: {count}, {words}\nhash {protocol.hash}\nvalid"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _wrong(message: str) -> NoReturn:
    raise click.UsageError(message)


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)


main.add_command(cli_backlog.queue)
main.add_command(cli_consent.consent)
main.add_command(cli_consent.forget)
main.add_command(cli_proof.prove_command)
main.add_command(cli_protocol.diff)
main.add_command(cli_protocol.sign)

if __name__ == "__main__":
    main()
