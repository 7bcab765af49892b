"""Writes the protocol in another system's format: what `hotline export` calls.

Reads the folder's own dates, so that the same folder gives the same file. May not: change a format."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.exchange import floip, rapidpro
from flows.load import load

FORMATS: dict[str, Callable[[Path, str], dict[str, Any]]] = {
    "floip": lambda folder, language: floip.container(load(folder), language, _changed(folder)),
    "rapidpro": lambda folder, language: rapidpro.export(load(folder), language),
}


def exported(folder: Path, to: str, language: str) -> str:
    """The protocol of that folder as JSON in one of FORMATS, with the words of one language.

    FaultyProtocol: the folder cannot be used. KeyError: no such format or language."""
    return json.dumps(FORMATS[to](folder, language), ensure_ascii=False, indent=1)


def _changed(folder: Path) -> str:
    """When a file of the folder was last changed, RFC 3339 in UTC."""
    newest = max(path.stat().st_mtime for path in folder.rglob("*.yaml"))
    return datetime.fromtimestamp(int(newest), UTC).isoformat().replace("+00:00", "Z")
