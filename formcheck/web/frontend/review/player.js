// Shows one frame of a clip exactly. A browser seeks to times and not to frames, so every seek goes
// to the middle of the frame's time, and counts as done only when the browser says which frame it
// has shown. Without a clip a timer plays the frames, for the pose alone.

import { nearest } from "./times.js";

const RETRY_MS = 400; // A browser may drop the frame of a seek; asked for again it comes.
const MOST_TRIES = 4;
const ALONE_MS = 34; // Between two frames of the clock without a clip.
const SOUND_RATE = 1;

export class FramePlayer {
  // video: an element whose src is set, or null. times_s: of each frame, as in the session.
  // video_s: when the clip shows each of them.
  constructor(video, times_s, video_s) {
    this.video = video;
    this.times_s = times_s;
    this.video_s = video_s ?? times_s;
    this.frame = 0;
    this.rate = 1;
    this.playing = false;
    this.wanted = null; // { frame, tries, done: [functions] }: on its way to the screen.
    this.next = null; // The newest one asked for meanwhile.
    this.listeners = { frame: new Set(), state: new Set() };
    this.clock = null;
    this.ending = new AbortController();
    if (video) this.#watch();
  }

  get count() {
    return this.times_s.length;
  }

  get t_s() {
    return this.times_s[this.frame] ?? 0;
  }

  // Where it goes: the frame asked for last, or else the one that is shown.
  get target() {
    return (this.next ?? this.wanted)?.frame ?? this.frame;
  }

  // When that is: what is noted now belongs there, also while it is on its way.
  get target_s() {
    return this.times_s[this.target] ?? 0;
  }

  // Resolves with the frame that is shown, once it is this one or a newer wish came first.
  go(frame) {
    const wanted = Math.min(Math.max(Math.round(frame), 0), this.count - 1);
    if (this.playing) this.pause();
    return this.#go(wanted);
  }

  step(n) {
    return this.go(this.target + n);
  }

  seek_s(t_s) {
    return this.go(nearest(this.times_s, t_s));
  }

  // By so many seconds, and at least one frame.
  skip_s(by_s) {
    const from = this.target;
    const to = nearest(this.times_s, this.times_s[from] + by_s);
    return this.go(to === from ? from + Math.sign(by_s) : to);
  }

  // A negative rate plays backwards, by stepping.
  play(rate = this.rate) {
    this.#stopClock();
    this.rate = rate;
    const atEnd = rate > 0 ? this.target === this.count - 1 : this.target === 0;
    if (atEnd) this.#go(rate > 0 ? 0 : this.count - 1);
    this.playing = true;
    if (this.video && rate > 0) this.#playVideo(rate);
    else this.#playClock(rate);
    this.#tell("state");
  }

  pause() {
    const was = this.playing;
    this.playing = false;
    this.#stopClock();
    this.video?.pause();
    if (was) this.#tell("state");
  }

  setRate(rate) {
    if (this.playing) this.play(rate);
    else {
      this.rate = rate;
      this.#tell("state");
    }
  }

  // fn(frame, t_s) at every frame that is shown; gives a function that ends it.
  onframe(fn) {
    return this.#listen("frame", fn);
  }

  // fn() whenever it plays, stops or changes its speed.
  onstate(fn) {
    return this.#listen("state", fn);
  }

  dispose() {
    this.pause();
    this.ending.abort();
    clearTimeout(this.retry);
    for (const listeners of Object.values(this.listeners)) listeners.clear();
  }

