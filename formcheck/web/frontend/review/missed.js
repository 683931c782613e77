// M: the coach adds what was missed. First which check, then where it ends; the playhead was where
// it begins.

import { button, made } from "./dom.js";
import { opinionFor } from "./noting.js";
import { clock } from "./times.js";

const MOVES = { reps: ["rep", "Repetition that was not counted"], hops: ["jump", "Jump that was not counted"] };

export function mountMissed(root, { player, state, keys, group }) {
  let offs = [];
  const what = made("button.plain.wide", { type: "button", onclick: pressed }, "Add what was missed (M)");
  root.replaceChildren(what);
  what.hidden = !state.mayWrite;

  function choices() {
    const checks = (state.page.exercise.checks ?? []).map(({ code, title }) => ({ kind: "finding", check: code, title }));
    const move = MOVES[state.page.exercise.kind];
    return move ? [...checks, { kind: move[0], check: null, title: move[1], counts: true }] : checks;
  }

  function pressed() {
    if (state.adding) finish();
    else if (state.takesNotes()) choose();
  }

  function choose() {
    player.pause();
    const start_s = player.target_s;
    const field = made("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "missed-list", "aria-autocomplete": "list", "aria-label": "What was missed", placeholder: "Type or use the arrows, then Enter", autocomplete: "off" });
    const list = made("ul.choices", { id: "missed-list", role: "listbox", "aria-label": "What can be added" });
    let [shown, at] = [[], 0];
    const render = () => {
      const wanted = field.value.trim().toLowerCase();
      shown = choices().filter(({ title, check }) => `${title} ${check ?? ""}`.toLowerCase().includes(wanted));
      at = Math.min(at, Math.max(0, shown.length - 1));
      list.replaceChildren(...shown.map((choice, index) => made("li", { id: `missed-${index}`, role: "option", "aria-selected": String(index === at), onclick: () => begin(choice, start_s) }, choice.title)));
      field.setAttribute("aria-activedescendant", shown.length ? `missed-${at}` : "");
      list.children[at]?.scrollIntoView({ block: "nearest" });
    };
    field.oninput = () => {
      at = 0;
      render();
    };
    field.onkeydown = (event) => {
      if (event.key === "ArrowDown") at = (at + 1) % Math.max(1, shown.length);
      else if (event.key === "ArrowUp") at = (at + shown.length - 1) % Math.max(1, shown.length);
      else if (event.key === "Enter" && shown[at]) begin(shown[at], start_s);
      else if (event.key === "Escape") end();
      else return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key.startsWith("Arrow")) render();
    };
    root.replaceChildren(made("p", {}, `What was missed at ${clock(start_s, 2)}?`), field, list, button("Leave (Esc)", end));
    field.focus();
    render();
  }

  function begin(choice, start_s) {
    state.adding = { ...choice, start_s, end_s: start_s };
    const until = made("span", {}, clock(start_s, 2));
    root.replaceChildren(
      made("p", {}, made("strong", {}, choice.title), ` from ${clock(start_s, 2)} to `, until),
      made("p.soft", {}, "Go to where it ends, then press M or Enter. Esc drops it."),
      made("div.row", {}, button("It ends here (M)", finish), button("Drop (Esc)", drop)),
    );
    const off = player.onframe((frame, t_s) => {
      state.adding = { ...state.adding, end_s: t_s };
      until.textContent = clock(t_s, 2);
      state.tell("adding");
    });
    offs = [off, keys.register("Enter", "", "", finish), keys.register("Escape", "", "", drop)];
    document.activeElement?.blur();
    state.say(`${choice.title} from ${clock(start_s, 1)}: go to where it ends, then press M or Enter.`);
    state.tell("adding");
  }

  function finish() {
    if (!state.takesNotes()) return;
    const { kind, check, title, counts = null, start_s } = state.adding;
    const span = [start_s, player.target_s].sort((one, other) => one - other);
    end();
    const subject = { kind, check, start_s: span[0], end_s: span[1] };
    state.change(`${title}: added from ${clock(span[0], 1)} to ${clock(span[1], 1)}`, (notes) => ({
      ...notes,
      opinions: [...notes.opinions, opinionFor(state.page, "add", subject, { counts })],
    }));
    state.select("opinion", state.notes.opinions.length - 1);
  }

  function drop() {
    end();
    state.say("Nothing was added.");
  }

  function end() {
    offs.forEach((off) => off());
    offs = [];
    state.adding = null;
    root.replaceChildren(what);
    state.tell("adding");
  }

  const off = keys.register("m", "", "Add what was missed; again: it ends here", pressed, { group });
  return () => {
    off();
    offs.forEach((each) => each());
  };
}
