"""The feed by file: CSV with the same fields, for programmes that have no webhook.

An import is idempotent by each line's id, so a file may be read twice. May not: print a number or a value of
a line: a refused one is named by its place in the file."""

import csv
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from hotline.consent import readable
from hotline.feed import taking, telling
from hotline.feed.revocation import FIELDS, BadRevocation, from_fields
from hotline.line import Line

NEEDED = ("id", "number", "at")


class BadFile(ValueError):
    """A file of the feed cannot be read as a whole; the message says what it must be."""


@dataclass(slots=True)
class Imported:
    """What came of a file: how many lines were new, how many known before, and the refused ones by their
    place in the file (the header is line 1) with the reason."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_from(line: Line, path: Path, now: datetime) -> Imported:
    """Takes every line of a file. StoreAway: those before stand, and the file may be read again. BadFile."""
    done = Imported()
    for place, fields in _lines(path):
        try:
            revocation = from_fields(fields)
        except BadRevocation as fault:
            done.refused.append((place, str(fault)))
            continue
        if taking.take(line, revocation, taking.FILE, now):
            done.new += 1
        else:
            done.known += 1
    return done


def export_to(line: Line, path: Path, now: datetime) -> tuple[int, int]:
    """Writes everybody who is opted out and whose number is known; how many these are, and how many not.

    That it was written stands in the ledger of each, once. The file is whole or not there, and only its owner
    can read it: it holds numbers. StoreAway, BadFile."""
    try:
        told, unknown = _replace(line, path)
    except OSError as fault:
        raise BadFile(f"the file cannot be written ({fault.strerror})") from None
    for contact, id in told:
        telling.note(line, contact, id, taking.FILE, now)
    return len(told), unknown


def _replace(line: Line, path: Path) -> tuple[list[tuple[str, str]], int]:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=path.parent, delete=False
    ) as file:
        try:
            done = _write(line, file)
            file.flush()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return done


def _write(line: Line, file: IO[str]) -> tuple[list[tuple[str, str]], int]:
    """Whom it wrote down, with the ids, and how many it could not."""
    told, unknown, writer = [], 0, csv.writer(file)
    writer.writerow(FIELDS)
    for contact in line.store.turns.opted_out():
        number = telling.number_of(line, contact)
        entries = readable(line.store.turns.ledger(contact))
        standing = telling.standing(contact, entries)
        if standing is None or not number:
            unknown += 1
            continue
        id = telling.public_id(contact, standing)
        writer.writerow((id, number, telling.public_time(standing), telling.way(standing)))
        told.append((contact, id))
    return told, unknown


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line of the file that is not empty, with its place. BadFile."""
    # Spreadsheets write a mark of the byte order; the name of the first field must not begin with it.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="more", restval="")
        try:
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise BadFile(f"the file needs a first line that names {', '.join(FIELDS)}: no {missing[0]}")
            for fields in reader:
                yield reader.line_num, {name: fields.get(name) or "" for name in FIELDS}
        except UnicodeDecodeError:
            raise BadFile("the file is not UTF-8: save it as CSV UTF-8") from None
        except csv.Error:
            raise BadFile(
                f"what follows line {reader.line_num} is no CSV; the lines up to it were taken"
            ) from None
