"""What the tests of the exports share."""

import pytest

from flows.load import load
from flows.protocol import Protocol
from hotline.settings import PROTOCOL_FOLDER


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """The shipped protocol."""
    return load(PROTOCOL_FOLDER)
