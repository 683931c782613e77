// One band: where its warning and its fault begin, each with a slider and a number.

import { button, made } from "./dom.js";

const ENDS = { warn: "Warning from", fault: "Fault from" };
const UNITS = { "°": "degrees", cm: "centimetres", "%": "per cent", s: "seconds", ms: "milliseconds" };

export class LimitRow {
  // limit: one of limits.json. person: whose session it is. fn(): called when it was moved.
  constructor(limit, person, fn) {
    this.limit = limit;
    this.person = person;
    this.fn = fn;
    this.band = { ...limit.session };
    this.fields = Object.fromEntries(Object.keys(ENDS).map((end) => [end, this.#fields(end)]));
    this.mark = made("p.mark", { hidden: true });
    this.care = made("p.care", { hidden: true });
    this.reset = button("As the rule has it", () => this.#toRule(), { ariaLabel: `${this.title}: as the rule has it` });
    this.element = made("fieldset.limit", { "data-name": limit.name }, made("legend", {}, this.title), made("p.soft", {}, `${limit.measure}, ${limit.compared}`), ...Object.values(this.fields).map(({ row }) => row), this.mark, this.care, this.reset, this.#source());
    this.show();
  }

  get title() {
    return this.limit.absolute ? `${this.limit.title} (while there is no neutral)` : this.limit.title;
  }

  // What is other than in the rule, as the server reads it.
  changes() {
    const { name, rule } = this.limit;
    return Object.keys(ENDS).filter((end) => this.band[end] !== rule[end]).map((end) => `${name}.${end}=${this.band[end]}`);
  }

  get moved() {
    return this.changes().length > 0;
  }

  // Further out than the rule has it: something is said later, or not any more.
  get loosened() {
    const { rule, side } = this.limit;
    return Object.keys(ENDS).some((end) => (side === "high" ? this.band[end] > rule[end] : this.band[end] < rule[end]));
  }

  put(band) {
    this.band = { ...band };
    this.show();
  }

  show() {
    const { rule, back, why } = this.limit;
    for (const [end, { slider, number }] of Object.entries(this.fields)) {
      const value = this.band[end];
      slider.value = String(value);
      slider.setAttribute("aria-valuetext", this.written(value));
      if (document.activeElement !== number || Number(number.value) !== value) number.value = String(value);
    }
    this.mark.hidden = !this.moved;
    this.mark.textContent = `Changed. The rule has ${this.written(rule.warn)} and ${this.written(rule.fault)}${this.loosened ? "; this is more lenient" : "; this is stricter"}.`;
    this.element.classList.toggle("moved", this.moved);
    this.reset.hidden = !this.moved;
    this.care.hidden = !(back && this.loosened);
    if (!this.care.hidden) this.care.replaceChildren(made("strong", {}, "This limit protects the back. "), why, ` What is safe for ${this.person || "this person"} can't be known by the program: you decide.`);
  }

  written(value) {
    const { unit } = this.limit;
    return `${String(value).replace("-", "−")}${unit === "°" || !unit ? unit : ` ${unit}`}`;
  }

  #fields(end) {
    const { min, max, step, unit } = this.limit;
    const label = `${this.title}, ${ENDS[end].toLowerCase()}${unit ? `, in ${UNITS[unit] ?? unit}` : ""}`;
    const range = { min: String(min), max: String(max), step: String(step) };
    const slider = made("input", { type: "range", ...range, "aria-label": label });
    const number = made("input", { type: "number", ...range, "aria-label": `${label}, as a number` });
    slider.oninput = () => this.#move(end, slider.valueAsNumber);
    number.oninput = () => this.#typed(end, number);
    number.onchange = () => this.show();
    const row = made(`div.end.${end}`, {}, made("span", { "aria-hidden": "true" }, ENDS[end]), slider, made("span.amount", {}, number, made("span", { "aria-hidden": "true" }, unit)));
    return { row, slider, number };
  }

  #typed(end, number) {
    const value = number.valueAsNumber;
    const { min, max } = this.limit;
    if (Number.isFinite(value) && value >= min && value <= max) this.#move(end, value);
  }

  // A boundary that is put beyond the other one takes it along, so that the warning stays as wide.
  #move(end, value) {
    const { rule, min, max } = this.limit;
    const width = rule.fault - rule.warn;
    const other = end === "warn" ? "fault" : "warn";
    const band = { ...this.band, [end]: value };
    if ((band.fault - band.warn) * width <= 0) {
      const along = this.#round(value + (end === "warn" ? width : -width));
      band[other] = Math.min(max, Math.max(min, along));
      if (band[other] !== along) band[end] = this.#round(band[other] - (end === "warn" ? width : -width));
    }
    this.put(band);
    this.fn();
  }

  #round(value) {
    return Number(value.toFixed(this.limit.decimals));
  }

  #toRule() {
    this.put(this.limit.rule);
    this.fields.warn.slider.focus();
    this.fn();
  }

  #source() {
    const { why, source, error, said } = this.limit;
    return made("details", {}, made("summary", {}, "Where this limit comes from"), made("p", {}, why), made("p", {}, source), made("p.soft", {}, `The measure itself is off by up to ${this.written(error)} either way.${said ? ` What is said: “${said}”.` : ""}`));
  }
}
