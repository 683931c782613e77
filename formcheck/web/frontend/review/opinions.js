// The list of findings and repetitions, and what the coach says to each: agree, overrule, add.

import { button, LEVEL_SIGNS, LEVEL_WORDS, made, reveal } from "./dom.js";
import { MOVES } from "./lanes.js";
import { mountMissed } from "./missed.js";
import { opinionFor, replaced, saidTo, withOpinion } from "./noting.js";
import { overruling } from "./overruling.js";
import { opinionOf, same, spoken, subjectsOf } from "./subjects.js";
import { clock } from "./times.js";

const UNDER_S = 0.1; // So far outside its span the playhead still counts as over it.
const GROUP = "Findings and notes";
const MANY = 60; // More repetitions or jumps than this are not gone through one by one.
const FILTERS = { all: "All", findings: "Findings", moves: "" };

export function mount(root, { player, state, keys }) {
  let rows = [];
  let form = null; // Of overruling, while it is open.
  let going = 0; // Jumps of the player that are under way.
  let filter = subjectsOf(state).filter(({ kind }) => kind === "rep" || kind === "jump").length > MANY ? "findings" : "all";
  const list = made("ul.found");
  const count = made("p.soft.count");
  const choice = made("div.row.filters", { role: "group", "aria-label": "Show" });
  const missed = made("div.missed");
  const ways = made("div.row.ways", {},
    button("◂", () => jump(-1), { ariaLabel: "Previous finding or rep (P)", title: "Previous (P)" }),
    button("▸", () => jump(1), { ariaLabel: "Next finding or rep (N)", title: "Next (N)" }));
  root.replaceChildren(made("div.head", {}, made("h2", {}, "Findings"), count, choice, ways), missed, list);

  const current = () => rows.find((row) => same(row, state.selected)) ?? null;

  // The list is one stop of the Tab key.
  const isStop = (row) => same(row, state.selected) || (row === rows[0] && !current());

  function render() {
    const subjects = subjectsOf(state);
    const isMove = ({ kind }) => kind === "rep" || kind === "jump";
    rows = subjects.filter((row) => filter === "all" || (filter === "moves") === isMove(row));
    const judged = rows.filter((row) => row.kind !== "opinion");
    const said = judged.filter((row) => opinionOf(state.notes, row)).length;
    count.textContent = judged.length ? `${said} of ${judged.length} answered` : "";
    choice.hidden = !subjects.some(isMove);
    choice.replaceChildren(...Object.entries(FILTERS).map(([name, words]) => {
      const shown = name === "moves" ? MOVES[state.page.exercise.kind] : words;
      return button(shown, () => { filter = name; render(); }, { "aria-pressed": String(filter === name) });
    }));
    list.replaceChildren(...(rows.length ? rows.map(item) : [made("li.nothing", {}, "Nothing was found. M adds what was missed.")]));
  }

  function item(row) {
    const chosen = same(row, state.selected);
    const opinion = opinionOf(state.notes, row);
    const line = made("li", { dataset: { level: row.level, kind: row.kind, index: row.index } });
    const face = made("button.item", { type: "button", onclick: () => goTo(row) },
      made("span.sign", { "aria-hidden": "true" }, row.kind === "opinion" ? "+" : LEVEL_SIGNS[row.level]),
      made("span.what", {}, made("strong", {}, row.title), " ", made("span.tag", {}, LEVEL_WORDS[row.level])),
      made("span.when.soft", {}, clock(row.at_s, 1)),
      made("span.more.soft", {}, [row.text, row.more].filter(Boolean).join(" · ")));
    if (opinion) face.append(made("span.said-to", { dataset: { verdict: opinion.verdict } }, saidTo(opinion)));
    if (chosen) face.setAttribute("aria-current", "true");
    face.tabIndex = isStop(row) ? 0 : -1;
    line.append(face);
    if (chosen && state.mayWrite) line.append(acts(row, opinion));
    return line;
  }

  function acts(row, opinion) {
    if (row.kind === "opinion") {
      return made("div.row.acts", {}, button("Level or reason (O)", overrule), button("Remove (Delete)", remove));
    }
    const pressed = (verdict) => ({ "aria-pressed": String(opinion?.verdict === verdict) });
    return made("div.row.acts", {}, button("Agree (A)", agree, pressed("agree")), button("Overrule (O)", overrule, pressed("overrule")));
  }

  // The chosen one in sight, and the keyboard where it was.
  function show(renew) {
    const from = list.contains(document.activeElement) ? document.activeElement : null;
    const acted = from?.closest(".acts") ? [...from.parentElement.children].indexOf(from) : -1;
    const inside = from?.matches(".item, .acts *") ?? false;
    renew();
    const chosen = list.querySelector("[aria-current]");
    if (chosen) reveal(chosen.parentElement);
    if (inside) (chosen?.parentElement.querySelectorAll(".acts button")[acted] ?? chosen)?.focus({ preventScroll: true });
  }

  // Another one is chosen: two lines change, however many there are.
  function choose() {
    const lines = [...list.children];
    rows.forEach((row, at) => {
      const shown = lines[at].querySelector("[aria-current]") !== null;
      const stop = lines[at].querySelector(".item").tabIndex === 0;
      if (shown !== same(row, state.selected) || stop !== isStop(row)) lines[at].replaceWith(item(row));
    });
  }

  async function goTo(row) {
    going += 1;
    state.select(row.kind, row.index);
    state.say(spoken(row), { shown: false });
    await player.seek_s(row.at_s);
    going -= 1;
  }

  function jump(by) {
    if (rows.length === 0) return state.say("There is nothing to go to.");
    const at = rows.findIndex((row) => same(row, state.selected));
    const t_s = player.target_s;
    const next = at >= 0 ? rows[at + by] : by > 0 ? rows.find((row) => row.at_s > t_s) : rows.findLast((row) => row.at_s < t_s);
    if (next) goTo(next);
    else state.say(by > 0 ? "That was the last one." : "That was the first one.");
  }

  // The one under the playhead, if no other one was chosen that is there as well.
  function follow(frame, t_s) {
    if (going || form?.contains(document.activeElement)) return;
    const under = rows.filter((row) => t_s >= row.start_s - UNDER_S && t_s <= row.end_s + UNDER_S);
    const now = current();
    if (now && under.includes(now)) return;
    if (!now && state.selected) return; // A comment, say.
    const found = under.findLast(({ kind }) => kind === "finding") ?? under.at(-1) ?? null;
    if (!same(found, now)) state.select(found?.kind ?? null, found?.index);
  }

  function agree() {
    const row = current();
    if (!row || row.kind === "opinion") return state.say("Go to a finding first: N is the next one.");
    form?.remove();
    const had = opinionOf(state.notes, row)?.verdict === "agree";
    const opinion = had ? null : opinionFor(state.page, "agree", row, row.counts === undefined ? {} : { counts: row.counts });
    state.change(`${row.title}: ${had ? "no longer agreed" : "agreed"}`, (notes) => withOpinion(notes, row, opinion));
  }

  function overrule() {
    const row = current();
    if (!row) return state.say("Go to a finding first: N is the next one.");
    if (!state.takesNotes()) return;
    form?.remove();
    const had = opinionOf(state.notes, row);
    if (row.kind !== "opinion") {
      if (had?.verdict === "overrule") {
        state.change(`${row.title}: no longer overruled`, (notes) => withOpinion(notes, row, null));
        return;
      }
      const counts = row.counts === undefined ? {} : { counts: !row.counts };
      if (!state.change(`${row.title}: overruled`, (notes) => withOpinion(notes, row, opinionFor(state.page, "overrule", row, counts)))) return;
    }
    openForm(row);
  }

  function openForm(row) {
    const place = list.querySelector("[aria-current]")?.parentElement;
    if (!place) return;
    player.pause(); // Another finding under the playhead would close the form.
    const said = () => (row.kind === "opinion" ? state.notes.opinions[row.index] : opinionOf(state.notes, row));
    const save = (changes) => {
      if (!said()) return;
      const changed = { ...said(), ...changes };
      const words = changes.level ? `${row.title}: you say ${LEVEL_WORDS[changes.level]}` : `${row.title}: reason noted`;
      state.change(words, (notes) => row.kind === "opinion"
        ? { ...notes, opinions: replaced(notes.opinions, row.index, changed) }
        : withOpinion(notes, row, changed));
    };
    form = overruling(row, said(), save, overrule);
    place.append(form);
    form.begin();
  }

  // What is typed in it is kept.
  function closeForm() {
    const open = form;
    form = null;
    open?.keep();
    open?.remove();
  }

  function remove() {
    const row = current();
    if (row?.kind !== "opinion") return false;
    state.select(null);
    return state.change(`${row.title}: removed`, (notes) => ({ ...notes, opinions: replaced(notes.opinions, row.index, null) }));
  }

  const changed = (what) => {
    if (what === "page" || what === "selected") closeForm();
    if (what === "selected") show(choose);
    else if (what === "page") show(render);
    else if (what === "notes") behindForm(() => show(render));
  };

  // While a form is open, its line stays and the others are made anew.
  function behindForm(renew) {
    if (!form?.isConnected) return renew();
    const focused = form.contains(document.activeElement) ? document.activeElement : null;
    renew();
    list.querySelector("[aria-current]")?.parentElement.append(form);
    return focused?.focus();
  }

  list.onkeydown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !event.target.matches(".item")) return;
    event.preventDefault();
    jump(by);
  };

  const offs = [
    keys.register("n", "", "Next finding or rep", () => jump(1), { group: GROUP }),
    keys.register("p", "", "Previous finding or rep", () => jump(-1), { group: GROUP }),
    keys.register("a", "", "Agree; again: take it back", agree, { group: GROUP }),
    keys.register("o", "", "Overrule; again: take it back", overrule, { group: GROUP }),
    keys.register("Delete", "", "Remove what you added", remove, { group: GROUP }),
    player.onframe(follow),
    state.subscribe(changed),
    mountMissed(missed, { player, state, keys, group: GROUP }),
  ];
  // Done is also said from within the form: its words go along.
  const keepReason = () => {
    form?.keep();
    return "";
  };
  state.unfinished.add(keepReason);
  offs.push(() => state.unfinished.delete(keepReason));
  render();
  return () => offs.forEach((off) => off());
}
