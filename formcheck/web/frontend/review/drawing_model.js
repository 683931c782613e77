// What the coach is doing with the drawing tools: which tool, the points so far, what is selected or
// held. Knows nothing of the page: the picture and the tool bar show it, mouse and keys change it.

import { distance, distanceToBox, distanceToPath, kept, minus, moved, nearestTo, nextTowards, rounded, simplified } from "./drawing_geometry.js";
import { landmarksAt } from "./drawing_landmarks.js";
import { COLOURS, SPANS_S, colourTitle, isShown, pointsNeeded, shapeOf, spanOf, spanWords, withSpan, wordsOf } from "./drawing_shapes.js";

export const SELECT = "select";

const REACH = 12; // How near a point is "at" something, in pixels of the screen.
const STROKE_ERROR = 0.7; // Of a free line, in pixels of the screen.
const WIDEST_LETTER = 0.6; // Of a text, per its size.

export class DrawingModel {
  constructor({ player, state }) {
    this.player = player;
    this.state = state;
    const { clip, poses } = state.page;
    const source = clip?.width_px ? clip : poses;
    this.size = { width: source.width_px, height: source.height_px };
    this.open = false;
    this.tool = "line";
    this.points = []; // Of what is being drawn.
    this.asking = false; // For the words of a text.
    this.cursor = [this.size.width / 2, this.size.height / 2];
    this.colour = COLOURS[0].value;
    this.span_s = 0;
    this.snapping = true;
    this.key = null; // Of what is selected: once saved, the same drawing is another object.
    this.held = null; // { index: of the point, or null: all of them; from: [x, y], points }
    this.px = 1; // Image pixels for each pixel of the screen, and ...
    this.letter_px = 16; // ... the size of letters in image pixels: the picture tells both.
    this.onchange = () => {};
  }

  get drawings() {
    return this.state.notes.drawings;
  }

  // One of the drawings, or null.
  get selected() {
    return this.key === null ? null : (this.drawings.find((each) => keyOf(each) === this.key) ?? null);
  }

  set selected(drawing) {
    this.key = drawing ? keyOf(drawing) : null;
  }

  get landmarks() {
    return landmarksAt(this.state.page.poses, this.player.t_s);
  }

  // Where a point would go: { at, name }, name being that of the landmark.
  target(point = this.cursor) {
    const free = { at: kept(point, this.size), name: "" };
    if (!this.snapping || (this.tool === "free" && this.points.length)) return free;
    return nearestTo(point, this.landmarks, REACH * this.px, ({ at }) => at) ?? free;
  }

  // The drawings on the frame that is shown, the one that is held where it is held.
  shown(current = this.current()) {
    const here = this.drawings.filter((each) => isShown(each, this.player.frame, this.player.times_s));
    const { selected } = this;
    return here.map((each) => (each === selected ? current : each));
  }

  // What is being drawn, with the cursor as its next point; null when nothing is.
  pending() {
    if (!this.points.length || this.asking) return null;
    const points_px = this.tool === "free" ? this.points : [...this.points, this.target().at];
    return { shape: this.tool, points_px, text: "", colour: this.colour, t_s: this.player.t_s };
  }

