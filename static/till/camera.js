/* The camera as a scanner; where there is none, or nothing to read with, a sentence that says what to use instead. */

import { codeReader } from "./codes.js";
import { h, t } from "./dom.js";

/** The rest between two looks at the picture (ms). */
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
      if (!navigator.mediaDevices) return say(t("camera_https"));
      const read = await codeReader().catch(() => null);
      if (!read) return say(t("camera_none"));
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch (error) {
        return say(error.name === "NotFoundError" ? t("camera_missing") : t("camera_refused"));
      }
      if (!dialog.open) return stop();
      picture.srcObject = stream;
      await picture.play().catch(() => {}); // closed meanwhile
      return look(read);
    }

    async function look(read) {
      if (!dialog.open) return;
      const text = await read(picture);
      if (text && dialog.open) {
        found = text;
        dialog.close();
      } else setTimeout(look, LOOK, read);
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
