"""The phone's page without a browser: what it sends, what it refuses, and what it says that the line
knows."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

import hotline.phone
from flows.programme import enrol
from flows.protocol import EMPTY, NO, UNASKED, UNKNOWN, Level, Medium
from flows.session import Session, Stage, blank
from hotline import zones
from hotline.line import Line, open_line
from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.phone.knowledge import Known, in_words, known_of
from hotline.phone.people import PEOPLE, person_of, somebody_new
from hotline.phone.words import STAGES
from hotline.settings import Settings
from hotline.store import Change, Task, task_id
from tests.hotline.phone.lines import ACCOUNT, PERSON, SmallLine, served

STATIC = Path(hotline.phone.__file__).parent / "static"
OURS = {"HX-Request": "true"}


@pytest.fixture
def beside(clean_redis: str) -> Iterator[Line]:
    """The real line that the page looks into."""
    line = open_line(Settings(redis_url=clean_redis))
    yield line
    line.store.close()


@pytest.fixture
def page(carrier: Carrier, beside: Line, clock: OwnClock) -> Iterator[str]:
    """The page with its line on a free port; the base URL."""
    with served(create_phone(carrier, beside, clock)) as url:
        yield url


def hold(line: Line, session: Session, **change: object) -> None:
    """Puts a session, and what else is asked, into the store as PERSON's."""
    contact = line.sealer.contact_of(PERSON)
    made = replace(Change(b"", session=session.encode()), **change)  # type: ignore[arg-type]
    line.store.turns.take(contact, "", lambda state: made, line.now())


def told(line: Line, **answers: int) -> Session:
    """An open encounter with these answers; the first question without one stands open."""
    session = blank(line.protocol, "en", Medium.sms)
    values = tuple(answers.get(question.id, UNASKED) for question in line.protocol.questions)
    return replace(session, stage=Stage.asking, asked=values.index(UNASKED), answers=values)


def known(line: Line) -> Known:
    """What the page would show of PERSON."""
    return known_of(line, PERSON)


def act(page: str, name: str, person: str = "alex", **form: str) -> requests.Response:
    """One act of the page, as htmx sends it."""
    return requests.post(f"{page}/phone/page/{person}/{name}", data=form, headers=OURS, timeout=5)


def test_the_page_may_load_nothing_but_its_own_files(page: str) -> None:
    """The policy allows no inline script or style and no other host; the page has none."""
    answer = requests.get(page, timeout=5)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text) == []
    assert "no-store" in answer.headers["Cache-Control"]


def test_every_file_of_the_page_is_served_by_the_page(page: str) -> None:
    """Scripts, styles and the icon answer from this very server."""
    links = re.findall(r'(?:src|href)="(/phone/static/[^"]+)"', requests.get(page, timeout=5).text)
    assert len(links) == 5
    assert {requests.get(page + link, timeout=5).status_code for link in links} == {200}


def test_no_number_stands_in_any_address_of_the_page(page: str) -> None:
    """Addresses are logged and remembered, so people have ids in them."""
    addresses = re.findall(r'(?:href|hx-\w+|action)="([^"]*)"', requests.get(page, timeout=5).text)
    assert len(addresses) > 20
    assert [address for address in addresses if "555" in address] == []


def test_what_a_person_writes_is_shown_as_written_and_never_as_markup(page: str, line: SmallLine) -> None:
    """Angle brackets stay angle brackets, in texts and in what the line answers."""
    line.says("/sms", "<Message>&lt;i&gt;hello&lt;/i&gt;</Message>")
    shown = act(page, "send", body="<script>alert(1)</script>").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown and "&lt;i&gt;hello&lt;/i&gt;" in shown
    assert "<script" not in shown and "<i>hello" not in shown


