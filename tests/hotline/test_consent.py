"""The consent ledger, and what it allows."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.consent import BadLedger, Decision, Entry, Purpose, permits, read, record

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORDS = "BackLine back care texts: you are in, about 12 in 14 days."


OUT_AND_BACK = [("reminders", "granted"), ("everything", "withdrawn")]


def line(purpose: str, decision: str, hours: int = 0) -> str:
    at = NOW + timedelta(hours=hours)
    return record(
        Entry(Purpose(purpose), Decision(decision), at, "sms", "JOIN", "optin_confirm", WORDS, "SM1")
    )


def test_an_entry_keeps_the_exact_words_that_were_shown() -> None:
    entry = read(line("reminders", "granted"))
    assert (entry.wording, entry.key, entry.at) == (WORDS, "optin_confirm", NOW)
    assert len(entry.wording_hash) == 64


def test_words_that_were_changed_later_are_noticed() -> None:
    with pytest.raises(BadLedger):
        read(line("reminders", "granted").replace("about 12", "about 99"))


@pytest.mark.parametrize("broken", ["", "{}", "[]", '{"purpose":"reminders"}'])
def test_a_broken_line_permits_nothing(broken: str) -> None:
    with pytest.raises(BadLedger):
        permits([broken], Purpose.reminders, NOW)


def test_an_entry_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        record(Entry(Purpose.reminders, Decision.granted, datetime(2026, 6, 1), "sms", "JOIN"))


@pytest.mark.parametrize(
    ("ledger", "purpose", "may_send", "reason"),
    [
        ([], "conversation", True, "asked"),
        ([], "reminders", False, "no_opt_in"),
        ([("reminders", "granted")], "reminders", True, "opted_in"),
        ([("reminders", "granted")], "voice_reminders", False, "no_opt_in"),
        ([("reminders", "granted"), ("everything", "withdrawn")], "reminders", False, "withdrawn"),
        ([("reminders", "granted"), ("everything", "withdrawn")], "conversation", False, "withdrawn"),
        # START lifts the block and revives nothing.
        ([*OUT_AND_BACK, ("conversation", "granted")], "reminders", False, "withdrawn"),
        ([("everything", "withdrawn"), ("conversation", "granted")], "conversation", True, "opted_in"),
        ([("everything", "withdrawn"), ("reminders", "granted")], "reminders", True, "opted_in"),
        ([("everything", "withdrawn"), ("reminders", "granted")], "conversation", True, "opted_in"),
    ],
)  # fmt: skip
def test_who_may_be_texted_follows_from_what_they_said(
    ledger: list[tuple[str, str]], purpose: str, may_send: bool, reason: str
) -> None:
    told = permits([line(*said) for said in ledger], Purpose(purpose), NOW)
    assert (told.may_send, told.reason) == (may_send, reason)


def test_the_mark_of_an_opt_out_outweighs_every_entry() -> None:
    told = permits([line("reminders", "granted")], Purpose.reminders, NOW, opted_out=True)
    assert not told.may_send and told.reason == "opted_out"


def test_an_entry_from_the_future_does_not_count_yet() -> None:
    assert not permits([line("reminders", "granted", hours=1)], Purpose.reminders, NOW).may_send