  // What is selected, where it is held.
  current() {
    return this.selected && this.held ? { ...this.selected, points_px: this.#heldPoints() } : this.selected;
  }

  show(open) {
    if (this.open === open) return;
    this.open = open;
    this.#letGo();
    if (open) this.player.pause();
    else this.selected = null;
    this.#changed();
  }

  choose(tool) {
    this.#letGo();
    this.tool = tool;
    if (tool !== SELECT) this.selected = null;
    this.#changed();
  }

  set(name, value) {
    this[name] = value;
    this.#changed();
  }

  moveTo(point) {
    this.cursor = kept(point, this.size);
    if (this.tool === "free" && this.points.length) this.points = [...this.points, this.cursor];
    this.#changed();
  }

  // To the next landmark that way; false when there is none.
  jump(direction) {
    const next = nextTowards(this.cursor, direction, this.landmarks, ({ at }) => at);
    if (next) this.moveTo(next.at);
    return next;
  }

  // Sets a point, or picks up and puts down.
  place(point = this.cursor) {
    this.cursor = kept(point, this.size);
    if (this.tool === SELECT) this.#pick();
    else this.#add(this.target().at);
    this.#changed();
  }

  // The last point is taken back; false when there is none.
  back() {
    if (!this.points.length) return false;
    this.points = this.tool === "free" ? [] : this.points.slice(0, -1);
    this.asking = false;
    this.#changed();
    return true;
  }

  // One thing after the other: what is being done, what is selected, the tools.
  escape() {
    if (this.points.length || this.held) this.#letGo();
    else if (this.selected) this.selected = null;
    else return this.show(false);
    this.#changed();
  }

  // The words of a text; none: it is not drawn.
  answer(text) {
    if (!this.asking) return;
    if (text.trim() && !this.state.takesNotes()) return;
    if (text.trim()) this.#finish(text.trim());
    this.#letGo();
    this.#changed();
  }

  select(drawing) {
    this.#letGo();
    this.selected = drawing;
    if (drawing) {
      this.tool = SELECT;
      this.cursor = drawing.points_px[0];
      this.state.say(`${wordsOf(drawing)} is selected`);
      if (!isShown(drawing, this.player.frame, this.player.times_s)) this.player.seek_s(drawing.t_s);
    }
    this.#changed();
  }

  // The next drawing in order of time, or the one before.
  selectNext(by) {
    const inOrder = [...this.drawings].sort((a, b) => a.t_s - b.t_s);
    if (!inOrder.length) return this.state.say("Nothing is drawn yet.");
    const at = this.selected ? inOrder.indexOf(this.selected) : by > 0 ? -1 : 0;
    this.select(inOrder[(at + by + inOrder.length) % inOrder.length]);
  }

  // The cursor goes to the next point of what is selected.
  nextPoint() {
    if (!this.selected) return;
    const { points_px: points } = this.selected;
    const at = points.findIndex((each) => distance(each, this.cursor) < 0.5);
    this.#letGo();
    this.cursor = points[(at + 1) % points.length];
    this.#changed();
  }

  grab(index) {
    this.held = { index, from: this.cursor, points: this.selected.points_px };
    this.#changed();
  }

  drop() {
    if (!this.held) return;
    const { index } = this.held;
    const points_px = rounded(this.#heldPoints());
    const still = distance(this.held.from, this.cursor) < 0.05;
    this.held = null;
    if (!still) this.#replace(index === null ? "Drawing moved" : "Point moved", { points_px });
    this.#changed();
  }

  recolour(colour) {
    this.colour = colour;
    if (this.selected) this.#replace("Colour changed", { colour });
    this.#changed();
  }

  nextColour() {
    const all = COLOURS.map(({ value }) => value);
    this.recolour(after(all, this.selected?.colour ?? this.colour));
    this.state.say(`Colour ${colourTitle(this.colour)}`);
  }

  nextSpan() {
    this.setSpan(after(SPANS_S, this.selected ? spanOf(this.selected) : this.span_s));
    this.state.say(`Shown ${spanWords(this.span_s)}`);
  }

  setSpan(span_s) {
    this.span_s = span_s;
    if (this.selected) this.#replace("Shown for another time", withSpan(this.selected, span_s));
    this.#changed();
  }

  remove(drawing = this.selected) {
    if (!drawing) return;
    const gone = wordsOf(drawing);
    this.#letGo();
    if (drawing === this.selected) this.selected = null;
    this.state.change(`${gone} deleted`, (notes) => ({ ...notes, drawings: notes.drawings.filter((each) => each !== drawing) }));
    this.#changed();
  }

  // After the notes changed elsewhere: what was selected is the same drawing, or gone.
  refresh() {
    if (!this.selected) this.key = this.held = null;
    this.#changed();
  }

  #add(at) {
    if (!this.state.takesNotes()) return;
    const last = this.points.at(-1);
    const stroke = this.tool === "free";
    if (last && !stroke && distance(last, at) < 0.5) {
      this.state.say("There is a point already: move on first.");
      return;
    }
    const begun = this.points.length > 0;
    this.points = [...this.points, at];
    if (stroke ? !begun : this.points.length < pointsNeeded(this.tool)) return;
    if (this.tool === "text") this.asking = true;
    else this.#finish();
  }

  #finish(text = "") {
    const stroke = this.tool === "free";
    const points = stroke ? simplified(this.points, STROKE_ERROR * this.px) : this.points;
    this.points = [];
    if (stroke && distanceToPath(points[0], points.slice(1)) === 0 && points.length < 3) return;
    const t_s = this.player.t_s;
    const drawing = withSpan(
      { t_s, shape: this.tool, points_px: rounded(points), until_s: null, text, colour: this.colour, by: this.state.page.me ?? "", at: new Date().toISOString() },
      this.span_s,
    );
    const drawn = this.state.change(`${shapeOf(this.tool).title} drawn`, (notes) => ({ ...notes, drawings: [...notes.drawings, drawing] }));
    if (drawn) this.selected = drawing;
  }

  #pick() {
    if (this.held) return this.drop();
    const point = this.cursor;
    const reach = REACH * this.px;
    if (this.selected) {
      const nearby = nearestTo(point, [...this.selected.points_px.entries()], reach, ([, at]) => at);
      if (nearby && this.selected.shape !== "free") return this.grab(nearby[0]);
    }
    const [nearestOne] = this.shown()
      .map((each) => [this.#distanceTo(each, point), each])
      .filter(([away]) => away <= reach)
      .sort(([a], [b]) => a - b);
    if (nearestOne && nearestOne[1] === this.selected) return this.grab(null);
    this.selected = nearestOne?.[1] ?? null;
    this.state.say(this.selected ? `${wordsOf(this.selected)} is selected` : "Nothing is drawn here.");
  }

  #distanceTo({ shape, points_px: points, text }, point) {
    if (shape !== "text") return distanceToPath(point, points);
    const [left, middle] = points[0];
    const height = this.letter_px * 1.2;
    return distanceToBox(point, { left, top: middle - height / 2, width: text.length * this.letter_px * WIDEST_LETTER, height });
  }

  #heldPoints() {
    const { index, from, points } = this.held;
    if (index === null) return moved(points, minus(this.cursor, from));
    const at = distance(from, this.cursor) < 0.05 ? points[index] : this.target().at;
    return points.map((each, i) => (i === index ? at : each));
  }

  #replace(what, parts) {
    const before = this.selected;
    const after = { ...before, ...parts };
    if (keyOf(before) === keyOf(after)) return;
    this.selected = after; // Before the notes change, which is told at once.
    this.state.change(what, (notes) => ({ ...notes, drawings: notes.drawings.map((each) => (each === before ? after : each)) }));
  }

  #letGo() {
    this.points = [];
    this.asking = false;
    this.held = null;
  }

  #changed() {
    this.onchange();
  }
}

// The one after this in a list, and the first after the last.
function after(all, one) {
  return all[(all.indexOf(one) + 1) % all.length];
}

// What makes a drawing itself, whoever filled in whose it is.
function keyOf({ t_s, until_s, shape, points_px, text, colour }) {
  return JSON.stringify([t_s, until_s, shape, points_px, text, colour]);
}