def test_a_poll_brings_nothing_while_nothing_changes(page: str, line: SmallLine) -> None:
    """204 keeps the page as it is, so that a screen reader is not told the same again. Only the clock's
    minute may pass between the two."""
    seen = re.search(r'name="seen" value="([^"]+)"', requests.get(page, timeout=5).text)
    assert seen
    live = f"{page}/phone/page/alex/live"
    polled = requests.get(live, params={"seen": seen[1]}, timeout=5)
    assert polled.status_code == 204 or re.findall(r"innerHTML:#(\w+)", polled.text) == ["clock"]
    line.says("/sms", "<Message>hello</Message>")
    act(page, "send", body="BACK")
    after = requests.get(live, params={"seen": seen[1]}, timeout=5)
    assert (
        after.status_code == 200
        and "innerHTML:#thread" in after.text
        and "innerHTML:#nurse" not in after.text
    )


def test_a_form_of_another_site_is_refused(page: str, carrier: Carrier) -> None:
    """Neither a foreign origin nor a plain form can text for somebody."""
    address = f"{page}/phone/page/alex/send"
    foreign = {**OURS, "Origin": "https://elsewhere.example"}
    assert requests.post(address, data={"body": "STOP"}, headers=foreign, timeout=5).status_code == 403
    assert requests.post(address, data={"body": "STOP"}, timeout=5).status_code == 400
    assert carrier.thread(PERSON) == []


def test_a_call_is_dialled_keyed_and_hung_up_on_the_page(page: str, line: SmallLine) -> None:
    """What is spoken comes as text; the key stands in the transcript; the end says who hung up."""
    line.says("/voice", '<Gather numDigits="1" action="/voice/1"><Say>Any, press 1.</Say></Gather>')
    line.says("/voice/1", '<Gather numDigits="1" action="/voice/1"><Say>Thank you.</Say></Gather>')
    assert "Any, press 1." in act(page, "dial").text
    assert "A call is under way" in act(page, "dial").text
    keyed = act(page, "press", key="1").text
    assert "<kbd>1</kbd>" in keyed and "Thank you." in keyed
    assert "You hung up." in act(page, "hangup").text
    assert "No call is under way" in act(page, "press", key="1").text


def able(shown: str) -> set[str]:
    """What the page says can be done to the call."""
    told = re.search(r'data-can="([^"]*)"', shown)
    assert told
    return set(told[1].split())


def test_the_keys_of_an_entry_are_shown_until_it_ends(page: str, line: SmallLine) -> None:
    """Two digits stand there as they were keyed."""
    line.says("/voice", '<Gather action="/voice/1"><Say>Your age, then pound.</Say></Gather>')
    act(page, "dial")
    act(page, "press", key="4")
    assert "Keyed so far: <b>42</b>" in act(page, "press", key="2").text


def test_while_a_nurses_phone_rings_the_page_offers_what_she_can_do(page: str, line: SmallLine) -> None:
    """Ringing, the words only she hears, the talk, and its end; each only where it is possible."""
    dial = '<Dial action="/voice/1"><Number url="/voice/w">+12025550142</Number></Dial>'
    line.says("/voice", f"<Say>I connect you.</Say>{dial}")
    line.says("/voice/w", '<Gather numDigits="1"><Say>A caller. Press 1.</Say></Gather><Hangup/>', "")
    line.says("/voice/1", "<Gather><Say>Welcome back.</Say></Gather>")
    assert able(requests.get(page, timeout=5).text) == {"dial"}
    rung = act(page, "dial").text
    assert able(rung) == {"hangup", "drop", "hold", "ring"}
    assert "Ringing +12025550142" in rung and "It rings." in rung
    assert "nobody has picked up" in act(page, "nurse", does="press").text
    asked = act(page, "nurse", does="pick_up").text
    assert able(asked) == {"hangup", "drop", "hold", "accept"}
    assert "The nurse hears:" in asked and "A caller. Press 1." in asked
    talk = act(page, "nurse", does="press").text
    assert able(talk) == {"hangup", "drop", "hold", "talk"} and "You talk with the nurse." in talk
    after = act(page, "nurse", does="hang_up").text
    assert "Welcome back." in after and able(after) == {"hangup", "drop", "hold", "wait"}
    assert "no phone rings now" in act(page, "nurse", does="busy").text
    assert "a nurse can pick_up" in act(page, "nurse", does="dance").text


