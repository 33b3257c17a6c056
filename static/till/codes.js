/* What reads a code in the camera's picture: the browser itself where it can, else a library that is fetched only then. */

/** The longer side (pixels) of what the library looks at: enough for a code held before a camera, and an old tablet keeps up. */
const SIDE = 640;

/**
 * Resolves to a function: of a playing video, a promise of the text of a code in its picture, or null while there is none.
 * The browser itself reads barcodes too, the library QR codes only. Rejects where neither can be had.
 */
export async function codeReader() {
  // Some browsers have the class and can read nothing with it.
  const kinds = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
  return kinds.includes("qr_code") ? ofBrowser(new BarcodeDetector()) : await ofLibrary();
}

function ofBrowser(detector) {
  return async (video) => {
    // A picture that is not there yet cannot be read; the next one will be.
    const codes = await detector.detect(video).catch(() => []);
    return codes.find(({ rawValue }) => rawValue)?.rawValue ?? null;
  };
}

async function ofLibrary() {
  const { decodeQR } = await import("./vendor/qr/decode.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("no canvas");
  return async (video) => {
    const [width, height] = inside(video.videoWidth, video.videoHeight);
    if (!width || !height) return null; // no picture yet
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.drawImage(video, 0, 0, width, height);
    try {
      return decodeQR(pen.getImageData(0, 0, width, height)) || null;
    } catch {
      return null; // how it says that there is no code, or one that is not sharp enough yet
    }
  };
}

/** [width, height] in the same proportion, the longer at most SIDE. */
function inside(width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height, 1));
  return [Math.round(width * scale), Math.round(height * scale)];
}
