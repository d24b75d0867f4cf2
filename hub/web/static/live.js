// The page Live: asks for news once a second while it is looked at, and enters them one by one, so that
// nothing that is read or has the focus jumps away.
"use strict";

(() => {
  const list = document.getElementById("arrivals");
  if (!list) return;

  const PERIOD = 1000, PATIENCE = 5000, SAY_EVERY = 5000;
  const BAD = ["rejected", "failed"];
  const button = document.getElementById("live-pause");
  const state = document.getElementById("live-state");
  const said = document.getElementById("live-said");
  const most = Number(list.dataset.most);
  let paused = false, mark = "", fresh = [], quietUntil = 0;

  function show(name) {
    if (state.dataset.state === name) return;
    state.dataset.state = name;
    for (const part of state.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== name;
  }

  function enter(item) {
    const known = list.querySelector(`[data-id="${item.dataset.id}"]`);
    if (known) {
      if (known.dataset.mark !== item.dataset.mark && !known.contains(document.activeElement)) known.replaceWith(item);
      return;
    }
    const older = [...list.children].find((one) => one.dataset.id < item.dataset.id);
    if (!older && list.children.length >= most) return;
    list.insertBefore(item, older ?? null);
    item.classList.add("arrival-new");
    fresh.push(item.dataset.outcome);
  }

  function trim() {
    const beyond = [...list.children].slice(most);
    for (const item of beyond) if (!item.contains(document.activeElement)) item.remove();
    document.getElementById("no-arrivals").hidden = list.children.length > 0;
  }

  // A screen reader hears how many came, every few seconds at most, and not their details.
  function say() {
    if (!fresh.length || Date.now() < quietUntil) return;
    const { one, many, bad } = said.dataset;
    const wrong = fresh.filter((outcome) => BAD.includes(outcome)).length;
    said.textContent = (fresh.length === 1 ? one : many.replace("#", fresh.length)) + (wrong ? ` ${bad.replace("#", wrong)}` : "");
    fresh = [];
    quietUntil = Date.now() + SAY_EVERY;
  }

  async function look() {
    const address = new URL(list.dataset.news, location.href);
    if (list.firstElementChild) address.searchParams.set("since", list.firstElementChild.dataset.id);
    address.searchParams.set("mark", mark);
    const answer = await fetch(address, { redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 204) return;
    mark = answer.headers.get("X-Mark");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const item of [...page.querySelectorAll("[data-id]")].reverse()) enter(item);
    trim();
  }

  async function run() {
    let pause = PERIOD;
    if (!paused && !document.hidden) {
      try {
        await look();
        if (!paused) show("running");
      } catch {
        if (!paused) show("interrupted");
        pause = PATIENCE;
      }
      say();
    }
    setTimeout(run, pause);
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.querySelector("[data-running]").hidden = paused;
    button.querySelector("[data-paused]").hidden = !paused;
    show(paused ? "paused" : "running");
  });
  show("running");
  run();
})();
