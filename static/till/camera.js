/* The camera as a scanner; where there is none, or nothing to read with, a sentence that says what to use instead. */

import { codeReader } from "./codes.js";
import { ask, h, sentenceBox, t } from "./dom.js";

/** The rest between two looks at the picture (ms). */
const LOOK = 120;

/** Open a full screen with the camera's picture. Resolves to what the code says, or null when nobody wanted it after all. */
export async function scan() {
  const told = sentenceBox();
  const picture = h("video", { playsinline: true, muted: true, "aria-label": t("camera_picture") });
  let stream = null;
  let isOpen = true;
  let close;
  const closed = ask(t("camera_title"), (done) => {
    close = done;
    return [told.element, picture, h("div.buttons", {}, h("button", { type: "button", onclick: () => done() }, t("cancel")))];
  }, "camera");
  begin();
  const found = await closed;
  isOpen = false;
  stop();
  return found || null;

  function say(text) {
    told.say(text, "warn");
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
    if (!isOpen) return stop();
    picture.srcObject = stream;
    await picture.play().catch(() => {}); // closed meanwhile
    return look(read);
  }

  async function look(read) {
    if (!isOpen) return;
    const text = await read(picture);
    if (text && isOpen) close(text);
    else setTimeout(look, LOOK, read);
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}
