// This browser's service worker, which shows notifications also while no page is open. It has a small scope of
// its own and so controls no page.
"use strict";

window.device = (() => {
  const address = document.currentScript.dataset.worker;
  const scope = address.slice(0, address.lastIndexOf("/") + 1);
  const notifies = window.isSecureContext && "serviceWorker" in navigator && "Notification" in window;

  // It can show something once it is active.
  async function worker() {
    const registration = await navigator.serviceWorker.register(address, { scope });
    const coming = registration.installing ?? registration.waiting;
    if (!registration.active && coming)
      await new Promise((resolve) => coming.addEventListener("statechange", () => coming.state === "activated" && resolve()));
    return registration;
  }

  async function subscription() {
    if (!notifies) return null;
    const registration = await navigator.serviceWorker.getRegistration(scope);
    return (await registration?.pushManager?.getSubscription()) ?? null;
  }

  return { notifies, worker, subscription };
})();
