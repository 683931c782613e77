// The line to the program on the computer: frames out, moments in, and taking it up again when cut.

const PROTOCOL = "formcheck.live.1";
const ALIVE_EVERY_MS = 2000;
const RETRY_FOR_MS = 15000; // The program keeps a cut session for so long.
const FIRST_TRY_FOR_MS = 5000;
const RETRY_AFTER_MS = [250, 500, 1000, 2000];
const WELCOME_WITHIN_MS = 8000;
const END_WITHIN_MS = 20000; // The program writes its clip first.
const ANSWER_WITHIN_MS = 8000; // Without an answer to a frame the line is taken for cut.

// told: { welcome(message), moment(message), ended(message), refused(message), cut(), gone() }
class Line {
  constructor(url, told) {
    this.url = url;
    this.told = told;
    this.socket = null;
    this.secret = "";
    this.seq = 0;
    this.answered = 0; // Frames up to here need no answer any more.
    this.maxInFlight = 0;
    this.open = false;
    this.over = false;
    this.heardAt = 0;
    this.answering = false;
    this.cutAt = null;
    this.tries = 0;
    this.welcomed = false;
    this.stoppedAt = null; // When the end was asked for.
    this.alive = setInterval(() => this.#beat(), ALIVE_EVERY_MS);
  }

  start(ticket) {
    this.secret = `ticket.${ticket}`;
    this.cutAt = performance.now();
    this.#connect();
  }

  // Takes up a session that another page began, by its key.
  takeUp(secret) {
    this.secret = secret;
    this.welcomed = true;
    clearInterval(this.alive);
    this.again();
  }

  // Tries once more after it was given up.
  again() {
    this.over = false;
    this.cutAt = performance.now();
    this.tries = 0;
    this.alive = setInterval(() => this.#beat(), ALIVE_EVERY_MS);
    this.#connect();
  }

  get free() {
    return this.open && this.seq - this.answered < this.maxInFlight;
  }

  // How long a frame has been without an answer, in ms; 0 when none is on its way.
  get waited() {
    const waiting = this.open && this.answering && this.seq > this.answered;
    return waiting ? performance.now() - this.heardAt : 0;
  }

  // Sends one frame: its number, its time of capture, and a JPEG.
  send(seq, t_ms, jpeg) {
    if (!this.open) return;
    const message = new Uint8Array(12 + jpeg.byteLength);
    const header = new DataView(message.buffer);
    header.setUint32(0, seq, true);
    header.setFloat64(4, t_ms, true);
    message.set(new Uint8Array(jpeg), 12);
    this.socket.send(message);
  }

  // A number for the next frame, which counts as in flight from now on.
  take() {
    if (this.seq === this.answered) this.heardAt = performance.now();
    this.seq += 1;
    return this.seq;
  }

  // A frame that could not be sent is not waited for.
  forget(seq) {
    this.answered = Math.max(this.answered, seq);
  }

  // Asks for the end; "ended" follows.
  stop() {
    this.stoppedAt = performance.now();
    this.answered = this.seq;
    this.maxInFlight = 0;
    this.#tell({ type: "stop" });
  }

  // Hangs up for good.
  close() {
    this.over = true;
    this.open = false;
    this.stoppedAt = null;
    clearInterval(this.alive);
    const { socket } = this;
    this.socket = null;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    if (socket.readyState <= WebSocket.OPEN) socket.close(1000);
  }

  #tell(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #connect() {
    let socket;
    try {
      socket = new WebSocket(this.url, [PROTOCOL, this.secret]);
    } catch {
      this.#lost();
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => socket.close(), WELCOME_WITHIN_MS);
    socket.onmessage = (event) => {
      clearTimeout(late);
      if (socket === this.socket) this.#heard(JSON.parse(event.data));
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (socket === this.socket) this.#lost();
    };
  }

  #heard(message) {
    this.heardAt = performance.now();
    if (message.type === "welcome") this.#welcome(message);
    else if (message.type === "moment" || message.type === "notice") {
      this.answering = true;
      this.answered = Math.max(this.answered, message.seq);
      this.told[message.type](message);
    } else if (message.type === "ended" || message.type === "refused") {
      const resuming = this.welcomed;
      this.close();
      this.told[message.type](message, resuming);
    }
  }

  #welcome(message) {
    this.secret = `resume.${message.resume}`;
    this.maxInFlight = message.max_in_flight;
    this.answered = this.seq;
    this.cutAt = null;
    this.tries = 0;
    this.open = true;
    this.welcomed = true;
    this.told.welcome(message);
  }

  #lost() {
    this.open = false;
    this.socket = null;
    if (this.over) return;
    const now = performance.now();
    if (this.cutAt === null) {
      this.cutAt = now;
      this.told.cut();
    }
    const patience = this.welcomed ? RETRY_FOR_MS : FIRST_TRY_FOR_MS;
    if (now - this.cutAt > patience) {
      this.close();
      this.told.gone(this.welcomed);
      return;
    }
    const wait = RETRY_AFTER_MS[Math.min(this.tries, RETRY_AFTER_MS.length - 1)];
    this.tries += 1;
    setTimeout(() => {
      if (!this.over) this.#connect();
    }, wait);
  }

  #beat() {
    if (!this.open) return; // Before it was welcomed, a word from here would spend the key.
    this.#tell({ type: "alive" });
    const dead =
      this.stoppedAt === null
        ? this.waited >= ANSWER_WITHIN_MS
        : performance.now() - this.stoppedAt >= END_WITHIN_MS;
    if (document.hidden || !dead) return;
    const { socket } = this;
    this.#lost();
    socket.onclose = null;
    socket.close();
  }
}
