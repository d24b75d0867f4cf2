// Mein Konto, Benachrichtigungen: push messages on this device are switched on and off, and the list of devices
// says which one is this.
"use strict";

(() => {
  const card = document.querySelector("[data-push]");
  const { device } = window;
  const form = card.querySelector("form");
  const given = device.notifies && "PushManager" in window;

  function show(state) {
    for (const part of card.querySelectorAll("[data-state]"))
      part.hidden = !part.dataset.state.split(" ").includes(state);
  }

  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  async function fingerprint(endpoint) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // The row of this device in the list; a subscription with another key of the hub is of no use any more.
  async function row(subscription) {
    const key = subscription.options?.applicationServerKey;
    if (key && base64url(key) !== card.dataset.push) {
      await subscription.unsubscribe();
      return null;
    }
    return document.querySelector(`[data-device="${await fingerprint(subscription.endpoint)}"]`);
  }

  async function look() {
    if (!given) return show("unsupported");
    if (Notification.permission === "denied") return show("denied");
    const subscription = await device.subscription();
    const mine = subscription && (await row(subscription));
    if (!mine) return show("off");
    mine.querySelector("[data-here]").hidden = false;
    card.querySelector("[data-off]").setAttribute("form", mine.querySelector("form[data-remove]").id);
    return show("on");
  }

  async function turnOn() {
    if ((await Notification.requestPermission()) !== "granted") return look();
    show("working");
    try {
      const registration = await device.worker();
      const old = await registration.pushManager.getSubscription();
      const subscription =
        old ?? (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: card.dataset.push }));
      form.endpoint.value = subscription.endpoint;
      form.p256dh.value = base64url(subscription.getKey("p256dh"));
      form.auth.value = base64url(subscription.getKey("auth"));
      form.submit();
    } catch {
      show("failed");
    }
  }

  // The browser's own subscription ends with the hub's.
  async function turnOff(event) {
    const removed = event.target.closest("[data-device]");
    const subscription = await device.subscription();
    if (subscription && removed?.dataset.device === (await fingerprint(subscription.endpoint))) await subscription.unsubscribe();
    event.target.submit();
  }

  for (const button of card.querySelectorAll("[data-on]")) button.addEventListener("click", turnOn);
  for (const remove of document.querySelectorAll("form[data-remove]")) {
    remove.addEventListener("submit", (event) => {
      event.preventDefault();
      turnOff(event);
    });
  }
  look();
})();
