// What the pages gain from script; all of them work without it.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  // On a small screen the console's sections are one row: show the current one.
  document.querySelector(".side-links [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const spoken = () => document.getElementById("spoken");

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const source = button.closest(".copyable, .code-block").querySelector("code, pre");
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      return;
    }
    button.dataset.done = "";
    if (spoken()) spoken().textContent = button.dataset.copied;
    setTimeout(() => delete button.dataset.done, 2000);
  });

  // Tell the server this device's time zone, so that the next page's times are on this clock.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`zone=${zone};`) && !document.cookie.endsWith(`zone=${zone}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  // "/" goes to the search box, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const box = document.querySelector("input[type=search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
  });
})();
