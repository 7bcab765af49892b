// The phone's page: tabs, typing on the keypad and its tones, the call's timer, holding the phone away,
// scrolling to the newest line, and speaking aloud.
// What is shown comes from the server as HTML; this file draws nothing and decides nothing.
"use strict";

(() => {
  const by = (id) => document.getElementById(id);
  const tabs = Array.from(document.querySelectorAll("[role=tab]"));
  const spoken = { sid: null, upTo: 0 };

  // Tabs: arrow keys move, as people who use them expect; the choice outlives the change of the person.
  function show(tab, focus) {
    for (const each of tabs) {
      const on = each === tab;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      by(each.getAttribute("aria-controls")).hidden = !on;
    }
    sessionStorage.setItem("tab", tab.id);
    if (focus) tab.focus();
    toEnd("thread");
    toEnd("call");
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => show(tab, false));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
    });
  }

  function toEnd(id) {
    const box = by(id);
    box.scrollTop = box.scrollHeight;
  }

  // Digits, * and # count while the focus is in the keypad's panel, and nowhere else.
  by("dial").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("[type=text]") || !/^[0-9*#]$/.test(event.key)) return;
    const key = by("dial").querySelector(`button[value="${event.key}"]`);
    event.preventDefault();
    key.click();
    key.classList.add("down");
    setTimeout(() => key.classList.remove("down"), 150);
  });

  // What cannot be done now says so to everybody; the buttons stay in place, so that no focus is lost.
  // Held: the caller holds the phone away, so nothing is keyed or said; hanging up goes on working.
  const hold = by("hold");
  const held = { sid: null, on: false };
  const sounds = ["wait", "speak", "message"];
  const call = () => by("call").querySelector("[data-call]").dataset;
  function calls() {
    const { can, sid } = call();
    const able = can.split(" ");
    if (sid !== held.sid || !able.includes("hold")) Object.assign(held, { sid, on: false });
    for (const each of document.querySelectorAll("[data-needs]")) {
      const needs = each.dataset.needs;
      off(each, !able.includes(needs) || (held.on && sounds.includes(needs)));
    }
    for (const key of document.querySelectorAll(".keys button")) off(key, held.on);
    by("words").readOnly = by("words").getAttribute("aria-disabled") === "true";
    hold.setAttribute("aria-pressed", String(held.on));
    by("phone").classList.toggle("in-call", able.includes("hangup"));
    rings(able);
  }
  function off(each, yes) {
    each.setAttribute("aria-disabled", String(yes));
  }
  function rings(able) {
    const nurse = by("nurse-phone");
    const shown = ["ring", "accept", "talk"].some((one) => able.includes(one));
    // A focus that would vanish with its button goes to the call.
    if (!shown && nurse.contains(document.activeElement)) by("spoken").focus();
    nurse.hidden = !shown;
  }
  hold.addEventListener("click", () => {
    if (hold.getAttribute("aria-disabled") === "true") return;
    held.on = !held.on;
    calls();
  });

  // The timer starts from the seconds that the carrier tells, and never runs backwards within a call.
  const timer = { sid: null, base: 0, at: 0 };
  const ran = () => timer.base + (performance.now() - timer.at) / 1000;
  function wind() {
    const shown = by("call").querySelector("[data-timer]");
    if (!shown) return;
    const { sid } = call();
    const told = Number(shown.dataset.timer);
    Object.assign(timer, { base: sid === timer.sid ? Math.max(told, ran()) : told, at: performance.now(), sid });
    tick();
  }
  function tick() {
    const shown = by("call").querySelector("[data-timer]");
    if (!shown || call().call === "ended") return;
    const seconds = Math.floor(ran());
    const words = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (shown.textContent !== words) shown.textContent = words;
  }
  setInterval(tick, 250);

  // The two tones of a key, as telephones make them (ITU-T Q.23). No sound before somebody presses one.
  const rows = [697, 770, 852, 941];
  const columns = [1209, 1336, 1477];
  let sound = null;
  by("dial").querySelector(".keys").addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (!key || key.getAttribute("aria-disabled") === "true" || !by("tones").checked || !window.AudioContext) return;
    const place = Array.from(key.parentElement.querySelectorAll("button")).indexOf(key);
    sound = sound || new AudioContext();
    const volume = sound.createGain();
    volume.gain.value = 0.05;
    volume.connect(sound.destination);
    for (const pitch of [rows[Math.floor(place / 3)], columns[place % 3]]) {
      const tone = sound.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(volume);
      tone.start();
      tone.stop(sound.currentTime + 0.15);
    }
  });

  // Speaking aloud, where the browser can and only when asked to.
  const voice = window.speechSynthesis;
  const aloud = by("aloud");
  if (!voice) aloud.closest("label").hidden = true;
  aloud.addEventListener("change", () => {
    if (!aloud.checked) voice.cancel();
    skip();
  });
  function lines() {
    const box = by("call").querySelector("[data-sid]");
    const sid = box.dataset.sid;
    if (sid !== spoken.sid) Object.assign(spoken, { sid, upTo: 0 });
    const all = Array.from(box.querySelectorAll("li"));
    const fresh = all.slice(spoken.upTo);
    spoken.upTo = all.length;
    return fresh;
  }
  function skip() {
    lines();
  }
  function speak() {
    const fresh = lines();
    if (!voice || !aloud.checked || !fresh.length) return;
    // A key cuts a prompt short, as it does on a real call.
    voice.cancel();
    for (const line of fresh.filter((one) => one.matches(".line.is-say, .carrier.is-say"))) {
      const words = new SpeechSynthesisUtterance(line.lastChild.textContent.trim());
      words.lang = line.lang || "en-US";
      voice.speak(words);
    }
  }

  // What is sent or said leaves its field at once, and comes back if it did not arrive.
  const sending = new Map();
  for (const [form, field] of [[by("composer"), by("body")], [by("speech"), by("words")]]) {
    form.addEventListener("htmx:beforeSend", () => {
      sending.set(form, { field, words: field.value });
      field.value = "";
    });
  }
  function lost(event) {
    const sent = sending.get(event.target);
    if (sent && !sent.field.value) sent.field.value = sent.words;
    by("notice").textContent = "The phone does not answer. Is the demo still running?";
  }
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.body.addEventListener(name, lost);
  }
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && by("notice").textContent.startsWith("The phone does not answer")) {
      by("notice").textContent = "";
    }
  });

  // Buttons that cannot act now do not ask the server.
  document.body.addEventListener("htmx:confirm", (event) => {
    const asked = event.target.querySelector("[type=submit]") || event.target;
    if (asked.getAttribute("aria-disabled") === "true") event.preventDefault();
  });

  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    const id = event.detail.target.id;
    if (id === "thread") toEnd("thread");
    if (id === "call") {
      calls();
      wind();
      speak();
      toEnd("call");
    }
  });

  const kept = by(sessionStorage.getItem("tab"));
  show(tabs.includes(kept) ? kept : tabs[0], false);
  calls();
  wind();
  skip();
  document.querySelector(".people [aria-current]").scrollIntoView({ block: "nearest", inline: "center" });
})();
