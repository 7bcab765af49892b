"""Sign-offs: a clinician's name under the hash of a protocol, what was signed, and what changed since.

`sign` writes signoff.yaml and keeps the signed files beside it, so that a later drop in level shows.
May not: sign by
itself, or judge a change. No sign-off is shipped: a made-up one would let production start."""

import re
import subprocess
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from flows.compare import Comparison, Moved, compare
from flows.load import FILES, load, loads, parse
from flows.protocol import Protocol
from hotline.errors import BackLineError

SIGN_OFF = "signoff.yaml"
SIGNED_FILES = "signed"
KEYS = ("name", "role", "date", "hash")


class NotSignable(BackLineError):
    """A sign-off that says too little, or a version that cannot be found: the message says what to give."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signed which content, and when."""

    name: str
    role: str
    date: str
    hash: str


def sign(folder: Path, name: str, role: str, on: date) -> SignOff:
    """Put a clinician's name under this folder's protocol, and keep a copy of what was signed.

    FaultyProtocol: it cannot be used as it is. NotSignable: no name or role."""
    if not name.strip() or not role.strip():
        raise NotSignable("a sign-off names a person and a role: give --name and --role")
    protocol = load(folder)
    signed = SignOff(name.strip(), role.strip(), on.isoformat(), protocol.hash)
    for path, text in protocol.files.items():
        kept = folder / SIGNED_FILES / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    out = StringIO()
    YAML().dump({key: getattr(signed, key) for key in KEYS}, out)
    (folder / SIGN_OFF).write_text(out.getvalue(), encoding="utf-8")
    return signed


def sign_off_of(folder: Path) -> SignOff | None:
    """The folder's sign-off, or None where there is no whole one."""
    path = folder / SIGN_OFF
    if not path.is_file():
        return None
    source, _ = parse(SIGN_OFF, path.read_text(encoding="utf-8"))
    content: Any = source.content if source else None
    if not isinstance(content, dict) or not all(content.get(key) for key in KEYS):
        return None
    return SignOff(*(str(content[key]) for key in KEYS))


def unsigned_drop(folder: Path, protocol: Protocol) -> str | None:
    """What was lowered since the last sign-off, in words, or None: nothing, or nothing was ever signed."""
    signed = sign_off_of(folder)
    if signed is None or signed.hash == protocol.hash or not (folder / SIGNED_FILES).is_dir():
        return None
    change = compare(load(folder / SIGNED_FILES), protocol)
    if not change.down:
        return None
    worst = change.moved[0]
    return (
        f"{change.down:,} answer sets are told a lower level than what {signed.name} "
        f"signed on {signed.date}, such as {told(worst)}: "
        "have the clinician look at `hotline diff` and sign again"
    )


def version(given: str, folder: Path) -> Protocol:
    """The protocol of a folder, or of a git revision (its files at `folder`'s place).

    NotSignable: it is neither. FaultyProtocol: it cannot be used."""
    if Path(given).is_dir():
        return load(given)
    return loads(_at_revision(given, folder))


def told(moved: Moved) -> str:
    """One example of a change in a line: the answers that differ from the plainest, and both levels."""
    answers = ", ".join(f"{question} {words}" for question, words in moved.example)
    return f"{answers}: {moved.old.name} -> {moved.new.name}"


def as_json(change: Comparison) -> dict[str, Any]:
    """The comparison as plain values."""
    moved = [
        {"old": one.old.name, "new": one.new.name, "count": one.count, "example": dict(one.example)}
        for one in change.moved
    ]
    return {"up": change.up, "down": change.down, "same": change.same, "moved": moved}


def _at_revision(revision: str, folder: Path) -> dict[str, str]:
    try:
        top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
        place = folder.resolve().relative_to(top.resolve()).as_posix()
        listed = _git(
            folder, "ls-tree", "-r", "--name-only", "--full-tree", revision, f"{place}/"
        ).splitlines()
        kept = [name.removeprefix(f"{place}/") for name in listed]
        wanted = [name for name in kept if name in FILES or re.fullmatch(r"texts/[^/]+\.yaml", name)]
        return {name: _git(folder, "show", f"{revision}:{place}/{name}") for name in wanted}
    except subprocess.CalledProcessError as refused:
        what = f'"{revision}" is neither a folder nor a git revision that holds the protocol'
        raise NotSignable(f"{what}: {refused.stderr.strip()}") from None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
