"""The shipped protocol, read once, and two people who talk with the machine."""

import pytest

from flows.load import load
from flows.protocol import Medium, Protocol
from hotline.settings import PROTOCOL_FOLDER
from tests.flows.talk import Talk


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """The back-pain protocol."""
    return load(PROTOCOL_FOLDER)


@pytest.fixture
def texter(protocol: Protocol) -> Talk:
    """Somebody whose first text was BACK."""
    talk = Talk(protocol)
    talk.start()
    return talk


@pytest.fixture
def caller(protocol: Protocol) -> Talk:
    """Somebody who called and waited until the questions began."""
    talk = Talk(protocol, Medium.voice)
    talk.start()
    return talk
