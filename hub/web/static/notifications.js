// New notifications on any page: the bell's count, a toast, and the desktop if the person allowed it.
// One tab of the browser holds the stream and tells the others, because a browser opens only a few
// connections to a host. Where there are no locks (plain http elsewhere than on this machine), each
// visible tab has a stream of its own. Where the server has no place left, the page asks now and then.
"use strict";

(() => {
  const root = document.getElementById("notices");
  if (!root) return;

  const POLL = 15000, TRY_STREAM_AGAIN = 20, SHOWN_FOR = 10000, MOST_TOASTS = 3;
  const { base, icon } = root.dataset;
  const silent = root.dataset.silent.split(" ");
  const { device } = window;
  const most = Number(root.dataset.most);
  const title = document.title;
  const seen = new Set();
  let last = root.dataset.after;

  const tabs = "BroadcastChannel" in window ? new BroadcastChannel(`notices ${base}`) : null;
  if (tabs) tabs.onmessage = (event) => receive(event.data);

  function receive(news) {
    if (news.notice) {
      if (seen.has(news.notice.id)) return false;
      seen.add(news.notice.id);
      if (news.notice.id > last) last = news.notice.id;
      toast(news.notice);
    } else {
      count(news.unread);
    }
    document.body.dispatchEvent(new CustomEvent("notices"));
    return true;
  }

  // What this tab heard from the server.
  function heard(news) {
    if (!receive(news)) return;
    tabs?.postMessage(news);
    if (news.notice) onDesktop(news.notice);
  }

  function count(unread) {
    const shown = unread >= most ? "99+" : String(unread);
    for (const bell of document.querySelectorAll(".bell")) {
      const { none, one, many } = bell.dataset;
      const badge = bell.querySelector("[data-unread]");
      badge.textContent = shown;
      badge.hidden = unread === 0;
      bell.querySelector("[data-unread-text]").textContent =
        unread === 0 ? none : unread === 1 ? one : many.replace("#", shown);
    }
    document.title = unread === 0 ? title : `(${shown}) ${title}`;
  }

  function toast(notice) {
    const shown = document.getElementById("notice").content.firstElementChild.cloneNode(true);
    shown.querySelector("[data-title]").textContent = notice.title;
    shown.querySelector("[data-text]").textContent = notice.text;
    shown.querySelector("form").action = `${base}/${notice.id}/open`;
    shown.querySelector("[data-close]").addEventListener("click", () => shown.remove());
    root.append(shown);
    while (root.children.length > MOST_TOASTS) root.firstElementChild.remove();
    const leave = () => {
      if (shown.matches(":hover, :focus-within") || document.hidden) setTimeout(leave, SHOWN_FOR / 2);
      else shown.remove();
    };
    setTimeout(leave, SHOWN_FOR);
  }

  // Through the service worker: telephones take them from nobody else. A push message about the same has the same
  // tag, so that it is shown once.
  async function onDesktop(notice) {
    if (!device.notifies || Notification.permission !== "granted" || document.hasFocus()) return;
    if (silent.includes(notice.topic)) return;
    const worker = await device.worker();
    worker.showNotification(notice.title, { body: notice.text, tag: notice.id, icon, data: { url: `${base}/${notice.id}` } });
  }

  let source = null;

  function listen() {
    source = new EventSource(`${base}/stream?after=${last}`);
    source.addEventListener("notice", (event) => heard({ notice: JSON.parse(event.data) }));
    source.addEventListener("unread", (event) => heard({ unread: Number(event.data) }));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(poll, POLL, TRY_STREAM_AGAIN);
    });
  }

  async function poll(rounds) {
    try {
      const answer = await fetch(`${base}/news?after=${last}`, { redirect: "error" });
      if (answer.ok) {
        const news = await answer.json();
        for (const notice of news.notices) heard({ notice });
        heard({ unread: news.unread });
      }
    } catch {
      // Signed out, or the server is away: it may come back.
    }
    if (rounds > 0) setTimeout(poll, POLL, rounds - 1);
    else listen();
  }

  if (navigator.locks && tabs) {
    navigator.locks.request(`notices ${base}`, () => { listen(); return new Promise(() => {}); });
  } else {
    const look = () => {
      if (document.hidden) { source?.close(); source = null; }
      else if (!source) listen();
    };
    document.addEventListener("visibilitychange", look);
    look();
  }

  // The page of notifications: a button that asks for the desktop, and says how things stand.
  const desktop = document.querySelector("[data-desktop]");
  if (desktop && device.notifies) {
    const show = () => {
      desktop.hidden = false;
      for (const part of desktop.querySelectorAll("[data-permission]"))
        part.hidden = part.dataset.permission !== Notification.permission;
    };
    desktop.querySelector("[data-allow]").addEventListener("click", () => Notification.requestPermission().then(show));
    show();
  }
})();
