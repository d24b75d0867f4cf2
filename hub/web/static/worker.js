// The service worker: shows push messages, and opens what they are about. It sees no request of any page.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { id, tenant, title, text } = event.data.json();
  const url = tenant ? `/t/${encodeURIComponent(tenant)}/notifications/${encodeURIComponent(id)}` : "/";
  const shown = { body: text, tag: id, icon: "/static/hub.svg", data: { url } };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url));
});
