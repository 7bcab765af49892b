"""Who answers STOP and HELP at each sender of ours, we or its carrier, and how an opt-out or opt-in was said.

One programme may have several senders, each with its own way. May not: decide what a text means (`flows`
does), or know Redis."""

from collections.abc import Mapping
from typing import Literal, get_args

from flows.heard import Heard, Kind
from hotline.channels import Inbound
from hotline.settings import Settings

Mode = Literal["self", "provider", "advanced_optout"]
MODES: tuple[Mode, ...] = get_args(Mode)
WHATSAPP = "whatsapp:"  # there the carrier answers no keyword for us
CARRIER_ANSWERS = ("STOP", "HELP")  # what a carrier's own keyword handling answers before us
STOPS = frozenset("STOP STOPALL OPTOUT REVOKE UNSUBSCRIBE CANCEL END QUIT".split())
HELPS = frozenset(("HELP", "INFO"))
STARTS = frozenset(("START", "UNSTOP", "YES", "JOIN"))


class BadModes(ValueError):
    """`keyword_modes` cannot be read; the message says what to write."""


def modes(settings: Settings) -> Mapping[str, Mode]:
    """The mode of each sender that has one of its own. BadModes."""
    told: dict[str, Mode] = {}
    for part in filter(None, map(str.strip, settings.keyword_modes.split(","))):
        sender, _, name = (word.strip() for word in part.partition("="))
        mode = next((mode for mode in MODES if mode == name), None)
        if not sender or mode is None or sender in told:
            raise BadModes(f"write SENDER=MODE, a comma between, each sender once, MODE one of {MODES}")
        told[sender] = mode
    return told


def mode_of(settings: Settings, sender: str) -> Mode:
    """Who answers keywords at this sender: its own mode, else that of all. WhatsApp: always we."""
    if sender.startswith(WHATSAPP):
        return "self"
    return modes(settings).get(sender, settings.keyword_mode)


def carrier_answered(settings: Settings, inbound: Inbound, heard: Heard) -> bool:
    """Whether the carrier answered this STOP or HELP itself: a second answer would be one too many."""
    if heard.kind not in (Kind.opt_out, Kind.help) or inbound.address.startswith(WHATSAPP):
        return False
    mode = mode_of(settings, inbound.sender)
    if mode == "advanced_optout":
        return inbound.opt_out_type in CARRIER_ANSWERS
    return mode == "provider" and _word(inbound) in STOPS | HELPS


def starts_at_carrier(settings: Settings, inbound: Inbound) -> bool:
    """Whether START or YES lifts a block at the carrier of this sender too, even as an answer of ours."""
    return mode_of(settings, inbound.sender) == "provider"


def method_of(inbound: Inbound, kind: str) -> str:
    """How a text said it, for the ledger: the keyword, what the carrier made of it, or `phrase`.

    kind: STOP or START. Never the person's own words."""
    if inbound.opt_out_type == kind:
        return f"OptOutType {kind}"
    word = _word(inbound)
    return word if word in (STOPS if kind == "STOP" else STARTS) else "phrase"


def _word(inbound: Inbound) -> str:
    return inbound.body.strip().upper()
