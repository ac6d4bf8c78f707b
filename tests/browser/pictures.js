// Counts the colours of a picture and says for each pixel which of the most frequent ones it is nearest to, two pixels a
// byte. Runs inside Chromium, which can read pictures, so that nothing has to be installed for it.
async ([png, colours]) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const paper = canvas.getContext("2d");
  paper.drawImage(image, 0, 0);
  const picture = paper.getImageData(0, 0, image.width, image.height);
  const pixels = new Uint32Array(picture.data.buffer);

  const seen = new Map();
  for (const pixel of pixels) seen.set(pixel, (seen.get(pixel) ?? 0) + 1);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  // How grey a colour is counts more than how bright: else the soft edges of grey letters turn red beside a red button.
  const distance = (a, b) =>
    (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2 +
    4 * ((a[0] - a[1] - b[0] + b[1]) ** 2 + (a[2] - a[1] - b[2] + b[1]) ** 2);
  // Taken one by one: frequent, and unlike those that are kept already. So a small red button keeps its red.
  const likely = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 500).map(([pixel, count]) => [parts(pixel), count]);
  const kept = [];
  let unlike = likely.map(() => 1);
  while (kept.length < colours && kept.length < likely.length) {
    let best = 0;
    for (let place = 1; place < likely.length; place += 1) {
      if (likely[place][1] * unlike[place] > likely[best][1] * unlike[best]) best = place;
    }
    const one = likely[best][0];
    kept.push([best, one]);
    unlike = likely.map(([other], place) => {
      const away = distance(one, other);
      return kept.length === 1 ? away : Math.min(unlike[place], away);
    });
  }
  const nearest = new Map();
  for (const pixel of seen.keys()) {
    const one = parts(pixel);
    let best = 0;
    for (let place = 1; place < kept.length; place += 1) {
      if (distance(one, kept[place][1]) < distance(one, kept[best][1])) best = place;
    }
    nearest.set(pixel, best);
  }
  const rowBytes = Math.ceil(image.width / 2) + 1; // the first byte of a row says that it is stored as it is
  const rows = new Uint8Array(rowBytes * image.height);
  for (let y = 0, place = 0; y < image.height; y += 1) {
    for (let x = 0; x < image.width; x += 1, place += 1) {
      rows[y * rowBytes + 1 + (x >> 1)] |= nearest.get(pixels[place]) << (x & 1 ? 0 : 4);
    }
  }
  let text = "";
  for (let place = 0; place < rows.length; place += 32768) {
    text += String.fromCharCode(...rows.subarray(place, place + 32768));
  }
  return { width: image.width, height: image.height, palette: kept.flatMap(([, one]) => one), rows: btoa(text) };
}
