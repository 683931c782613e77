// The camera: opening it, which ones there are, and its pictures as they come.

class CameraTrouble extends Error {
  // code: a key of CAMERA_WORDS.
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const CAMERA_ERRORS = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  DevicesNotFoundError: "none",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

// wish: { deviceId } or { facing: "user" | "environment" }.
async function openCamera(wish) {
  if (!window.isSecureContext) throw new CameraTrouble("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraTrouble("old");
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  const which = wish.deviceId
    ? { deviceId: { exact: wish.deviceId } }
    : { facingMode: { ideal: wish.facing } };
  try {
    const video = { ...size, ...which };
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw troubleOf(error);
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: true, audio: false });
  } catch (error) {
    throw troubleOf(error);
  }
}

function troubleOf(error) {
  return new CameraTrouble(CAMERA_ERRORS[error.name] ?? "other");
}

function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}

// Cameras with their names, which browsers tell only once one was allowed.
async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, i) => ({ id: device.deviceId, name: device.label || `Camera ${i + 1}` }));
}

// A picture for the eye is mirrored, as in a mirror, unless the camera looks away from the screen.
function isMirrored(stream) {
  return stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment";
}

// Calls onFrame(t_ms) for every new picture of a video, t_ms on the clock of performance.now().
// Gives a function that ends it.
function watchFrames(video, onFrame) {
  let over = false;
  let lastTime = -1;
  const byCallback = (now, metadata) => {
    if (over) return;
    video.requestVideoFrameCallback(byCallback);
    onFrame(captureTime(now, metadata.captureTime));
  };
  const byScreen = (now) => {
    if (over) return;
    requestAnimationFrame(byScreen);
    if (video.currentTime === lastTime) return;
    lastTime = video.currentTime;
    onFrame(now);
  };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(byCallback);
  else requestAnimationFrame(byScreen);
  return () => {
    over = true;
  };
}

const OLDEST_CAPTURE_MS = 2000;

// When a picture was taken, where the browser knows it on our clock; else when it came.
function captureTime(now, taken) {
  return taken > now - OLDEST_CAPTURE_MS && taken <= now + 50 ? taken : now;
}

// Makes small JPEGs of a video's pictures, never mirrored.
const LONGER_SIDE_PX = 640;
const JPEG_QUALITY = 0.7;

class Pictures {
  constructor(video) {
    this.video = video;
    this.canvas = null;
    this.refit = false; // After a change of camera the size must stay as it was.
  }

  // The newest picture as an ArrayBuffer.
  async jpeg() {
    this.#draw();
    const blob = this.canvas.convertToBlob
      ? await this.canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY })
      : await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
    return blob.arrayBuffer();
  }

  // Where the video lies in the pictures that are sent: { x, y, width, height } in their pixels.
  get place() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(this.canvas.width / videoWidth, this.canvas.height / videoHeight);
    const width = videoWidth * scale;
    const height = videoHeight * scale;
    return {
      x: (this.canvas.width - width) / 2,
      y: (this.canvas.height - height) / 2,
      width,
      height,
    };
  }

  #draw() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGER_SIDE_PX / Math.max(videoWidth, videoHeight));
    this.#sized(Math.round(videoWidth * scale), Math.round(videoHeight * scale));
    const context = this.canvas.getContext("2d", { alpha: false });
    const { x, y, width, height } = this.place;
    if (x || y) context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.video, x, y, width, height);
  }

  #sized(width, height) {
    const { canvas } = this;
    if (!canvas) {
      this.canvas = window.OffscreenCanvas?.prototype.convertToBlob
        ? new OffscreenCanvas(width, height)
        : Object.assign(document.createElement("canvas"), { width, height });
    } else if (!this.refit && (canvas.width !== width || canvas.height !== height)) {
      Object.assign(canvas, { width, height });
    }
  }
}