  #listen(kind, fn) {
    this.listeners[kind].add(fn);
    return () => this.listeners[kind].delete(fn);
  }

  #tell(kind) {
    for (const fn of [...this.listeners[kind]]) fn(this.frame, this.t_s);
  }

  #go(frame) {
    if (!this.video) {
      this.#shown(frame);
      return Promise.resolve(frame);
    }
    return new Promise((done) => {
      if (!this.wanted) {
        if (frame === this.frame && this.seen) return done(frame);
        this.wanted = { frame, tries: 0, done: [done] };
        this.#seek();
      } else if (!this.next && this.wanted.frame === frame) {
        this.wanted.done.push(done);
      } else {
        this.next = { frame, tries: 0, done: [...(this.next?.done ?? []), done] };
      }
    });
  }

  #watch() {
    const { video } = this;
    const on = (kind, fn) => video.addEventListener(kind, fn, { signal: this.ending.signal });
    this.exact = "requestVideoFrameCallback" in video;
    if (this.exact) {
      const presented = (now, { mediaTime }) => {
        if (this.ending.signal.aborted) return;
        video.requestVideoFrameCallback(presented);
        this.#presented(nearest(this.video_s, mediaTime));
      };
      video.requestVideoFrameCallback(presented);
    }
    on("seeked", () => this.#seeked());
    on("loadedmetadata", () => this.wanted && this.#seek());
    on("error", () => this.#lost());
    on("ended", () => this.rate > 0 && this.pause());
    on("timeupdate", () => !this.exact && this.playing && this.#presented(this.#at(video.currentTime)));
  }

  // The frame whose time on the screen holds this moment of the clip.
  #at(video_s) {
    const near = nearest(this.video_s, video_s);
    return this.video_s[near] > video_s + 1e-4 ? Math.max(0, near - 1) : near;
  }

  #presented(frame) {
    this.seen = true;
    if (frame !== this.frame || this.wanted) this.#shown(frame);
    if (this.wanted?.frame === frame) this.#arrived();
  }

  #shown(frame) {
    this.frame = frame;
    this.#tell("frame");
  }

  #arrived() {
    clearTimeout(this.retry);
    const { done } = this.wanted;
    this.wanted = this.next;
    this.next = null;
    if (this.wanted) {
      this.wanted.done.push(...done);
      if (this.wanted.frame === this.frame) this.#arrived();
      else this.#seek();
    } else {
      for (const fn of done) fn(this.frame);
      if (this.playing && this.rate > 0) this.#playVideo(this.rate);
    }
  }

  // A wish that came meanwhile goes first: fast keys and dragging stay in step with the hand.
  #seeked() {
    if (!this.wanted) return;
    if (this.next) {
      this.next.done.push(...this.wanted.done);
      this.wanted = this.next;
      this.next = null;
      this.#seek();
    } else if (!this.exact || document.hidden) {
      this.#presented(this.#at(this.video.currentTime));
    }
  }

  #seek() {
    clearTimeout(this.retry);
    if (this.video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const { frame, tries } = this.wanted;
    const from_s = this.video_s[frame];
    const for_s = (this.video_s[frame + 1] ?? 2 * from_s - (this.video_s[frame - 1] ?? from_s)) - from_s;
    // Somewhere else in the frame each time: a seek to where it is already may show nothing new.
    this.video.currentTime = from_s + Math.max(for_s, 0.002) * (0.5 + 0.1 * (tries % 3));
    this.wanted.tries += 1;
    this.retry = setTimeout(() => this.#tryAgain(), RETRY_MS * this.wanted.tries);
  }

  #tryAgain() {
    if (!this.wanted) return;
    if (this.video.seeking) this.retry = setTimeout(() => this.#tryAgain(), RETRY_MS);
    else if (this.wanted.tries < MOST_TRIES) this.#seek();
    else {
      this.#shown(this.#at(this.video.currentTime));
      this.#arrived();
    }
  }

  // The clip can't be shown, or not any more: it goes on without.
  #lost() {
    clearTimeout(this.retry);
    const frame = this.target;
    const done = [...(this.wanted?.done ?? []), ...(this.next?.done ?? [])];
    this.video = this.wanted = this.next = null;
    this.#shown(frame);
    for (const fn of done) fn(frame);
    if (this.playing) this.play(this.rate);
  }

  #playVideo(rate) {
    if (this.wanted) return; // Begins once that frame is there.
    this.video.playbackRate = rate;
    this.video.muted = rate !== SOUND_RATE;
    this.video.play().catch(() => this.pause());
  }

  #playClock(rate) {
    this.video?.pause();
    const from_s = this.times_s[this.target];
    const began = performance.now();
    const last = rate > 0 ? this.count - 1 : 0;
    this.clock = setInterval(() => {
      const frame = nearest(this.times_s, from_s + ((performance.now() - began) / 1000) * rate);
      if (frame !== this.target) this.#go(frame);
      if (frame === last) this.pause();
    }, ALONE_MS);
  }

  #stopClock() {
    clearInterval(this.clock);
    this.clock = null;
  }
}
