// Other limits for a client: moved, shown at once on the whole page, and kept as theirs.

import { button, made } from "./dom.js";
import { LimitRow } from "./limit_row.js";
import { sentenceOf } from "./state.js";
import { Trying } from "./trying.js";

const STYLE = "/formcheck/front/review/limits.css";
const MOST_LINES = 12;

export function mount(root, { state, keys }) {
  if (!document.querySelector(`link[href="${STYLE}"]`)) document.head.append(made("link", { rel: "stylesheet", href: STYLE }));
  const box = root.closest("details");
  const panel = new Panel(root, state);
  const open = () => box.open && panel.load();
  box.addEventListener("toggle", open);
  open();
  const off = keys.register("l", "shift", "Try other limits", () => {
    box.open = true;
    box.querySelector("summary").focus();
    box.scrollIntoView({ block: "nearest" });
  });
  return () => {
    off();
    box.removeEventListener("toggle", open);
    panel.dispose();
  };
}

class Panel {
  constructor(root, state) {
    this.root = root;
    this.state = state;
    this.told = null; // limits.json
    this.rows = [];
    this.loading = null;
    this.trying = new Trying(state, () => this.show());
    this.banner = made("div.other-limits", { hidden: true });
    document.querySelector("#timeline").before(this.banner);
    this.unfinished = () => (this.why?.value.trim() ? "You have written why other limits are right and have not kept them." : "");
    state.unfinished.add(this.unfinished);
    root.replaceChildren(made("p.soft", { role: "status" }, "Loading the limits…"));
  }

  dispose() {
    this.state.unfinished.delete(this.unfinished);
    this.trying.dispose();
    this.banner.remove();
  }

  load() {
    this.loading ??= this.#load();
    return this.loading;
  }

