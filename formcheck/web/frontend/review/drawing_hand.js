// Mouse, pen, finger and keyboard on the picture while the drawing tools are open.

import { distance } from "./drawing_geometry.js";
import { SELECT } from "./drawing_model.js";
import { SHAPES } from "./drawing_shapes.js";

const GROUP = "Drawing tools, while they are open";
const DRAGGED = 6; // From so many pixels of the screen a press is a drag.
const LARGE = 10; // Steps of the cursor with shift; without, one pixel of the picture.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// surface: lies over the picture. Gives a function that ends it.
export function byPointer(surface, picture, model) {
  const ending = new AbortController();
  const on = (kind, fn) => surface.addEventListener(kind, fn, { signal: ending.signal });
  let pressed = null; // Where on the screen.
  const dragged = (event) => pressed && distance(pressed, [event.clientX, event.clientY]) >= DRAGGED;
  on("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    pressed = [event.clientX, event.clientY];
    model.place(picture.at(event));
  });
  on("pointermove", (event) => {
    if (!event.isPrimary || (event.pointerType === "touch" && !pressed)) return;
    model.moveTo(picture.at(event));
  });
  // A line may be drawn in one pull as well as by its two ends.
  on("pointerup", (event) => {
    if (!event.isPrimary || !pressed) return;
    const free = model.tool === "free";
    const pulled = dragged(event) && (model.held || ["line", "arrow"].includes(model.tool));
    pressed = null;
    if (model.points.length && (free || pulled)) model.place(picture.at(event));
    else if (model.held && pulled) model.drop();
  });
  on("pointercancel", () => {
    pressed = null;
    if (model.points.length || model.held) model.escape();
  });
  return () => ending.abort();
}

// The keys of the open tools: registered when they open, so that they go before those of the page.
export function byKeys(keys, model, player, state) {
  const list = [];
  const on = (key, modifiers, what, fn) => list.push(keys.register(key, modifiers, what, fn, { group: GROUP }));
  SHAPES.forEach(({ name, title, key }, i) => {
    on(key, "", `${title}`, () => model.choose(name));
    on(String(i + 1), "", `${title}`, () => model.choose(name));
  });
  on("s", "", "Select and move", () => model.choose(SELECT));
  on("6", "", "Select and move", () => model.choose(SELECT));
  for (const [key, direction] of Object.entries(ARROWS)) {
    on(key, "", "Move the cursor by a pixel", () => model.moveTo(by(model.cursor, direction, 1)));
    on(key, "shift", "Move the cursor by ten pixels", () => model.moveTo(by(model.cursor, direction, LARGE)));
    on(key, "ctrl", "To the next joint that way", () => {
      const joint = model.jump(direction);
      state.say(joint ? joint.name : "No joint that way.");
    });
  }
  on("Enter", "", "Set a point; pick up, put down", () => model.place());
  on("x", "", "To the next point of what is selected", () => model.nextPoint());
  on("n", "", "Next drawing", () => model.selectNext(1));
  on("p", "", "Drawing before", () => model.selectNext(-1));
  for (const key of ["Delete", "Backspace"]) on(key, "", "Last point back; delete what is selected", () => model.back() || model.remove());
  on("c", "", "Next colour", () => model.nextColour());
  on("u", "", "Shown for longer", () => model.nextSpan());
  on("g", "", "Snap to joints, or not", () => model.set("snapping", !model.snapping));
  on(",", "", "One frame back", () => player.step(-1));
  on(".", "", "One frame on", () => player.step(1));
  on("Escape", "", "Leave it; close the tools", () => model.escape());
  return () => list.forEach((off) => off());
}

function by([x, y], [dx, dy], step) {
  return [x + dx * step, y + dy * step];
}
