"""What a clinic installs is whole: wheel and source archive, built without a network, run elsewhere."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTENT = {".yaml", ".html", ".css", ".js", ".svg", ".lua", ".json"}
"""Files that are not Python and that the line cannot do without."""


def run(command: Sequence[str], folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program of this Python in `folder`, with nothing of the checkout on its path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment | more, capture_output=True, text=True
    )


def content(root: Path) -> set[str]:
    """The content files of the three rooms."""
    found = [path for room in ("flows", "hotline", "workers") for path in (root / room).rglob("*")]
    return {path.relative_to(root).as_posix() for path in found if path.suffix in CONTENT and path.is_file()}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, as `hatchling build` makes them."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(["-m", "hatchling", "build", "-d", str(folder)], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def bare(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    wheel = next(built.glob("*.whl"))
    install = ["install", "-q", "--no-deps", "--no-index", "--target", str(folder), str(wheel)]
    done = run(["-m", "pip", *install], built)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_holds_the_protocol_and_the_pages(bare: Path) -> None:
    """YAML, templates, static files and scripts are inside, none is missing."""
    assert content(bare) == content(ROOT)
    assert any(place.startswith("flows/back_pain/") for place in content(bare))


def test_the_wheel_holds_only_the_three_rooms(built: Path) -> None:
    """No tests, no tools, nothing that a test run left in the checkout."""
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"flows", "hotline", "workers"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_source_archive_can_be_built_from(built: Path, tmp_path: Path) -> None:
    """Whoever gets the source archive gets the same wheel from it."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        assert not [name for name in archive.getnames() if "node_modules" in name or ".venv" in name]
        safely: Any = (
            {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        )  # Python 3.11.4 brought it
        archive.extractall(tmp_path, **safely)
    source = next(tmp_path.iterdir())
    assert (source / "LICENSE").exists() and (source / "dev.py").exists()
    assert content(source) == content(ROOT)
    done = run(["-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], source)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.whl"))) == 1


def test_the_installed_line_validates_its_protocol_outside_the_checkout(bare: Path, tmp_path: Path) -> None:
    """`hotline validate` finds its own content wherever it is installed."""
    # The editable install's path file is not read from PYTHONPATH, but it is from site: -S keeps it out.
    done = run(["-S", "-m", "hotline.cli", "validate"], tmp_path, PYTHONPATH=_path(bare))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_installed_line_is_not_the_checkout(bare: Path, tmp_path: Path) -> None:
    """Guards the test above: the code that ran came from the wheel."""
    where = run(
        ["-S", "-c", "import hotline.embedded as e; print(e.__file__)"], tmp_path, PYTHONPATH=_path(bare)
    )
    assert where.stdout.startswith(str(bare)), where.stderr


def _path(bare: Path) -> str:
    """The bare folder first, then the packages of this Python."""
    return os.pathsep.join([str(bare), sysconfig.get_path("purelib")])
