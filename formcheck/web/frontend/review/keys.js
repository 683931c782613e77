// One list of keys: what is registered here works, and stands in the help (?).

const TYPED_IN = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]";
const PRESSED = "button, a[href], summary, input, [role=button], [role=option]";
const CALM_MS = 240;
const NAMES = {
  " ": "space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

export class Keys {
  constructor(target = window) {
    this.list = []; // { key, modifiers, what, fn, typing, group }, in the order of the help.
    this.ending = new AbortController();
    this.leftAt = -Infinity; // When a key was last pressed in a field or on a button.
    const { signal } = this.ending;
    target.addEventListener("keydown", (event) => this.#note(event), { signal, capture: true });
    target.addEventListener("keydown", (event) => this.#pressed(event), { signal });
  }

  // key: as KeyboardEvent.key, letters in lower case. modifiers: "", "shift", "ctrl" (or ⌘),
  // "ctrl+shift". what: words for the help; empty: not listed. fn(event): false says that the key
  // was not used, and the next one may have it. options.typing: also while something is typed.
  // options.calm: not right after a key in a field, for what an Enter too many should not do.
  // options.group: heading in the help. Gives a function that takes the key back.
  register(key, modifiers, what, fn, options = {}) {
    const entry = { key, modifiers, what, fn, typing: false, calm: false, group: "Picture", ...options };
    this.list.push(entry);
    return () => {
      this.list = this.list.filter((each) => each !== entry);
    };
  }

  // For the help: group → [{ keys: [names], what }].
  help() {
    const groups = new Map();
    for (const entry of this.list.filter(({ what }) => what)) {
      if (!groups.has(entry.group)) groups.set(entry.group, []);
      const lines = groups.get(entry.group);
      const same = lines.find(({ what }) => what === entry.what);
      if (same) same.keys.push(nameOf(entry));
      else lines.push({ keys: [nameOf(entry)], what: entry.what });
    }
    return groups;
  }

  dispose() {
    this.ending.abort();
    this.list = [];
  }

  #note(event) {
    this.hot = event.repeat || event.timeStamp - this.leftAt < CALM_MS;
    if (elementOf(event).closest(TYPED_IN) || elementOf(event).closest(PRESSED)) this.leftAt = event.timeStamp;
  }

  #pressed(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const element = elementOf(event);
    const typing = element.closest(TYPED_IN) !== null || document.querySelector("dialog:modal") !== null;
    const modifiers = modifiersOf(event);
    const presses = !modifiers && ["Enter", " "].includes(event.key) && element.closest(PRESSED);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    // The newest first: a tool that is open may take a key for itself.
    for (const entry of [...this.list].reverse()) {
      if (entry.key !== key || entry.modifiers !== modifiers) continue;
      if ((typing || presses) && !entry.typing) continue;
      if (entry.calm && this.hot) continue;
      if (entry.fn(event) === false) continue;
      event.preventDefault();
      return;
    }
  }
}

function elementOf(event) {
  const from = event.composedPath()[0];
  return from instanceof Element ? from : document.body;
}

// What is held beside the key; shift is a part of signs such as "?", and AltGr of "[".
function modifiersOf(event) {
  const sign = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase() && event.key !== " ";
  const altGr = event.getModifierState("AltGraph");
  if (event.altKey && !altGr) return "alt";
  const held = [];
  if ((event.ctrlKey && !altGr) || event.metaKey) held.push("ctrl");
  if (event.shiftKey && !sign) held.push("shift");
  return held.join("+");
}

function nameOf({ key, modifiers }) {
  const name = NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return [...modifiers.split("+").filter(Boolean), name].join(" + ");
}
