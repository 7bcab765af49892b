"""Reading a protocol: a folder of YAML files in, one `Protocol` out, or every fault at once with file
and line.

The only module of this room that opens files. May not: decide what is clinically sound (`checks.py`,
`prove.py`)."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from flows import parsing
from flows.protocol import Protocol

FILES: dict[str, type[BaseModel]] = {
    "protocol.yaml": parsing.ProtocolShape,
    "flags.yaml": parsing.FlagsShape,
    "faq.yaml": parsing.FaqShape,
    "programme.yaml": parsing.ProgrammeShape,
}
_PLAIN = re.compile(r"[A-Za-z0-9_\-./]+$")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a file, and what to write instead."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class FaultyProtocol(ValueError):
    """The protocol cannot be used. `faults` holds every fault, in the order of the files."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file: its name, its plain content, and where each part of it stands."""

    name: str
    content: Any

    def line(self, *path: str | int) -> int:
        """The line (from 1) of the part at that path, or of the nearest part around it that exists."""
        here, line = self.content, 1
        for step in path:
            line = _line_of(here, step, line)
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                break
        return line

    def fault(self, what: str, *path: str | int) -> Fault:
        """A fault at that path."""
        return Fault(self.name, self.line(*path), what)


def load(folder: Path | str) -> Protocol:
    """The protocol of a folder. FaultyProtocol: everything that is wrong with it, at once."""
    return loads(read_folder(Path(folder)))


def read_folder(folder: Path) -> dict[str, str]:
    """The protocol's source files by name: protocol.yaml, flags.yaml, faq.yaml, programme.yaml,
    texts/<language>.yaml.

    FaultyProtocol: the folder or a file of it is missing."""
    if not folder.is_dir():
        raise FaultyProtocol(
            [Fault(str(folder), 1, "there is no such folder: name the folder that holds protocol.yaml")]
        )
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise FaultyProtocol(
            [Fault(name, 1, f"the file is missing: add {name} to the folder") for name in missing]
        )
    paths = [folder / name for name in FILES] + sorted((folder / "texts").glob("*.yaml"))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def loads(files: Mapping[str, str]) -> Protocol:
    """The protocol of these source files. FaultyProtocol: everything that is wrong, at once."""
    from flows.build import build  # build.py names Source and Fault

    sources, shapes, faults = {}, {}, []
    for name, text in files.items():
        source, found = parse(name, text)
        faults += found
        if source is None:
            continue
        sources[name] = source
        shape, found = _shape(source)
        faults += found
        if shape is not None:
            shapes[name] = shape
    if faults:
        raise FaultyProtocol(sorted(faults))
    return build(shapes, sources, dict(files), content_hash(sources))


def parse(name: str, text: str) -> tuple[Source | None, list[Fault]]:
    """One YAML 1.2 text with the line of every key; duplicate keys are refused, `yes` stays a word."""
    try:
        return Source(name, YAML(typ="rt").load(text)), []
    except DuplicateKeyError as error:
        mark = error.problem_mark
        what = str(error.problem).split(" with value")[0]
        return None, [Fault(name, mark.line + 1, f"{what}: keep one of the two")]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [
            Fault(name, mark.line + 1 if mark else 1, f"this is no YAML ({error.problem}): mend the line")
        ]
    except YAMLError as error:
        return None, [Fault(name, 1, f"this is no YAML ({type(error).__name__}): write plain text in UTF-8")]


def content_hash(sources: Mapping[str, Source]) -> str:
    """16 hex digits over levels, rules, flags, programme and texts: what a sign-off names, whatever the
    layout."""
    plain = {name: source.content for name, source in sorted(sources.items())}
    text = json.dumps(plain, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _shape(source: Source) -> tuple[BaseModel | None, list[Fault]]:
    model = FILES.get(source.name, parsing.TextsShape)
    try:
        return model.model_validate(_plain(source.content)), []
    except ValidationError as error:
        return None, list(_shape_faults(source, error))


def _shape_faults(source: Source, error: ValidationError) -> Iterator[Fault]:
    for fault in error.errors(include_url=False, include_input=False):
        path = [step for step in fault["loc"] if isinstance(step, int) or _PLAIN.match(step)]
        where = ".".join(str(step) for step in path) or "the file"
        yield source.fault(f"{where}: {_remedy(fault['type'], fault['msg'])}", *path)


def _remedy(kind: str, message: str) -> str:
    if kind == "missing":
        return "this key is missing: add it"
    if kind == "extra_forbidden":
        return "this key is not known here: drop it or mend its name"
    return message[0].lower() + message[1:]


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, str):
        return str(node)
    if isinstance(node, Sequence):
        return [_plain(value) for value in node]
    return node


def _line_of(node: Any, step: str | int, otherwise: int) -> int:
    try:
        marks: Any = node.lc
        place = marks.key(step) if isinstance(node, Mapping) else marks.item(step)
    except (AttributeError, KeyError, TypeError, IndexError):
        return otherwise
    return int(place[0]) + 1