  async #load() {
    try {
      this.#build(await this.#fetched());
    } catch (error) {
      this.loading = null;
      const again = button("Try again", () => this.load());
      this.root.replaceChildren(made("p", { role: "alert" }, error.message), again);
    }
  }

  async #fetched() {
    const answer = await fetch(`${this.state.base}limits.json`, { cache: "no-store" }).catch(() => null);
    if (!answer) throw new Error("formcheck can't be reached. Look whether it still runs.");
    if (!answer.ok) throw new Error(await sentenceOf(answer, "The limits can't be read."));
    return answer.json();
  }

  #build(told) {
    this.told = told;
    const { person } = told;
    this.rows = told.limits.map((limit) => new LimitRow(limit, person, () => this.#moved()));
    this.state_line = made("p.soft", { role: "status" });
    this.sets = made("div.row", { role: "group", "aria-label": "Put all limits" });
    this.news = made("div.news", { role: "status" });
    this.keeping = made("div.keeping");
    this.history = made("details");
    this.root.replaceChildren(
      made("p.soft", {}, "Move a limit, and the page shows what would have been said with it. Nothing is changed until you keep it."),
      ...(told.problem ? [made("p.care", {}, told.problem)] : []),
      this.sets,
      this.state_line,
      this.news,
      made("div.limits", {}, ...this.rows.map(({ element }) => element)),
      this.keeping,
      this.history,
    );
    this.#buildKeeping();
    this.#buildHistory(told.history);
    this.show();
  }

  #buildKeeping() {
    const { person, keeps } = this.told;
    if (keeps) {
      this.keeping.replaceChildren(made("p.soft", {}, keeps));
      return;
    }
    this.why = made("textarea", { rows: 2, maxLength: 1000, id: "limits-why", oninput: () => this.show() });
    this.keep = button(`Keep for ${person}`, () => this.#keep(), { className: "main" });
    this.kept = made("p", { role: "status" });
    this.keeping.replaceChildren(made("h3", {}, `Keep for ${person}`), made("label", { for: "limits-why" }, "Why these limits are right for them"), this.why, this.keep, this.kept);
  }

  #buildHistory(rows) {
    this.history.hidden = rows.length === 0;
    const items = rows.map(({ at, by, why, what }) => made("li", {}, made("strong", {}, what), made("span.soft", {}, ` ${by}, ${new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}: ${why}`)));
    this.history.replaceChildren(made("summary", {}, `What was changed for ${this.told.person} so far`), made("ul.plain-list", {}, ...items));
  }

  changes() {
    return this.rows.flatMap((row) => row.changes());
  }

  #is(name) {
    return this.rows.every(({ band, limit }) => band.warn === limit[name].warn && band.fault === limit[name].fault);
  }

  #moved() {
    if (this.kept) this.kept.textContent = "";
    if (this.#is("session")) this.trying.back();
    else this.trying.ask(this.changes());
  }

  #put(name) {
    for (const row of this.rows) row.put(row.limit[name]);
    this.#moved();
    this.show();
  }

  show() {
    if (!this.told) return;
    const { person } = this.told;
    const sets = { session: "As in this session", rule: "As the rule has it" };
    if (this.told.limits[0]?.person) sets.person = `As ${person} has it`;
    const focused = [...this.sets.children].indexOf(document.activeElement);
    this.sets.replaceChildren(...Object.entries(sets).map(([name, words]) => button(words, () => this.#put(name), { "aria-pressed": String(this.#is(name)) })));
    this.sets.children[focused]?.focus();
    this.state_line.textContent = this.trying.busy ? "Judging again…" : this.trying.problem;
    this.state_line.classList.toggle("problem", Boolean(this.trying.problem) && !this.trying.busy);
    this.#showNews();
    this.#showBanner();
    if (this.keep) this.keep.disabled = this.trying.busy || Boolean(this.trying.problem) || !this.why.value.trim();
  }

  #showNews() {
    const { answer } = this.trying;
    if (!answer) {
      this.news.replaceChildren();
      return;
    }
    const lines = answer.told.slice(0, MOST_LINES).map((line) => made("li", {}, line));
    const more = answer.told.length - lines.length;
    if (more > 0) lines.push(made("li.soft", {}, `and ${more} more`));
    this.news.replaceChildren(made("h3", {}, "What would have been said"), made("ul.plain-list", {}, ...lines));
  }

  // Over the timeline for as long as the page shows anything but what was said.
  #showBanner() {
    const shown = this.trying.answer?.limits ?? [];
    this.banner.hidden = shown.length === 0;
    if (this.banner.hidden) return;
    const back = button("Back to what was said", () => {
      this.#put("session");
      document.querySelector("#limits-box summary").focus();
    });
    this.banner.replaceChildren(made("p", {}, made("strong", {}, "Shown with other limits. "), `${shown.join("; ")}.`), back);
  }

  async #keep() {
    const { person } = this.told;
    const loosened = this.rows.filter(({ limit, loosened }) => limit.back && loosened).map(({ title }) => title);
    const sent = { changes: this.changes(), why: this.why.value.trim() };
    this.keep.disabled = true;
    const answer = await fetch(`${this.state.base}profile`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent) }).catch(() => null);
    if (!answer?.ok) {
      this.kept.textContent = answer ? await sentenceOf(answer, "These limits were not kept.") : "formcheck can't be reached. Nothing was kept.";
      this.show();
      return;
    }
    const { limits, history } = await answer.json();
    this.why.value = "";
    const told = await this.#fetched().catch(() => null);
    if (told) this.told = told;
    told?.limits.forEach((limit, place) => Object.assign(this.rows[place].limit, limit));
    this.#buildHistory(history);
    const care = loosened.length ? ` More lenient than the rule, for the back: ${loosened.join(", ")}.` : "";
    this.kept.textContent = limits.length ? `Kept. From now on ${person}'s sessions are judged so: ${limits.join("; ")}.${care}` : `Kept. From now on ${person}'s sessions are judged as the rule has it.`;
    this.state.say(`Kept for ${person}`);
    this.show();
  }
}
