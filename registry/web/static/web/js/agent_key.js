// Makes an agent's key in the browser and signs the challenge with it. Without this script, or without WebCrypto
// (a page that is not served securely), the same form takes a key and a signature that were made elsewhere.
(async () => {
  "use strict";
  const form = document.querySelector("form[data-agent-key]");
  if (!form || !globalThis.crypto?.subtle) return;

  const part = (name) => form.querySelector(`[data-key-${name}]`);
  const field = form.elements.public_key;
  const submit = part("submit");
  const wordsWithoutKey = submit.textContent;
  const ED25519 = { name: "Ed25519" };
  const P256 = { name: "ECDSA", namedCurve: "P-256" };
  let made = null; // { privateKey, publicPem, signWith }; the private key lives in this page's memory only

  const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const pem = (label, der) =>
    `-----BEGIN ${label}-----\n${base64(der).replace(/(.{64})(?=.)/g, "$1\n")}\n-----END ${label}-----\n`;

  const makePair = async () => {
    try {
      return [await crypto.subtle.generateKey(ED25519, true, ["sign", "verify"]), ED25519];
    } catch {
      return [await crypto.subtle.generateKey(P256, true, ["sign", "verify"]), { name: "ECDSA", hash: "SHA-256" }];
    }
  };

  const makeKey = async () => {
    const [pair, signWith] = await makePair();
    const publicPem = pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey));
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
    made = { privateKey: pair.privateKey, publicPem, signWith };
    const again = part("again");
    if (again.href) URL.revokeObjectURL(again.href);
    again.href = URL.createObjectURL(new Blob([pem("PRIVATE KEY", pkcs8)], { type: "application/x-pem-file" }));
    again.hidden = false;
    again.click();
    field.value = publicPem;
    part("made").textContent = part("made").dataset.words;
  };

  const isBrowserWay = () => form.elements.key_way.value === "browser";

  const show = () => {
    part("browser").hidden = !isBrowserWay();
    part("own").hidden = isBrowserWay();
    submit.textContent = isBrowserWay() ? submit.dataset.words : wordsWithoutKey;
    if (isBrowserWay() && made) field.value = made.publicPem;
  };

  const showRefusal = (html) => {
    const answer = new DOMParser().parseFromString(html, "text/html");
    for (const name of ["errors", "profile"]) {
      const [fresh, shown] = [answer.querySelector(`[data-key-${name}]`), part(name)];
      if (fresh && shown) shown.replaceWith(fresh);
    }
    form.querySelector(".error-summary")?.focus();
  };

  const signAndFinish = async ({ signing_input, address }) => {
    const text = new TextEncoder().encode(signing_input);
    const signature = base64(await crypto.subtle.sign(made.signWith, made.privateKey, text));
    const last = document.createElement("form");
    last.method = "post";
    last.action = address;
    last.hidden = true;
    for (const [name, value] of [
      ["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value],
      ["signature", signature],
    ]) {
      const input = document.createElement("input");
      input.name = name;
      input.value = value;
      last.append(input);
    }
    document.body.append(last);
    last.submit();
  };

  form.addEventListener("submit", async (event) => {
    if (!isBrowserWay()) return;
    event.preventDefault();
    if (!made) {
      part("made").textContent = part("made").dataset.first;
      part("make").focus();
      return;
    }
    submit.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      if (answer.headers.get("Content-Type")?.startsWith("application/json")) await signAndFinish(await answer.json());
      else showRefusal(await answer.text());
    } finally {
      submit.disabled = false;
    }
  });

  part("make").addEventListener("click", makeKey);
  part("ways").addEventListener("change", show);
  part("ways").hidden = false;
  if (field.value.trim()) form.elements.key_way.value = "own";
  show();
})();
