// Asks the passkey to sign exactly what the page shows, then sends the form with what it signed.
(() => {
  "use strict";
  const form = document.querySelector("form[data-consent]");
  if (!form || !window.PublicKeyCredential) return;
  const problem = document.getElementById("consent_problem");
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const options = JSON.parse(document.getElementById(form.dataset.consent).textContent);
  options.challenge = toBytes(options.challenge);
  options.allowCredentials = options.allowCredentials.map((one) => ({ ...one, id: toBytes(one.id) }));

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button || !("passkey" in button.dataset) || form.elements.consent.value) return;
    event.preventDefault();
    problem.hidden = true;
    button.disabled = true;
    try {
      const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: options });
      form.elements.consent.value = JSON.stringify({
        id,
        rawId: toText(rawId),
        type,
        clientExtensionResults: {},
        response: {
          authenticatorData: toText(response.authenticatorData),
          clientDataJSON: toText(response.clientDataJSON),
          signature: toText(response.signature),
          userHandle: response.userHandle ? toText(response.userHandle) : null,
        },
      });
      button.disabled = false;
      form.requestSubmit(button);
    } catch {
      button.disabled = false;
      problem.hidden = false;
      problem.focus();
    }
  });
})();
