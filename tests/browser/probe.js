// Put into every page before its own scripts. It watches what a person would see and hear, without
// the page's help: which picture of the fake camera the screen shows, when a frame is sent, when
// the answer to it is drawn, and when a sound can be heard. All times are performance.now(), in ms.
(() => {
  if (window.__probe) return;
  const CELLS = 16, CHECK = 0b1010, STRIP = 1 / 22.5;
  const SIGNAL = 0.01, QUIET_MS = 150, LISTEN_EVERY_MS = 4;
  const probe = (window.__probe = {
    shown: [], // [counter or -1, t]: the local preview shows this picture.
    sent: [], // [seq, t, its capture time as the page says it]
    kept: [], // [seq, the frame's JPEG], every keepEvery-th
    moments: [], // [seq, t, cue text, level, server ms, frames dropped so far]
    drawn: [], // [seq, t]: the last stroke of the overlay for this moment
    sounds: [], // [t on, t off or null]
    messages: [], // every other message from the live socket
    sockets: [], // [url, t opened, t closed, close code]
    tracks: [], // of every camera that was opened
    keepEvery: 0,
    latest: null,
    problems: [],
  });

  // --- Which picture of the camera is on the screen -------------------------------------------
  const reader = () => {
    const canvas = new OffscreenCanvas(64, 1);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return (source, width, height) => {
      context.drawImage(source, 0, (height * STRIP) / 4, width, (height * STRIP) / 2, 0, 0, 64, 1);
      const pixels = context.getImageData(0, 0, 64, 1).data;
      let word = 0;
      for (let k = 0; k < CELLS; k++) {
        const at = (k * 4 + 2) * 4;
        const level = (pixels[at] + pixels[at + 1] + pixels[at + 2]) / 3;
        word = (word << 1) | (level > 128 ? 1 : 0);
      }
      const counter = word >> 4;
      const digits = (counter >> 8) + ((counter >> 4) & 15) + (counter & 15);
      return (word & 15) === ((digits & 15) ^ CHECK) ? counter : -1;
    };
  };
  const watch = (stream) => {
    const [track] = stream.getVideoTracks();
    if (!track) return;
    probe.tracks.push(track);
    const video = document.createElement("video");
    const read = reader();
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track.clone()]);
    Object.assign(video.style, { position: "fixed", right: 0, bottom: 0, width: "2px" });
    video.setAttribute("aria-hidden", "true");
    document.documentElement.appendChild(video);
    const look = (now) => {
      probe.shown.push([read(video, video.videoWidth, video.videoHeight), now]);
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    video.play().catch((error) => probe.problems.push(String(error)));
    const ended = setInterval(() => {
      if (track.readyState !== "ended") return;
      clearInterval(ended);
      video.srcObject.getTracks().forEach((mine) => mine.stop());
      video.remove();
    }, 200);
  };
  if (navigator.mediaDevices?.getUserMedia) {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      watch(stream);
      return stream;
    };
  }

  // --- Frames out, moments in -------------------------------------------------------------------
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(url, protocols);
      if (!String(url).includes("/formcheck/live")) return;
      const row = [String(url), null, null, null];
      this.live = true;
      probe.sockets.push(row);
      this.addEventListener("open", () => (row[1] = performance.now()));
      this.addEventListener("close", (event) => {
        row[2] = performance.now();
        row[3] = event.code;
      });
      this.addEventListener("message", (event) => {
        const said = JSON.parse(event.data);
        if (said.type !== "moment") return void probe.messages.push([performance.now(), said]);
        if (said.pose) probe.latest = said;
        probe.moments.push([
          said.seq, performance.now(), said.cue?.text ?? null, said.level, said.server_ms,
          said.dropped,
        ]);
      });
    }
    send(data) {
      if (this.live && typeof data !== "string") {
        const bytes = ArrayBuffer.isView(data) ? data.buffer : data;
        const view = new DataView(bytes);
        const seq = view.getUint32(0, true);
        probe.sent.push([seq, performance.now(), view.getFloat64(4, true)]);
        if (probe.keepEvery && seq % probe.keepEvery === 0) probe.kept.push([seq, bytes.slice(12)]);
      }
      super.send(data);
    }
  };
  for (const name of ["stroke", "fill", "fillRect", "fillText"]) {
    const own = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) {
      own.apply(this, args);
      const said = probe.latest;
      if (!said || !this.canvas.isConnected) return;
      const last = probe.drawn[probe.drawn.length - 1];
      if (last && last[0] === said.seq) last[1] = performance.now();
      else probe.drawn.push([said.seq, performance.now()]);
    };
  }
  probe.cameraIsOn = () => probe.tracks.some((track) => track.readyState === "live");
  // What a page sees when the cable is pulled: the track ends by itself.
  probe.unplug = () => {
    for (const track of probe.tracks) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
  };
  probe.counters = async () => {
    const read = reader(), found = [];
    for (const [seq, jpeg] of probe.kept.splice(0)) {
      const picture = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
      found.push([seq, read(picture, picture.width, picture.height)]);
      picture.close();
    }
    return found;
  };

  // --- What can be heard ------------------------------------------------------------------------
  const listen = (node) => {
    const ear = node.context.createAnalyser();
    const wave = new Float32Array((ear.fftSize = 512));
    let sound = null, lastLoud = -Infinity;
    const listening = setInterval(() => {
      if (node.context.state === "closed") clearInterval(listening);
      ear.getFloatTimeDomainData(wave);
      const now = performance.now();
      const loud = Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length) > SIGNAL;
      if (loud && !sound) probe.sounds.push((sound = [now, null]));
      if (loud) lastLoud = now;
      else if (sound && now - lastLoud > QUIET_MS) {
        sound[1] = lastLoud;
        sound = null;
      }
    }, LISTEN_EVERY_MS);
    return ear;
  };
  const ears = new WeakMap();
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode && target.context instanceof AudioContext) {
      if (!ears.has(target.context)) ears.set(target.context, listen(this));
      connect.call(this, ears.get(target.context));
    }
    return connect.call(this, target, ...rest);
  };
})();
