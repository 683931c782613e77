// The voice: recordings played through WebAudio, one at a time, and a quiet tick.

const VOICES_AT_A_TIME = 6; // Loaded side by side.
const TICK_HZ = 660;
const TICK_S = 0.12;
const TICK_LOUDNESS = 0.06;
const FINISH_MS = 2500; // The longest recording.
const LOAD_WITHIN_MS = 20000; // Each recording.

class Voice {
  constructor(base) {
    this.base = base;
    this.context = null;
    this.analyser = null;
    this.recordings = new Map();
    this.running = null;
    this.broken = false;
  }

  // Call it in a click: browsers let only those turn sound on.
  unlock() {
    if (!window.AudioContext) {
      this.broken = true;
      return;
    }
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.analyser = this.context.createAnalyser();
      this.analyser.fftSize = 512;
      this.analyser.connect(this.context.destination);
    }
    if (this.context.state !== "running") this.context.resume().catch(() => {});
  }

  get blocked() {
    return this.context !== null && this.context.state !== "running";
  }

  // Loads recordings by name, in order; those that can't be had in two tries are left out.
  async load(names) {
    if (!this.context) return;
    for (let tries = 0; tries < 2; tries += 1) {
      const waiting = names.filter((name) => !this.recordings.has(name));
      const worker = async () => {
        for (let name = waiting.shift(); name; name = waiting.shift()) await this.#loadOne(name);
      };
      await Promise.all(Array.from({ length: VOICES_AT_A_TIME }, worker));
    }
    this.broken = this.recordings.size === 0;
  }

  async #loadOne(name) {
    const { context } = this;
    try {
      const signal = AbortSignal.timeout?.(LOAD_WITHIN_MS);
      const response = await fetch(`${this.base}${encodeURIComponent(name)}.wav`, { signal });
      if (!response.ok) return;
      this.recordings.set(name, await context.decodeAudioData(await response.arrayBuffer()));
      this.broken = false;
    } catch {
      // Told where all are missing; what is missing when it is due is fetched for the next time.
    }
  }

  // Starts a phrase; false when it can't be played, or another one is being said. An urgent one
  // cuts that off.
  say(name, urgent = false) {
    if (!this.context || this.blocked) return false;
    const recording = this.recordings.get(name);
    if (!recording) {
      void this.#loadOne(name);
      return false;
    }
    if (this.running) {
      if (!urgent) return false;
      this.running.onended = null;
      this.running.stop();
    }
    const source = this.context.createBufferSource();
    source.buffer = recording;
    source.connect(this.analyser);
    source.onended = () => {
      this.running = null;
    };
    this.running = source;
    source.start();
    return true;
  }

  // A soft, short tone; not while somebody speaks.
  tick() {
    if (!this.context || this.blocked || this.running) return;
    const { context } = this;
    const tone = context.createOscillator();
    const volume = context.createGain();
    const now = context.currentTime;
    tone.frequency.value = TICK_HZ;
    volume.gain.setValueAtTime(0, now);
    volume.gain.linearRampToValueAtTime(TICK_LOUDNESS, now + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0005, now + TICK_S);
    tone.connect(volume).connect(this.analyser);
    tone.start(now);
    tone.stop(now + TICK_S);
  }

  // Loudness of what is being played, 0 to 1 (root mean square).
  rms() {
    if (!this.analyser) return 0;
    const wave = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(wave);
    return Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length);
  }

  // Lets go of the loudspeaker, once what is being said is over.
  close() {
    const { context } = this;
    this.context = this.analyser = null;
    this.recordings.clear();
    if (!context) return;
    setTimeout(() => context.close().catch(() => {}), this.running ? FINISH_MS : 0);
  }
}
