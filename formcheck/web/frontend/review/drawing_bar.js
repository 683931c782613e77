// The tool bar under the picture, what to do next in words, and the list of all drawings.

import { button, made } from "./dom.js";
import { angleDeg } from "./drawing_geometry.js";
import { SELECT } from "./drawing_model.js";
import { COLOURS, SHAPES, SPANS_S, degrees, measuredAt, shapeOf, spanOf, spanWords, wordsOf } from "./drawing_shapes.js";

const TOOLS = [...SHAPES, { name: SELECT, title: "Select", key: "s" }];

export class DrawingBar {
  constructor(root, model, state) {
    this.root = root;
    this.model = model;
    this.state = state;
    this.opener = button("Draw", () => model.show(!model.open), { title: "Drawing tools (D)", "aria-expanded": "false", className: "plain opener" });
    this.tools = new Map(TOOLS.map((tool) => [tool.name, this.#tool(tool)]));
    this.colours = COLOURS.map((colour) => this.#colour(colour));
    this.snap = made("input", { type: "checkbox", onchange: () => model.set("snapping", this.snap.checked) });
    this.span = made("select", { "aria-label": "How long it is shown", title: "How long it is shown (U)", onchange: () => model.setSpan(Number(this.span.value)) });
    this.remove = button("Delete", () => model.remove(), { title: "Delete what is selected (Delete)" });
    this.undo = button("Undo", () => state.undo(), { title: "Take the last change back (Ctrl + Z)" });
    this.prompt = made("p.prompt", { "aria-live": "polite" });
    this.angle = made("p.angle.soft");
    this.list = made("ul");
    this.listing = made("details.list", {}, made("summary"), this.list);
    this.body = made(
      "div.body",
      { hidden: true, role: "group", "aria-label": "Drawing tools" },
      made("div.row", { role: "toolbar", "aria-label": "Tool" }, ...this.tools.values()),
      made("div.row", {}, made("span.colours", { role: "group", "aria-label": "Colour" }, ...this.colours), this.span, made("label.snap", { title: "Snap to joints (G)" }, this.snap, "Snap to joints"), this.remove, this.undo),
      this.prompt,
      this.angle,
    );
    root.replaceChildren(this.opener, this.body, this.listing);
  }

  // focus(): back to the picture, which a tool is chosen for.
  #tool({ name, title, key }) {
    const choose = () => {
      this.model.choose(name);
      this.onchosen?.();
    };
    return button(title, choose, { title: `${title} (${key.toUpperCase()})`, dataset: { tool: name } });
  }

  #colour({ value, title }) {
    const choose = () => {
      this.model.recolour(value);
      this.onchosen?.();
    };
    const swatch = button("", choose, { title: `${title} (C: the next one)`, "aria-label": title, className: "colour", value });
    swatch.style.background = value;
    return swatch;
  }

  show() {
    const { model } = this;
    const colour = model.selected?.colour ?? model.colour;
    this.opener.setAttribute("aria-expanded", model.open);
    this.opener.textContent = model.open ? "Close the drawing tools" : "Draw";
    this.body.hidden = !model.open;
    for (const [name, tool] of this.tools) tool.setAttribute("aria-pressed", name === model.tool);
    for (const swatch of this.colours) swatch.setAttribute("aria-pressed", swatch.value === colour);
    this.snap.checked = model.snapping;
    this.#showSpan(model.selected ? spanOf(model.selected) : model.span_s);
    this.remove.disabled = !model.selected;
    put(this.prompt, this.#todo());
    put(this.angle, this.#angles());
    this.#showList();
  }

  #showSpan(span_s) {
    const spans = SPANS_S.includes(span_s) ? SPANS_S : [...SPANS_S, span_s];
    const options = spans.map((each) => new Option(`Shown ${spanWords(Number(each.toFixed(2)))}`, each, false, each === span_s));
    this.span.replaceChildren(...options);
  }

  #todo() {
    const { tool, points, selected, held, asking } = this.model;
    if (asking) return "Which words? Enter when they are there.";
    if (held) return "Move it, and Enter or let go where it belongs.";
    if (tool !== SELECT) return shapeOf(tool).asks[points.length] ?? "";
    if (selected) return "Drag it or one of its points. By keyboard: X goes to its points, Enter picks up and puts down.";
    return "Click what is drawn, or go there with the arrows and press Enter. N and P go from one drawing to the next.";
  }

  // The angle by hand beside what the program measured then.
  #angles() {
    const { model, state } = this;
    const live = model.pending();
    const drawing = live?.shape === "angle" && live.points_px.length === 3 ? live : model.current();
    if (drawing?.shape !== "angle") return "";
    const byHand = angleDeg(drawing.points_px);
    const program = measuredAt(state.page.signals, drawing.t_s).map(({ title, text }) => `${title} ${text}`);
    const off = byHand === null ? "" : ` (${degrees(180 - byHand)} off a straight line)`;
    return [`By hand: ${degrees(byHand)}${off}`, program.length ? `By the program: ${program.join(", ")}` : "The program measures no angle here"].join(". ") + ".";
  }

  #showList() {
    const { drawings } = this.model;
    this.listing.hidden = !drawings.length;
    this.listing.firstChild.textContent = drawings.length === 1 ? "1 drawing" : `${drawings.length} drawings`;
    if (this.listed === drawings && this.listedKey === this.model.key) return;
    [this.listed, this.listedKey] = [drawings, this.model.key];
    const inOrder = [...drawings].sort((a, b) => a.t_s - b.t_s);
    this.list.replaceChildren(...inOrder.map((each) => made("li", {}, this.#listed(each))));
  }

  #listed(drawing) {
    const go = () => {
      this.model.show(this.state.mayWrite);
      this.model.select(drawing);
    };
    return button(wordsOf(drawing), go, { "aria-current": drawing === this.model.selected });
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
