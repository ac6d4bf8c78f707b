// Shows notices that the registry sends to this browser, and opens what they are about. Nothing else: no page is kept
// here, and none is loaded through here.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function read(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}

// A link of this registry; anything else leads to the console.
function ours(link) {
  try {
    const url = new URL(link, self.location.origin);
    if (url.origin === self.location.origin) return url;
  } catch {
    // not an address
  }
  return new URL("/console/", self.location.origin);
}

self.addEventListener("push", (event) => {
  const said = read(event);
  event.waitUntil(
    self.registration.showNotification(said.title || "Attorn", {
      body: said.body || "",
      tag: said.tag || "attorn",
      lang: said.language || "",
      icon: "/static/web/img/icon-192.png",
      requireInteraction: Boolean(said.is_urgent),
      data: { link: said.link || "/console/" },
    }),
  );
});

async function open(link) {
  const url = ours(link);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((one) => new URL(one.url).pathname === url.pathname);
  return shown ? shown.focus() : self.clients.openWindow(url.href);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.link));
});
