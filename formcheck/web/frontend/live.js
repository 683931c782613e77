// The live page: one session, from the Start button to its summary.
//
// Python (formcheck/web/pages/live.py) joins live_words.js, live_sound.js, live_camera.js,
// live_socket.js, live_drawing.js, live_screen.js and this file to one module, in this order.
//
// For tests the root element carries `formcheck`:
//   shown: [{ seq, t_ms, t }]      moments drawn; t on the clock of performance.now()
//   cues:  [{ text, say, seq, t }] phrases that were started
//   rms()                          loudness of what is being played, 0 to 1
// The same is at window.__formcheck if window.__formcheckTest was set before.

const KEPT_FOR_TESTS = 4096;
const LEAST_PER_S = 15; // Fewer judged pictures a second, for SLOW_S in a row, are told.
const SLOW_S = 5;
const FROZEN_MS = 3000;
const UNANSWERED_MS = 1500; // What was said before is not so any more.
const STALE_MS = 3000; // What was so when a picture was taken may not be so any more.
const TOLD_HIDDEN_MS = 8000;
const TICKET_WITHIN_MS = 14000;
const FINISH_WITHIN_MS = 60000;
const HAND_EVERY_MS = 3000;
const RENEW_TIMES = 5;
const SUMMARY_TIMES = 30; // Streamlit's line may be away for longer than that of the session.
const UNTOLD = "formcheck-untold"; // In this tab: the end that Python was not told of yet.
const LEFT = "formcheck-left"; // In this tab: the key of a session that was left before its end.

class Pace {
  constructor() {
    this.reset();
  }

  reset() {
    this.camera = this.judged = 0;
    this.seconds = [];
  }

  // Call it once a second; "camera" or "computer" when one of them is too slow, or "".
  slow() {
    this.seconds = [...this.seconds, [this.camera, this.judged]].slice(-SLOW_S);
    this.camera = this.judged = 0;
    const lasting = this.seconds.length === SLOW_S;
    if (!lasting || !this.seconds.every(([, judged]) => judged < LEAST_PER_S)) return "";
    return this.seconds.every(([camera]) => camera < LEAST_PER_S) ? "camera" : "computer";
  }
}

