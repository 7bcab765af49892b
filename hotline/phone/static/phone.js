// The phone's page: tabs, typing on the keypad, scrolling to the newest line, and speaking aloud.
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
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9*#]$/.test(event.key)) return;
    const key = by("dial").querySelector(`button[value="${event.key}"]`);
    event.preventDefault();
    key.click();
    key.classList.add("down");
    setTimeout(() => key.classList.remove("down"), 150);
  });

  // What cannot be done now says so to everybody; the buttons stay in place, so that no focus is lost.
  function calls() {
    const state = by("call").querySelector("[data-call]").dataset.call;
    const open = state !== "none" && state !== "ended";
    for (const button of document.querySelectorAll("[data-needs]")) {
      button.setAttribute("aria-disabled", String((button.dataset.needs === "call") !== open));
    }
    by("phone").classList.toggle("in-call", open);
  }

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

  // A sent message leaves the field at once, and comes back if it did not arrive.
  let sending = "";
  const field = by("body");
  const composer = by("composer");
  composer.addEventListener("htmx:beforeSend", () => {
    sending = field.value;
    field.value = "";
  });
  function lost(event) {
    if (event.target === composer && !field.value) field.value = sending;
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
    if (event.target.getAttribute("aria-disabled") === "true") event.preventDefault();
  });

  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    const id = event.detail.target.id;
    if (id === "thread") toEnd("thread");
    if (id === "call") {
      calls();
      speak();
      toEnd("call");
    }
  });

  const kept = by(sessionStorage.getItem("tab"));
  show(tabs.includes(kept) ? kept : tabs[0], false);
  calls();
  skip();
  document.querySelector(".people [aria-current]").scrollIntoView({ block: "nearest", inline: "center" });
})();
