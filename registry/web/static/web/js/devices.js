// Adds and removes this browser as a device that gets notices. The page says what it can do, and why it cannot.
(() => {
  "use strict";
  const place = document.querySelector("[data-devices]");
  if (!place) return;
  const form = place.querySelector("form[data-add]");
  const button = form.querySelector("button");

  function say(state) {
    for (const words of place.querySelectorAll("[data-state]")) words.hidden = words.dataset.state !== state;
    form.hidden = !["ready", "failed"].includes(state);
  }

  const canPush = window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const isAppleTouch = /iPhone|iPad/.test(navigator.userAgent);

  async function digest(text) {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function bytesOf(base64url) {
    const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  }

  async function known() {
    const registration = await navigator.serviceWorker.getRegistration("/");
    return (await registration?.pushManager.getSubscription()) ?? null;
  }

  async function subscribe() {
    const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker.ready;
    const wish = { userVisibleOnly: true, applicationServerKey: bytesOf(form.dataset.serverKey) };
    try {
      return await registration.pushManager.subscribe(wish);
    } catch (error) {
      const old = await registration.pushManager.getSubscription();
      if (!old || error.name !== "InvalidStateError") throw error;
      await old.unsubscribe(); // made for another key of the registry
      return registration.pushManager.subscribe(wish);
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return say("blocked");
      const { endpoint, keys } = (await subscribe()).toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.p256dh.value = keys.p256dh;
      form.elements.auth.value = keys.auth;
      form.submit();
    } catch {
      say("failed");
    } finally {
      button.disabled = false;
    }
  });

  // Removing this device tells the browser too, so that its push service forgets it.
  async function markThis() {
    const subscription = await known();
    if (!subscription) return false;
    const mine = await digest(subscription.endpoint);
    const row = place.querySelector(`[data-endpoint="${mine}"]`);
    if (!row) return false;
    row.querySelector("[data-this]").hidden = false;
    row.querySelector("form[data-remove]").addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await subscription.unsubscribe();
      } finally {
        event.target.submit();
      }
    });
    return true;
  }

  async function begin() {
    if (!canPush) return say(isAppleTouch ? "apple" : "unable");
    if (Notification.permission === "denied") return say("blocked");
    try {
      say((await markThis()) ? "here" : "ready");
    } catch {
      say("ready");
    }
  }

  begin();
})();