function lineAddress(path) {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

class LivePage {
  #phase = "idle"; // idle, opening, running, finishing, failed
  #run = 0;
  #opening = 0; // Counts starts: what an older one still waits for is dropped.
  #stream = null;
  #line = null;
  #latest = null;
  #asked = ""; // Names the ticket that is asked for, or was used.
  #watching = false; // The camera is open.
  #renewed = false;
  #notice = "";
  #releases = []; // Undo what a run has begun.
  #unwire = []; // Undo what the page has begun.
  #clicks = new Map(); // What a click on an element does.
  #awaitingTicket = 0; // A timer while Python is asked for one.
  #handing = 0; // A timer while Python is told something.
  #backLine = null; // The line on which a session that was left is asked what came of it.
  #encoding = false;
  #lastSent = -1; // Time of capture, ms.
  #lastFrameAt = 0;
  #onAgain = () => this.#start();

  constructor(root, component) {
    this.root = root;
    this.update(component);
    this.video = root.querySelector("video");
    this.canvas = root.querySelector("canvas");
    this.voice = new Voice(this.data.voice);
    this.screen = new Screen(root, this.data);
    this.pictures = new Pictures(this.video);
    this.pace = new Pace();
    this.wish = { facing: "user" };
    this.probe = { shown: [], cues: [], rms: () => this.voice.rms() };
    root.formcheck = this.probe;
    if (window.__formcheckTest) window.__formcheck = this.probe;
    this.#wire();
    this.#handOn();
    this.#comeBack();
  }

  // What Python says now; comes with every rerun.
  update({ data, setTriggerValue }) {
    this.data = data;
    this.trigger = setTriggerValue;
    this.screen?.put(".title", data.title);
    this.root.querySelector(".before .ready").hidden = !data.ticket;
    if (this.#awaitingTicket && data.asked === this.#asked) {
      clearTimeout(this.#awaitingTicket);
      clearInterval(this.#handing);
      this.#awaitingTicket = 0;
      if (!data.ticket) this.#abandon(); // The page asks something first.
      else if (this.#watching) this.#connect();
    }
  }

  // The page is left: everything is let go of. Safe to call more than once.
  leave() {
    this.#abandon();
    this.#backLine?.close();
    this.voice.close();
    clearInterval(this.#handing);
    for (const undo of this.#unwire.splice(0)) undo();
  }

  #wire() {
    const { root, screen } = this;
    const on = (target, event, handler, options) => {
      target.addEventListener(event, handler, options);
      return () => target.removeEventListener(event, handler, options);
    };
    const find = (selector) => root.querySelector(selector);
    find(".facing").hidden = !window.matchMedia("(pointer: coarse)").matches;
    // What Streamlit lays over its page when its own line is cut swallows clicks and keys at the
    // document, also those meant for the stage: the window hears them first.
    const first = { capture: true };
    this.#clicks = new Map([
      [find(".start"), () => this.#start()],
      [find(".sound-test"), () => this.#testSound()],
      [find(".stop"), () => this.#stop()],
      [find(".again"), () => this.#onAgain()],
      [find(".close"), () => this.#abandon()],
      [screen.stage, () => this.voice.unlock()],
    ]);
    this.#unwire = [
      on(window, "click", (event) => this.#click(event), first),
      on(window, "keydown", (event) => this.#key(event), first),
      on(find(".facing select"), "change", (event) => {
        this.wish = { facing: event.target.value };
      }),
      on(find(".cameras select"), "change", (event) => this.#switchCamera(event.target.value)),
      on(screen.stage, "cancel", (event) => {
        event.preventDefault();
        this.#stop();
      }),
      on(document, "visibilitychange", () => this.#visibility()),
      on(window, "pagehide", () => this.#abandon()),
      on(window, "pageshow", (event) => event.persisted && this.#comeBack()),
    ];
  }

  // --- Starting ------------------------------------------------------------------------------

  async #start() {
    if (!["idle", "failed"].includes(this.#phase)) return;
    sessionStorage.removeItem(UNTOLD);
    this.#forgetLeft();
    const run = this.#begin();
    if (!this.screen.stage.showModal || !window.WebSocket) {
      this.screen.note(CAMERA_WORDS.old.join(": "));
      this.#phase = "idle";
      return;
    }
    this.voice.unlock();
    this.screen.note("");
    this.screen.open();
    void this.voice.load(this.data.phrases);
    this.#askForTicket();
    try {
      await this.#openCamera(run);
    } catch (error) {
      if (this.#isOpening(run)) this.#fail(cameraWords(error), OTHER_WORDS.tryAgain);
      return;
    }
    if (!this.#isOpening(run)) return;
    this.drawing = new Drawing(this.canvas, this.video, this.data.seen_percent, this.data.sides);
    this.drawing.mirrored = isMirrored(this.#stream);
    this.screen.message(OTHER_WORDS.preparing);
    this.#watch();
    if (!this.#awaitingTicket) this.#connect();
  }

  #isOpening(run) {
    return run === this.#run && this.#phase === "opening";
  }

  #begin() {
    this.#release();
    this.#phase = "opening";
    this.#renewed = this.#watching = false;
    this.#notice = "";
    this.#latest = null;
    this.#onAgain = () => this.#start();
    this.pictures.canvas = null;
    this.pictures.refit = false;
    this.pace.reset();
    return ++this.#run;
  }

  async #openCamera(run) {
    const opening = ++this.#opening;
    const stream = await openCamera(this.wish);
    // Only the camera that was asked for last stays on.
    if (run !== this.#run || opening !== this.#opening) {
      closeCamera(stream);
      return;
    }
    this.#stream = stream;
    const [track] = stream.getVideoTracks();
    track.onended = () => this.#cameraEnded();
    const mirrored = isMirrored(stream);
    this.video.dataset.mirrored = mirrored;
    if (this.drawing) this.drawing.mirrored = mirrored;
    this.video.srcObject = stream;
    await this.video.play();
    const cameras = await listCameras();
    this.screen.cameras(cameras, track.getSettings().deviceId);
  }

  async #switchCamera(deviceId) {
    const [run, before] = [this.#run, this.wish];
    const opening = this.#opening + 1; // As #openCamera counts.
    closeCamera(this.#stream);
    this.wish = { deviceId };
    this.pictures.refit = this.pictures.canvas !== null;
    try {
      await this.#openCamera(run);
    } catch (error) {
      if (run !== this.#run || opening !== this.#opening) return;
      this.wish = before; // "Try again" begins with the one that worked.
      this.#line?.stop();
      this.#fail(cameraWords(error), OTHER_WORDS.tryAgain);
    }
  }

  #watch() {
    const seconds = setInterval(() => this.#everySecond(), 1000);
    const unwatch = watchFrames(this.video, (t_ms) => this.#frame(t_ms));
    this.#lastFrameAt = performance.now();
    this.#watching = true;
    this.#keepAwake();
    this.#releases.push(() => clearInterval(seconds), unwatch);
  }

  #connect() {
    this.#line?.close();
    this.#line = new Line(lineAddress(this.data.socket), {
      welcome: (message) => this.#welcome(message),
      moment: (message) => this.#moment(message),
      notice: (message) => this.#noticed(message),
      ended: (message) => this.#ended(message),
      refused: (message, resuming) => this.#refused(message, resuming),
      cut: () => this.#cut(),
      gone: (welcomed) => this.#gone(welcomed),
    });
    this.#line.start(this.data.ticket);
  }

  // A ticket lets in once, and stands for what was chosen, which Python may not have heard of yet:
  // it is asked for on the same line, behind the last choice. update() goes on with it.
  #askForTicket() {
    this.#asked = `${Date.now()}.${Math.random()}`;
    clearTimeout(this.#awaitingTicket);
    this.#awaitingTicket = setTimeout(() => {
      this.#awaitingTicket = 0;
      this.#fail(FAILURE_WORDS.noTicket, OTHER_WORDS.tryAgain);
    }, TICKET_WITHIN_MS);
    this.#hand("renew", this.#asked, RENEW_TIMES);
  }

  // --- While it runs -------------------------------------------------------------------------

  #welcome({ edges, resumed }) {
    this.#keepKey();
    this.drawing.edges = edges;
    this.pace.reset();
    this.screen.trouble("lost", false);
    if (this.#phase === "finishing") {
      this.#line.stop(); // It was asked for while the line was cut.
      return;
    }
    this.#phase = "running";
    if (resumed) {
      this.#speak(this.data.says.back, true);
      void this.voice.load(this.data.phrases); // What did not come before the line was cut.
    }
  }

  #frame(t_ms) {
    this.pace.camera += 1;
    this.#lastFrameAt = performance.now();
    const line = this.#line;
    const due = this.#phase === "running" && line?.free && !this.#encoding && this.video.videoWidth;
    if (!due || t_ms <= this.#lastSent) return;
    this.#lastSent = t_ms;
    this.#encoding = true;
    const seq = line.take();
    this.pictures
      .jpeg()
      .then((jpeg) => line.send(seq, t_ms, jpeg))
      .catch(() => line.forget(seq))
      .finally(() => {
        this.#encoding = false;
      });
  }

  #moment(moment) {
    if (this.#phase !== "running") return;
    this.pace.judged += 1;
    this.screen.trouble("notice", false);
    this.screen.trouble("unanswered", false);
    const fresh = performance.now() - moment.t_ms < STALE_MS;
    if (moment.cue && fresh) {
      this.screen.cueOf(moment);
      const started = moment.cue.say && this.voice.say(moment.cue.say, moment.cue.urgent);
      if (started) this.#remember(this.probe.cues, { ...moment.cue, seq: moment.seq });
    }
    if (moment.tick && fresh) this.voice.tick();
    const due = this.#latest === null;
    this.#latest = moment;
    if (due) requestAnimationFrame(() => this.#draw());
  }

  // A picture came and was not judged, e.g. because the phone was turned.
  #noticed({ text }) {
    this.pace.judged += 1;
    if (!this.screen.troubles.has("notice")) this.#speak(this.data.says.unseen, true);
    this.screen.trouble("notice", true, text);
  }

  #draw() {
    const moment = this.#latest;
    this.#latest = null;
    if (!moment || this.#phase !== "running" || !this.pictures.canvas) return;
    this.screen.show(moment); // First: it may change how large the picture is.
    this.drawing.draw(moment, this.pictures.place);
    this.#remember(this.probe.shown, { seq: moment.seq, t_ms: moment.t_ms });
  }

  #remember(list, entry) {
    list.push({ ...entry, t: performance.now() });
    if (list.length > KEPT_FOR_TESTS) list.shift();
  }

  #speak(say, urgent = false) {
    if (say && this.voice.say(say, urgent)) this.#remember(this.probe.cues, { text: "", say });
  }

  #everySecond() {
    const { screen, voice } = this;
    const seen = !document.hidden;
    const answering = this.#phase === "running" && this.#line?.answering && this.#line.open;
    const unanswered = seen && answering && this.#line.waited > UNANSWERED_MS;
    if (unanswered) this.#nothingIsJudged();
    if (!answering || !seen || unanswered) this.pace.reset();
    screen.trouble("unanswered", unanswered);
    const frozen = seen && performance.now() - this.#lastFrameAt > FROZEN_MS;
    const slow = answering && seen ? this.pace.slow() : "";
    if (frozen && this.#phase === "running" && !screen.troubles.has("frozen")) {
      this.#speak(this.data.says.camera, true);
    }
    screen.trouble("frozen", frozen);
    screen.trouble("computer", slow === "computer");
    screen.trouble("camera", slow === "camera" && !frozen);
    screen.trouble("silent", voice.blocked);
    screen.trouble("mute", voice.broken);
  }

  async #keepAwake() {
    const run = this.#run;
    try {
      const lock = await navigator.wakeLock?.request("screen");
      if (run !== this.#run || this.#phase === "idle") lock?.release();
      else this.#releases.push(() => lock?.release().catch(() => {}));
    } catch {
      // Not granted, e.g. with a nearly empty battery: the session goes on without.
    }
  }

  #visibility() {
    this.#keepKey();
    if (!["opening", "running"].includes(this.#phase)) return;
    this.screen.trouble("hidden");
    if (document.hidden) return;
    this.#lastFrameAt = performance.now();
    this.voice.unlock();
    this.#keepAwake();
    const told = setTimeout(() => this.screen.trouble("hidden", false), TOLD_HIDDEN_MS);
    this.#releases.push(() => clearTimeout(told));
  }

  #click(event) {
    for (const element of event.composedPath()) this.#clicks.get(element)?.();
  }

  #key(event) {
    if (!this.screen.stage.open || event.key !== " " || event.repeat) return;
    const target = event.composedPath()[0];
    const other = "input, textarea, select, [contenteditable], button:not(.stop)";
    if (target.matches?.(other)) return;
    event.preventDefault();
    this.#stop();
  }

  // --- Ending --------------------------------------------------------------------------------

  #stop() {
    if (this.#phase === "failed" || (this.#phase === "opening" && !this.#line?.welcomed)) {
      this.#abandon();
    } else if (this.#phase === "running") {
      this.#finish();
      this.#line.stop();
    }
  }

  // From here on only the end is waited for; the camera is not needed any more.
  #finish() {
    this.#phase = "finishing";
    this.screen.finishing();
    this.drawing.clear();
    this.#letGo();
    const late = setTimeout(() => this.#gone(true), FINISH_WITHIN_MS);
    this.#releases.push(() => clearTimeout(late));
  }

  #cameraEnded() {
    if (!["opening", "running"].includes(this.#phase)) return;
    this.#speak(this.data.says.camera, true);
    this.#notice = "camera";
    if (this.#line?.welcomed) this.#stop();
    else this.#fail(FAILURE_WORDS.cameraEnded, OTHER_WORDS.beginAgain);
  }

  #ended({ result, why, text }) {
    sessionStorage.removeItem(LEFT);
    if (why === "closing") {
      // The summary went with the program.
      this.#speak(this.data.says.finished);
      this.#fail(FAILURE_WORDS.closed, OTHER_WORDS.beginAgain);
      return;
    }
    if (this.#notice !== "camera") this.#speak(this.data.says.finished);
    if (!result && this.#notice === "camera") {
      this.#fail(FAILURE_WORDS.cameraEnded, OTHER_WORDS.beginAgain);
      return;
    }
    this.#phase = "idle";
    this.#release();
    this.screen.close();
    this.screen.note(result ? OTHER_WORDS.summary : `${text} ${OTHER_WORDS.nothing}`);
    if (!result) return;
    this.#toTop();
    sessionStorage.setItem(UNTOLD, JSON.stringify({ result, notice: this.#notice }));
    this.#handOn();
  }

  // Streamlit may mount the page anew, after a cut of its line, before Python was told of the end.
  #handOn() {
    const untold = JSON.parse(sessionStorage.getItem(UNTOLD) ?? "null");
    if (!untold) return;
    if (untold.result === this.data.shown) {
      sessionStorage.removeItem(UNTOLD);
    } else {
      this.screen.note(OTHER_WORDS.summary);
      this.#hand("ended", untold, SUMMARY_TIMES);
    }
  }

  // A page in the background may never be heard of again: a phone ends it when it likes. Never
  // kept while the page is seen: a copy of the tab would take the session over.
  #keepKey() {
    if (!this.#line?.welcomed) return;
    if (document.hidden) sessionStorage.setItem(LEFT, this.#line.secret);
    else sessionStorage.removeItem(LEFT);
  }

  // The page was left or loaded anew while a session ran: it is over, and came to something.
  #comeBack() {
    const left = sessionStorage.getItem(LEFT);
    if (!left || sessionStorage.getItem(UNTOLD)) return;
    this.screen.note(OTHER_WORDS.summary);
    const nothing = () => {};
    const forget = () => {
      this.#forgetLeft();
      if (this.#phase === "idle") this.screen.note("");
    };
    const line = new Line(lineAddress(this.data.socket), {
      welcome: () => {
        sessionStorage.setItem(LEFT, line.secret);
        line.stop();
      },
      ended: (message) => {
        forget();
        const told = message.result && message.why !== "closing";
        if (told && this.#phase === "idle") this.#ended(message);
      },
      refused: forget,
      moment: nothing,
      notice: nothing,
      cut: nothing,
      gone: () => this.screen.note(OTHER_WORDS.noSummary),
    });
    this.#backLine = line;
    line.takeUp(left);
  }

  #forgetLeft() {
    sessionStorage.removeItem(LEFT);
    this.#backLine?.close();
    this.#backLine = null;
  }

  // Tells Python something, again and again until it acts on it: Streamlit has a line of its own,
  // and what is told while that one is cut is lost.
  #hand(name, value, times) {
    let left = times;
    const tell = () => {
      left -= 1;
      if (left < 0) {
        clearInterval(this.#handing);
        if (name === "ended") this.screen.note(OTHER_WORDS.noSummary);
        return;
      }
      this.trigger(name, value);
    };
    clearInterval(this.#handing);
    this.#handing = setInterval(tell, HAND_EVERY_MS);
    tell();
  }

  // The summary begins at the top of Streamlit's page.
  #toTop() {
    const host = this.root.getRootNode().host ?? this.root;
    host.closest('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  }

  #refused({ code, text }, resuming) {
    if (code === "ticket" && resuming) {
      sessionStorage.removeItem(LEFT);
      this.#speak(this.data.says.finished, true);
      this.#fail(FAILURE_WORDS.restarted, OTHER_WORDS.beginAgain);
    } else if (code === "ticket" && !this.#renewed) {
      this.#renewed = true;
      this.#askForTicket();
    } else if (resuming) {
      // The session was ended; what came of it is told to whoever comes back for it.
      this.#finish();
      this.#line.again();
    } else {
      this.#fail([FAILURE_TITLES[code] ?? FAILURE_TITLES.other, text], OTHER_WORDS.tryAgain);
    }
  }

  #nothingIsJudged() {
    this.#latest = null;
    this.drawing.clear(); // What was seen last is not so any more.
    this.screen.message(OTHER_WORDS.waiting);
  }

  #cut() {
    if (this.#phase !== "running") return; // Only the end is waited for.
    this.screen.trouble("unanswered", false);
    this.screen.trouble("lost");
    this.#nothingIsJudged();
    this.#speak(this.data.says.lost, true);
  }

  #gone(welcomed) {
    if (!welcomed) {
      this.#fail(FAILURE_WORDS.unreachable, OTHER_WORDS.tryAgain);
      return;
    }
    const line = this.#line;
    line.close();
    sessionStorage.setItem(LEFT, line.secret);
    this.#line = null;
    this.#speak(this.data.says.finished, true);
    this.#fail(FAILURE_WORDS.gone, OTHER_WORDS.tryAgain);
    this.#onAgain = () => this.#fetchSummary(line);
  }

  // The session is over by now; the program still knows what came of it.
  #fetchSummary(line) {
    this.#line = line;
    this.screen.open();
    this.#finish();
    line.again();
  }

  #fail(words, again) {
    this.#release();
    this.#phase = "failed";
    this.#onAgain = () => this.#start();
    this.screen.failed(words, again);
  }

  // Ends whatever is under way, without waiting for a summary: who comes back is shown it.
  #abandon() {
    this.#run += 1;
    if (this.#line?.welcomed) sessionStorage.setItem(LEFT, this.#line.secret);
    this.#line?.stop();
    this.#release();
    this.#phase = "idle";
    this.screen.close();
  }

  #letGo() {
    this.#opening += 1; // A camera that is being opened is not wanted any more.
    for (const release of this.#releases.splice(0)) release();
    closeCamera(this.#stream);
    this.#stream = null;
    this.video.srcObject = null;
  }

  #release() {
    clearTimeout(this.#awaitingTicket);
    clearInterval(this.#handing);
    this.#awaitingTicket = 0;
    this.#letGo();
    this.#line?.close();
    this.#line = null;
    this.drawing?.clear();
  }

  async #testSound() {
    const { voice, screen, data } = this;
    voice.unlock();
    await voice.load([data.sound_test.say]);
    if (voice.broken) screen.note(TROUBLE_WORDS.mute);
    else if (voice.blocked) screen.note(TROUBLE_WORDS.silent);
    else {
      this.#speak(data.sound_test.say, true);
      screen.note(OTHER_WORDS.heard(data.sound_test.text));
    }
  }
}

const pages = new WeakMap();

// Streamlit calls this when the component is mounted and again with every rerun of the page.
export default function (component) {
  const { parentElement } = component;
  const root = parentElement.querySelector("[data-formcheck-live]");
  let page = pages.get(parentElement);
  if (page && page.root === root) page.update(component);
  else {
    page?.leave();
    page = new LivePage(root, component);
    pages.set(parentElement, page);
  }
  return () => {
    pages.delete(parentElement);
    page.leave();
  };
}
