// The two sessions in numbers: now, in the chosen repetitions, and as a whole.

import { made } from "./dom.js";
import { NEAR_WORDS, momentRow, reportRows, unitRows } from "./compare_facts.js";

export class Table {
  constructor(root, pair, comparable) {
    const { a, b } = pair.sides;
    this.pair = pair;
    this.comparable = comparable;
    this.now = made("tbody");
    this.units = made("tbody");
    const whole = made("tbody", {}, head("Whole session"), ...reportRows(a.page, b.page, comparable).map(row));
    const top = ["", "A", "B", "Difference, B − A"].map((text) => (text ? made("th", { scope: "col" }, text) : made("td")));
    const table = made("table", {}, made("caption", {}, "In numbers"), made("thead", {}, made("tr", {}, ...top)), this.now, this.units, whole);
    root.replaceChildren(made("div.scroll", { tabIndex: 0, role: "region", "aria-label": "In numbers" }, table));
    const remark = comparable ? NEAR_WORDS : "Differences are told of times and counts alone: what was measured of the body can't be compared here.";
    root.append(made("p.soft", {}, remark));
  }

  // shared: the measure that is plotted, or undefined.
  show(shared) {
    const { sides, chosen } = this.pair;
    const moment = shared ? [momentRow(shared, sides.a.t_s, sides.b.t_s, this.comparable)] : [];
    fill(this.now, "At this moment", moment);
    const [a, b] = [sides.a.units[chosen.a], sides.b.units[chosen.b]];
    const rows = a && b ? unitRows(sides.a.page, a, sides.b.page, b, this.comparable) : [];
    fill(this.units, a && b ? `A: ${a.title}; B: ${b.title}` : "", rows);
  }
}

function fill(body, title, rows) {
  const said = JSON.stringify([title, rows]);
  if (body.dataset.said === said) return;
  body.dataset.said = said;
  body.replaceChildren(...(rows.length ? [head(title), ...rows.map(row)] : []));
}

function head(title) {
  return made("tr", {}, made("th.part", { scope: "rowgroup", colSpan: 4 }, title));
}

function row({ title, a, b, difference }) {
  return made("tr", {}, made("th", { scope: "row" }, title), ...[a, b, difference].map((text) => made("td", {}, text)));
}
