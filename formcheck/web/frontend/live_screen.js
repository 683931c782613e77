// What stands on the screen around the picture, in type that is read from three metres.

const CUE_SHOWN_MS = 2600;
const COUNT_SHOWN_MS = 1000;
const TROUBLES = ["lost", "unanswered", "hidden", "frozen", "computer", "camera", "notice", "silent", "mute"];

class Screen {
  // root: the section of live.html. texts: { title, countdown }.
  constructor(root, texts) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.stage = this.find(".stage");
    this.countdown = new Set(texts.countdown);
    this.find(".title").textContent = texts.title;
    this.cue = null; // { text, level, until }
    this.troubles = new Map();
    this.ready = "";
    this.put(".clock .what", "");
  }

  put(selector, text) {
    const element = this.find(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  open() {
    this.#hide(".failed", true);
    this.#hide(".check", true);
    this.#hide(".score", true);
    this.troubles.clear();
    this.#showTroubles();
    this.cue = null;
    for (const selector of [".clock .big", ".clock .what", ".clock .more", ".count", ".said"]) {
      this.put(selector, "");
    }
    this.find(".stop").disabled = false;
    this.stage.dataset.state = "opening";
    this.message(OTHER_WORDS.opening);
    if (!this.stage.open) this.stage.showModal();
    this.find(".stop").focus();
  }

  close() {
    if (this.stage.open) this.stage.close();
  }

  note(text) {
    this.put(".note", text);
  }

  message(text, level = null, strong = false) {
    const holder = this.find(".message");
    holder.dataset.level = level ?? "";
    holder.dataset.strong = strong;
    this.put(".message .sign", level ? (LEVEL_SIGNS[level] ?? "") : "");
    this.put(".message .text", text);
  }

  // Everything of one moment but its cue and what is drawn over the picture.
  show(moment) {
    const { clock, score, message } = moment;
    this.put(".clock .big", clock.big);
    this.put(".clock .what", clock.title);
    this.put(".clock .more", clock.note);
    this.#hide(".score", score === null);
    if (score !== null) this.put(".score .big", String(Math.round(score)));
    this.stage.dataset.state = moment.started ? "running" : "checking";
    this.#check(moment);
    if (this.cue && performance.now() >= this.cue.until) this.cue = null;
    if (moment.leaving_s !== null) {
      const seconds = Math.max(0, Math.ceil(moment.leaving_s));
      this.put(".count", String(seconds));
      this.message(OTHER_WORDS.leaving(seconds), "warning", true);
      return;
    }
    this.put(".count", this.cue?.counts ? this.cue.text : "");
    if (this.cue && !message.strong) this.message(this.cue.text, this.cue.level, true);
    else this.message(message.text, message.level, message.strong);
  }

  // A cue, at once: what is said is also read, and a countdown fills the picture.
  cueOf({ cue, message }) {
    const counts = cue.kind === "setup" && this.countdown.has(cue.text);
    this.cue = {
      text: cue.text,
      counts,
      level: message.text === cue.text ? message.level : null,
      until: performance.now() + (counts ? COUNT_SHOWN_MS : CUE_SHOWN_MS),
    };
    this.put(".said", cue.text);
    this.put(".count", counts ? cue.text : "");
  }

  // The camera check, until something was held or done.
  #check({ ready, started }) {
    this.#hide(".check", started);
    if (started) return;
    const now = JSON.stringify(ready);
    if (now === this.ready) return;
    this.ready = now;
    this.find(".check ul").replaceChildren(...ready.map(readyItem));
    const good = ready.length > 0 && ready.every((point) => point.state === "good");
    this.find(".check").dataset.good = good;
    this.#hide(".all-good", !good);
  }

  // Cameras to choose from, in the check.
  cameras(cameras, current) {
    this.#hide(".cameras", cameras.length < 2);
    const options = cameras.map(({ id, name }) => new Option(name, id, false, id === current));
    this.find(".cameras select").replaceChildren(...options);
  }

  // A trouble that the session goes on with; text only for "notice".
  trouble(code, on = true, text = TROUBLE_WORDS[code]) {
    if (this.troubles.get(code) === (on ? text : undefined)) return;
    if (on) this.troubles.set(code, text);
    else this.troubles.delete(code);
    this.#showTroubles();
  }

  #showTroubles() {
    const shown = TROUBLES.filter((code) => this.troubles.has(code)).slice(0, 2);
    this.find(".trouble").replaceChildren(
      ...shown.map((code) => {
        const line = document.createElement("p");
        line.dataset.trouble = code;
        line.textContent = this.troubles.get(code);
        return line;
      }),
    );
  }

  finishing() {
    this.stage.dataset.state = "finishing";
    this.find(".stop").disabled = true;
    this.#hide(".check", true);
    this.put(".count", "");
    this.message(OTHER_WORDS.finishing);
  }

  // The session can't go on. again: words of the button that does something about it.
  failed([title, text], again) {
    this.stage.dataset.state = "failed";
    this.#hide(".check", true);
    this.troubles.clear();
    this.#showTroubles();
    this.put(".count", "");
    this.put(".said", "");
    this.message("");
    this.put(".failed h3", title);
    this.put(".failed > p", text);
    this.put(".failed .again", again);
    this.#hide(".failed", false);
    this.find(".failed .again").focus();
  }

  #hide(selector, hidden) {
    this.find(selector).hidden = hidden;
  }
}

function readyItem({ name, title, state, advice }) {
  const [sign, word] = READY_WORDS[state];
  const item = document.createElement("li");
  item.dataset.state = state;
  item.dataset.name = name;
  const parts = [
    ["sign", sign],
    ["what", title],
    ["state", advice ? `${word}: ${advice}` : word],
  ].map(([kind, text]) => {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = text;
    return part;
  });
  parts[0].ariaHidden = "true";
  item.append(...parts);
  return item;
}
