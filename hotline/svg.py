"""Turns a picture's DOT text into SVG, with the program of the PyPI package graphviz-pure.

A program of its own, run once and given nothing but the text. May not: know what the picture shows."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

from hotline.errors import BackLineError

PROGRAM = "graphviz-pure"
LONGEST_S = 60


class NoDrawer(BackLineError):
    """The drawing program is not installed, or refused the text. The message says what to do."""


def svg(dot: str) -> str:
    """The picture as SVG text; the same text and version of the program give the same bytes. NoDrawer."""
    done = subprocess.run(
        [_program(), "-Tsvg"], input=dot, capture_output=True, encoding="utf-8", timeout=LONGEST_S
    )
    if done.returncode:
        raise NoDrawer(f"{PROGRAM} refused the picture: {done.stderr.strip()}")
    return done.stdout


def _program() -> str:
    # Beside this Python first: a virtual environment that is not activated is not on the path.
    own = Path(sysconfig.get_path("scripts")) / PROGRAM
    found = shutil.which(own) or shutil.which(PROGRAM)
    if found is None:
        raise NoDrawer(f"SVG needs {PROGRAM}: pip install 'backline[draw]', or write --format dot")
    return found
