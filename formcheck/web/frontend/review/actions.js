// What is done with a session as a whole: compare, export, done and on to the next one.

import { button, made } from "./dom.js";
import { mountExports } from "./exports.js";

const GROUP = "Session";
const LIBRARY = "/library";

export function mount(root, { state, keys, help }) {
  const exports = made("div.exports");
  const done = made("button.main", { type: "button", onclick: finish });
  const again = button("Not reviewed after all", () => state.review(false).then((went) => went && state.say("This session is open again.")));
  root.replaceChildren(compared(state), exports, button("Keys (?)", help), again, done);
  const finished = document.querySelector("#finished");
  let busy = false;

  function render() {
    const { reviewed } = state.page;
    done.textContent = reviewed ? "Reviewed ✓ – next" : "Done – next";
    done.title = "Enter, or Ctrl + Enter";
    done.hidden = !state.mayWrite;
    again.hidden = !reviewed || !state.mayWrite;
  }

  // Marks the session, and opens the next one that waits.
  async function finish() {
    if (busy) return;
    const open = [...state.unfinished].map((ask) => ask()).find(Boolean);
    if (open) return state.say(open);
    busy = true;
    done.disabled = true;
    try {
      if (!(await state.review(true))) return;
      const answer = await fetch(`${state.base}next`, { cache: "no-store" });
      const { number } = answer.ok ? await answer.json() : { number: null };
      if (number === null || number === undefined) nothingLeft();
      else location.assign(`/formcheck/review/${number}/`);
    } catch {
      state.say("formcheck can't be reached. This session is marked as reviewed; try again for the next one.");
    } finally {
      busy = false;
      done.disabled = false;
    }
  }

  function nothingLeft() {
    const close = button("Stay here", () => finished.close());
    finished.replaceChildren(
      made("h2", { id: "finished-title" }, "That was the last one"),
      made("p", {}, "Every session that you may see is reviewed."),
      made("div.row", {}, made("a.main.as-button", { href: LIBRARY }, "Back to the library"), close),
    );
    finished.showModal();
    finished.querySelector("a").focus();
  }

  const offs = [
    keys.register("Enter", "", "Done, and on to the next session", finish, { group: GROUP, calm: true }),
    keys.register("Enter", "ctrl", "Done, and on to the next session", finish, { group: GROUP, typing: true }),
    keys.register("z", "ctrl", "Undo", () => state.undo(), { group: GROUP }),
    state.subscribe((what) => ["notes", "page"].includes(what) && render()),
    mountExports(exports, { state }),
  ];
  render();
  return () => offs.forEach((off) => off());
}

function compared({ page }) {
  if (!page.others?.length) return made("a.as-button.plain", { href: LIBRARY, title: "Choose another session in the library" }, "Compare…");
  const choice = made("select", { "aria-label": "Compare with another session" }, new Option("Compare with…", ""));
  choice.append(...page.others.map(({ number, person, began }) => {
    const day = new Date(began).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    return new Option([person, day].filter(Boolean).join(", "), String(number));
  }));
  choice.onchange = () => choice.value && location.assign(`/formcheck/compare/${page.number}/${choice.value}/`);
  return choice;
}