def test_the_buttons_of_the_page_are_what_can_be_done_and_no_others(page: str) -> None:
    """Each button names a possibility that the server tells, or it could never be pressed."""
    needs = set(re.findall(r'data-needs="(\w+)"', requests.get(page, timeout=5).text))
    assert needs == set("dial hangup drop hold wait speak message ring accept talk incoming".split())


def test_every_stage_has_its_words_beside_the_phone() -> None:
    assert set(STAGES) == set(Stage) - {Stage.lapsed}  # that one is never stored


def test_words_are_spoken_where_the_line_listens_for_them(page: str, line: SmallLine) -> None:
    """Elsewhere the page says so and the line hears nothing."""
    line.says("/voice", '<Gather input="dtmf speech" action="/voice/1"><Say>Well?</Say></Gather>')
    line.says("/voice/1", '<Gather action="/voice/1"><Say>Press 1.</Say></Gather>')
    assert "for keys or words" in act(page, "dial").text
    assert "Say something first." in act(page, "speak", words="  ").text
    assert "“my leg is weak”" in act(page, "speak", words="my leg is weak").text
    assert "takes no spoken words" in act(page, "speak", words="hello?").text
    assert [form["SpeechResult"] for form in line.forms("/voice/1")] == ["my leg is weak"]


def test_a_message_is_left_or_not_and_a_bad_line_cuts_the_call_off(page: str, line: SmallLine) -> None:
    """Eight seconds and the pound key; then nothing more is recorded; then the line goes bad."""
    line.says("/voice", '<Record action="/voice/1" finishOnKey="#"/>')
    line.says("/voice/1", "<Gather><Say>Thank you.</Say></Gather>")
    assert "message" in able(act(page, "dial").text)
    assert "Thank you." in act(page, "message").text
    assert line.forms("/voice/1")[0]["RecordingDuration"] == "8"
    assert "the line records nothing now" in act(page, "message").text
    cut = act(page, "drop").text
    assert "The call was cut off." in cut and able(cut) == {"dial"}


def test_the_timer_starts_from_the_seconds_of_the_call(page: str, line: SmallLine) -> None:
    """Ten seconds of words and five of silence."""
    line.says("/voice", "<Say>" + "word " * 25 + '</Say><Pause length="5"/><Gather/>')
    assert '<span data-timer="15.0">0:15</span>' in act(page, "dial").text


def test_the_clock_moves_by_what_its_buttons_say_and_by_nothing_else(page: str, clock: OwnClock) -> None:
    """A day moves a day; a made-up number of minutes is refused in words."""
    before = clock.now()
    assert "Moved on by 1 d" in act(page, "move", minutes="1440").text
    assert (clock.now() - before).days == 1
    assert "The clock moves on by" in act(page, "move", minutes="99999").text
    assert (clock.now() - before).days == 1


def test_a_withheld_number_can_call_but_not_text(page: str, line: SmallLine) -> None:
    """The page says so, and the line gets the call without a number."""
    assert "Nobody can text" in act(page, "send", "withheld", body="BACK").text
    line.says("/voice", "<Say>Hello.</Say>")
    assert "Hello." in act(page, "dial", "withheld").text
    assert line.forms("/voice")[0]["From"] not in {person.number for person in PEOPLE if not person.withheld}


def test_somebody_new_is_a_person_the_carrier_has_not_met(page: str, line: SmallLine) -> None:
    """Whoever was chosen before and texted is not offered again."""
    line.says("/sms", "<Message>hello</Message>")
    first = requests.get(f"{page}/phone/page/new", timeout=5).url.partition("?as=")[2]
    act(page, "send", first, body="BACK")
    second = requests.get(f"{page}/phone/page/new", timeout=5).url.partition("?as=")[2]
    assert first != second and person_of(first) and person_of(second)


