/* The camera as a scanner, where the browser can read codes; else a sentence that says what to use instead. */

import { h, t } from "./dom.js";

/** How often a picture is looked at (ms). */
const LOOK = 120;

/** Open a full screen with the camera's picture. Resolves to what the code says, or null when nobody wanted it after all. */
export function scan() {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let stream = null;
    let found = null;
    const told = h("p.said.warn", { role: "alert", hidden: true });
    const picture = h("video", { playsinline: true, muted: true, "aria-label": t("camera_picture") });
    const dialog = h("dialog.camera", { "aria-labelledby": "camera-title", onclose: ended },
      h("h2", { id: "camera-title" }, t("camera_title")), told, picture,
      h("div.buttons", {}, h("button", { type: "button", onclick: () => dialog.close() }, t("cancel"))));
    document.body.append(dialog);
    dialog.showModal();
    begin();

    function say(text) {
      told.textContent = text;
      told.hidden = false;
      picture.hidden = true;
    }

    async function begin() {
      if (!("BarcodeDetector" in window)) return say(t("camera_none"));
      if (!navigator.mediaDevices) return say(t("camera_https"));
      let detector;
      try {
        detector = new BarcodeDetector();
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        return say(t("camera_refused"));
      }
      if (!dialog.open) return stop();
      picture.srcObject = stream;
      await picture.play().catch(() => {}); // closed meanwhile
      return look(detector);
    }

    async function look(detector) {
      if (!dialog.open) return;
      // A picture that is not there yet cannot be read; the next one will be.
      const codes = await detector.detect(picture).catch(() => []);
      const read = codes.find(({ rawValue }) => rawValue)?.rawValue;
      if (read && dialog.open) {
        found = read;
        dialog.close();
      } else setTimeout(look, LOOK, detector);
    }

    function stop() {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }

    function ended() {
      stop();
      dialog.remove();
      before?.focus?.();
      resolve(found);
    }
  });
}
