// Scanning a QR code with the camera, or out of a picture, where the browser can read codes itself (BarcodeDetector).
// The picture never leaves the page: only the text of the code is sent, by the same form. Without any of this the
// form takes pasted text and files all the same.
(() => {
  "use strict";
  const form = document.querySelector("form[data-verify]");
  const box = form?.querySelector("[data-scan]");
  if (!box || !("BarcodeDetector" in globalThis)) return;

  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const [start, stop, video, words] = ["start", "stop", "video", "words"].map((name) =>
    box.querySelector(`[data-scan-${name}]`),
  );
  const LOOK_EVERY_MS = 200;
  let stream = null;

  const say = (name) => {
    words.textContent = words.dataset[name] ?? "";
  };

  const end = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
  };

  const send = (text) => {
    form.elements.text.value = text;
    form.elements.file.value = "";
    say("found");
    form.requestSubmit();
  };

  const textIn = async (picture) => (await detector.detect(picture))[0]?.rawValue ?? "";

  const look = async () => {
    if (!stream) return;
    let text = "";
    try {
      text = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? await textIn(video) : "";
    } catch {
      text = ""; // a frame that cannot be read; the next one may
    }
    if (!stream) return;
    if (!text) {
      setTimeout(look, LOOK_EVERY_MS);
      return;
    }
    end();
    send(text);
  };

  start.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      say("refused");
      return;
    }
    video.srcObject = stream;
    video.hidden = stop.hidden = false;
    start.hidden = true;
    say("looking");
    await video.play();
    stop.focus();
    look();
  });

  stop.addEventListener("click", () => {
    end();
    say("");
    start.focus();
  });

  // A picture of a code, chosen as the file, is read here; any other file goes to the registry as it is.
  form.elements.file.addEventListener("change", async () => {
    const [file] = form.elements.file.files;
    if (!file?.type.startsWith("image/")) return;
    const text = await createImageBitmap(file).then(textIn, () => "");
    if (text) send(text);
    else {
      form.elements.file.value = "";
      say("none");
    }
  });

  addEventListener("pagehide", end);
  box.hidden = false;
})();