def test_all_people_have_made_up_numbers() -> None:
    """555-01xx only, none of them the line's own, and nobody outside the list."""
    people = [*PEOPLE, *filter(None, (person_of(f"new{number}") for number in range(100)))]
    numbers = [person.number for person in people if not person.withheld]
    assert len(set(numbers)) == len(numbers) == 55
    assert all(re.fullmatch(r"\+1[2-9]\d\d55501\d\d", number) for number in numbers)
    assert not {Settings().text_sender, Settings().voice_sender} & set(numbers)
    assert person_of("new07") is None and person_of("../etc") is None
    assert somebody_new(lambda number: True) == "new99"


def test_nothing_is_known_of_somebody_who_never_wrote(beside: Line) -> None:
    """No level is shown before anything was told."""
    assert known(beside) == Known()


def test_the_open_question_the_answers_in_words_and_the_rules_with_sources_are_told(
    beside: Line,
) -> None:
    """A weak leg: urgent today, by that rule, with its source; the next question stands open."""
    hold(beside, told(beside, heart=NO, vessel=NO, saddle=NO, limbs=1 << 3))
    encounter = known(beside).encounter
    assert encounter and encounter.judged and encounter.asked
    assert (encounter.judged.level, encounter.judged.told) == (Level.urgent_today, False)
    assert encounter.judged.why == "Because of: Legs and arms."
    assert [(rule.id, "ACP 2007" in rule.source) for rule in encounter.rules] == [("limbs_weak", True)]
    assert (encounter.asked.name, "Did an injury start this?" in encounter.asked.prompt) == ("Injury", True)
    rows = {row.name: (row.told, row.mark) for row in encounter.rows}
    assert rows["Legs and arms"] == ("One is weak or drags", "sign")
    assert rows["Heart and breathing"] == ("no", "told") and rows["Injury"] == ("not asked", "open")


def test_no_level_is_claimed_while_questions_are_open(beside: Line) -> None:
    """Three times no is not yet self-care."""
    hold(beside, told(beside, heart=NO, vessel=NO, saddle=NO))
    encounter = known(beside).encounter
    assert encounter and encounter.judged and encounter.judged.open
    assert encounter.judged.name == "Nothing urgent so far"


def test_a_sign_told_beside_an_answer_is_shown_as_raised(beside: Line) -> None:
    """The answer stays what it was; the sign stands beside it and its rule fires."""
    session = told(beside, heart=NO, vessel=NO, saddle=NO)
    raised = [EMPTY] * len(session.raised)
    raised[beside.protocol.places["limbs"]] = 1 << 4
    hold(beside, replace(session, raised=tuple(raised)))
    encounter = known(beside).encounter
    assert encounter and encounter.judged and encounter.judged.level is Level.emergency_now
    row = next(row for row in encounter.rows if row.name == "Legs and arms")
    assert row.raised.startswith("Both sides") and row.told == ""


def test_an_unknown_answer_shows_its_floor_and_never_reads_as_no(beside: Line) -> None:
    """Twice not sure about bladder and bowel: at least urgent today, and it says why."""
    session = told(beside, heart=NO, vessel=NO, saddle=UNKNOWN)
    hold(beside, replace(session, floor=Level.urgent_today, reason="saddle"))
    encounter = known(beside).encounter
    assert encounter and encounter.judged
    row = next(row for row in encounter.rows if row.name.startswith("Bladder"))
    assert (row.told, row.mark, row.floor) == ("unknown", "unknown", "Urgent today")
    assert encounter.judged.level is Level.urgent_today and "unknown is never a no" in encounter.floors[0]


def test_the_follow_up_shows_the_next_step_with_its_words_and_time(beside: Line) -> None:
    """After JOIN: the check-in of day 1 at ten in the morning where the person lives."""
    now, answers = beside.now(), (UNASKED,) * len(beside.protocol.questions)
    joined = enrol(beside.protocol, answers, Level.self_care, "en", zones.of(PERSON), now)
    hold(beside, told(beside), enrolment=joined.encode(), due_at=now.timestamp())
    plan = known(beside).follow_up
    assert plan and plan.at and plan.step == "check-in of day 1"
    assert plan.at.astimezone(zones.named(zones.of(PERSON))[0]).hour == 10 and "1 better" in plan.words


