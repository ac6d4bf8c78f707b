// Keeps a page that shows what waits for an answer up to date without loading it again: by server-sent events, by
// polling where those do not come through. Without script the page says the same once it is loaded again.
(() => {
  "use strict";
  const region = document.querySelector("[data-live]");
  if (!region) return;
  const POLL_MS = 3000;
  let source = null;
  let poll = 0;
  let isOver = false;
  let isRefreshing = false;

  // ---- what changed
  async function refresh() {
    if (isRefreshing) return;
    isRefreshing = true;
    try {
      const response = await fetch(location.pathname + location.search, { redirect: "manual", cache: "no-store" });
      if (response.type === "opaqueredirect") return signedOut();
      if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      // The network is away for a moment: the next event or poll brings it.
    } finally {
      isRefreshing = false;
    }
  }

  function show(page) {
    const fresh = page.querySelector("[data-live]");
    if (!fresh || fresh.dataset.mark === region.dataset.mark) return;
    document.title = page.title;
    const heading = document.querySelector("[data-live-heading]");
    if (heading) heading.textContent = page.querySelector("[data-live-heading]").textContent;
    const form = region.querySelector("form[data-consent]");
    if (form && fresh.querySelector("form[data-consent]")) {
      // Still to be answered: the form stays, a passkey may be at work in it.
      for (const part of region.querySelectorAll("[data-live-part]")) {
        const other = fresh.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
        if (other) part.replaceChildren(...other.childNodes);
      }
    } else {
      const held = region.contains(document.activeElement);
      region.replaceChildren(...fresh.childNodes);
      if (held) document.getElementById("main").focus({ preventScroll: true });
    }
    region.dataset.mark = fresh.dataset.mark;
    document.getElementById("spoken").textContent = fresh.dataset.said;
    begin();
  }

  function signedOut() {
    isOver = true;
    close();
    region.querySelector("[data-live-signed-out]").hidden = false;
  }

  // ---- how it is heard of
  const heard = (mark) => mark !== region.dataset.mark && refresh();

  function open() {
    if (isOver || source || poll) return;
    if (!window.EventSource) return startPolling();
    source = new EventSource(`${region.dataset.live}?mark=${encodeURIComponent(region.dataset.mark)}`);
    source.addEventListener("shown", (event) => heard(JSON.parse(event.data).mark));
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return; // it comes back by itself
      source = null;
      startPolling();
    });
  }

  function startPolling() {
    const ask = async () => {
      try {
        const response = await fetch(`${region.dataset.live}?once`, { redirect: "manual", cache: "no-store" });
        if (response.type === "opaqueredirect") return signedOut();
        if (response.ok) heard((await response.json()).mark);
      } catch {
        // tried again in a moment
      }
    };
    poll = setInterval(ask, POLL_MS);
    ask();
  }

  function close() {
    source?.close();
    clearInterval(poll);
    source = null;
    poll = 0;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : (refresh(), open())));
  addEventListener("pageshow", (event) => event.persisted && refresh());
  addEventListener("pagehide", close);

  // ---- the time that is left, by this page's own clock: the phone's may be wrong
  let begun = performance.now();
  function begin() {
    begun = performance.now();
    tick();
  }

  function tick() {
    for (const place of region.querySelectorAll("[data-countdown]")) {
      const left = Math.ceil(Number(place.dataset.countdown) - (performance.now() - begun) / 1000);
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      place.textContent = left > 0 ? `${clock} ${place.dataset.left}` : place.dataset.over;
      if (left <= 0 && left % 5 === 0) refresh();
    }
  }

  begin();
  setInterval(tick, 1000);
  open();
})();
