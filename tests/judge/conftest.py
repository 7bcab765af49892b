"""What the judges' tests share: the protocol, and the paths they are driven over."""

from dataclasses import dataclass

import pytest

from flows.load import load
from flows.protocol import Level, Protocol
from hotline.settings import PROTOCOL_FOLDER
from tests.judge.paths import Path, Paths, told_by_us

SEED, SAMPLED, SAMPLED_LONG = 3, 1_000, 100_000


@dataclass(frozen=True)
class Driven:
    """The paths, all boundary ones first, and what our engine tells on each."""

    count: int
    boundary: int
    paths: list[Path]
    ours: list[tuple[Level, str]]


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """The shipped protocol."""
    return load(PROTOCOL_FOLDER)


@pytest.fixture(scope="session")
def driven(protocol: Protocol, long_run: bool) -> Driven:
    """Boundary paths of up to two changed answers and a sample; with --long up to three, and 100,000."""
    paths = Paths(protocol)
    boundary = paths.boundary(3, 2) if long_run else paths.boundary(2, 1)
    chosen = [*boundary, *paths.sample(SAMPLED_LONG if long_run else SAMPLED, SEED)]
    ours = [told_by_us(protocol, path) for path in chosen]
    return Driven(paths.count(), len(boundary), chosen, ours)