def test_open_staff_tasks_are_shown_with_the_persons_own_first(beside: Line) -> None:
    """Another number's earlier task stands behind; none names a number."""
    now, contact = beside.now().timestamp(), beside.sealer.contact_of(PERSON)
    other = beside.sealer.contact_of("+13125550102")
    own = Task(task_id(contact, 1, "key_9"), contact, "key_9", "emergency_now", now, now + 900)
    theirs = Task(task_id(other, 1, "call_back"), other, "call_back", "clinician_soon", now, now + 60)
    beside.store.turns.take(other, "", lambda state: Change(b"", tasks=(theirs,)), beside.now())
    hold(beside, told(beside), tasks=(own,))
    assert [(task.reason, task.own) for task in known(beside).tasks] == [
        ("Pressed 9: emergency", True),
        ("Asks for a nurse's call", False),
    ]


def test_a_session_that_cannot_be_read_is_told_and_breaks_nothing(beside: Line, page: str) -> None:
    """The page stays; it says that there is nothing to show."""
    contact = beside.sealer.contact_of(PERSON)
    beside.store.turns.take(contact, "", lambda state: Change(b"", session="[1,2"), beside.now())
    assert "cannot be read" in known(beside).fault
    assert "cannot be read" in requests.get(page, timeout=5).text


def test_without_redis_the_page_still_comes_and_says_why_it_knows_nothing(
    carrier: Carrier, clock: OwnClock
) -> None:
    """Port 9 has no Redis."""
    line = open_line(Settings(redis_url="redis://127.0.0.1:9/0", store_timeout_s=0.2))
    with served(create_phone(carrier, line, clock)) as url:
        answer = requests.get(url, timeout=10)
    assert answer.status_code == 200 and "Redis does not answer" in answer.text


def test_list_answers_are_told_by_their_names(beside: Line) -> None:
    """Several risks at once, none of them, and an age."""
    risks, age = beside.protocol.question("risks"), beside.protocol.question("age")
    assert in_words(beside.protocol, risks, 1 << 1 | 1 << 7) == "Cancer; Night pain"
    assert in_words(beside.protocol, risks, 1) == "none"
    assert in_words(beside.protocol, age, 64) == "64"


def test_the_borrowed_files_are_the_ones_that_were_looked_at() -> None:
    """Name, version, licence and hash of each are written beside them."""
    noted = dict(
        re.findall(
            r"\| `([\w.]+\.(?:js|css))`.*`([0-9a-f]{64})`", (STATIC / "vendor" / "VERSIONS.md").read_text()
        )
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").glob("*.[jc]s*")
    }
    assert noted == found and len(found) == 2
    assert {path.name for path in (STATIC / "vendor").glob("*LICENSE*")} == {
        "htmx.LICENSE.txt",
        "pico.LICENSE.txt",
    }


@pytest.mark.parametrize(
    ("does", "heard"), [("human", "Good day"), ("machine_end_beep", "Good day"), ("no-answer", "")]
)
def test_a_call_of_the_line_rings_until_somebody_or_nobody_picks_up(
    page: str, carrier: Carrier, line: SmallLine, does: str, heard: str
) -> None:
    line.says("/remind", "<Say>Good day</Say>")
    placed = carrier.place({"From": ACCOUNT.voice_sender, "To": PERSON, "Url": f"{line.url}/remind"})
    shown = requests.get(f"{page}/?as=alex", timeout=5).text
    assert "Your phone rings" in shown and 'data-can="incoming"' in shown
    assert act(page, "press", key="1").status_code == 200 and placed.state is None
    assert act(page, "incoming", does=does).status_code == 200
    assert placed.state == "ended" and "".join(placed.spoken()) == heard
