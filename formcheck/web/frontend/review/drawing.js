// Drawing on the picture: lines, angles, arrows, words, the free hand; by mouse, finger or keyboard.
// What is drawn is kept in the notes, in image pixels of the upright picture (docs/bundle.md).

import { made } from "./dom.js";
import { DrawingBar } from "./drawing_bar.js";
import { byKeys, byPointer } from "./drawing_hand.js";
import { DrawingModel } from "./drawing_model.js";
import { DrawingPicture } from "./drawing_picture.js";
import { measuredAt } from "./drawing_shapes.js";

const LAYER = "drawings";
const TOLD_AFTER_MS = 500; // The place of the cursor, to screen readers, once it rests.

export function mount(root, { player, state, keys }) {
  const host = document.querySelector("#picture");
  const model = new DrawingModel({ player, state });
  const picture = new DrawingPicture(model.size, (drawing) => programWords(state.page.signals, drawing));
  const surface = made("div.drawing-surface", { tabIndex: -1, role: "application", "aria-label": "Picture to draw on" });
  const told = made("p.told", { "aria-live": "polite" });
  const bar = new DrawingBar(root, model, state);
  const words = wordsField(model);
  const offs = [withStyle(), byPointer(surface, picture, model)];
  let opened = null; // Ends the keys of the open tools.
  let before = null; // What had the focus.

  surface.append(picture.svg);
  host.append(surface, words, told);
  root.classList.add("drawing-tools");
  state.addLayer(LAYER, "Drawings");
  if (state.mayWrite) {
    offs.push(keys.register("d", "", "Drawing tools", () => model.show(!model.open), { group: "Review" }));
  } else bar.opener.hidden = true;
  bar.onchosen = () => surface.focus({ preventScroll: true });

  function show() {
    if (model.open !== Boolean(opened)) openOrClose();
    const shown = model.open || state.layers.get(LAYER) !== false;
    [model.px, model.letter_px] = [picture.px, picture.letter_px];
    const { at, name } = model.target();
    const current = model.current();
    picture.draw({
      drawings: shown ? model.shown(current) : [],
      selected: model.open ? current : null,
      pending: model.pending(),
      cursor: model.open && !model.asking ? model.cursor : null,
      target: model.open && name && model.tool !== "select" ? at : null,
    });
    bar.show();
    showWords(words, model);
    tell(name);
  }

  function openOrClose() {
    document.body.classList.toggle("is-drawing", model.open);
    if (model.open) {
      before = document.activeElement;
      opened = byKeys(keys, model, player, state);
      surface.classList.add("open");
      surface.tabIndex = 0;
      bar.body.hidden = false;
      surface.focus({ preventScroll: true });
      return;
    }
    opened();
    opened = null;
    surface.classList.remove("open");
    surface.tabIndex = -1;
    told.textContent = "";
    if (surface.contains(document.activeElement) || document.activeElement === document.body) before?.focus?.({ preventScroll: true });
  }

  let telling = null;
  function tell(name) {
    clearTimeout(telling);
    if (!model.open) return;
    const [x, y] = model.cursor.map(Math.round);
    telling = setTimeout(() => (told.textContent = name || `${x}, ${y}`), TOLD_AFTER_MS);
  }

  model.onchange = show;
  offs.push(
    player.onframe(show),
    state.subscribe((what) => (what === "notes" ? model.refresh() : ["layers", "page"].includes(what) && show())),
    watchSize(host, show),
  );
  show();
  return () => {
    clearTimeout(telling);
    offs.forEach((off) => off());
    opened?.();
    document.body.classList.remove("is-drawing");
    for (const each of [surface, words, told]) each.remove();
    root.replaceChildren();
  };
}

// What the program says at the moment of an angle, short enough for the picture.
function programWords(signals, drawing) {
  const [first] = measuredAt(signals, drawing.t_s);
  return first ? `${first.title} ${first.text}` : "";
}

// The field for the words of a text, over the picture where they will stand.
function wordsField(model) {
  const field = made("input.drawing-words", { type: "text", hidden: true, maxLength: 200, "aria-label": "Words", placeholder: "Words", autocomplete: "off" });
  field.onkeydown = (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    model.answer(event.key === "Enter" ? field.value : "");
  };
  field.onblur = () => model.answer(field.value);
  return field;
}

function showWords(field, model) {
  const was = !field.hidden;
  if (model.asking === was) return;
  field.hidden = !model.asking;
  if (!model.asking) {
    document.querySelector(".drawing-surface.open")?.focus({ preventScroll: true });
    return;
  }
  const [x, y] = model.points[0];
  field.value = "";
  field.style.left = `${Math.min(x / model.size.width, 0.6) * 100}%`;
  field.style.top = `${(y / model.size.height) * 100}%`;
  field.focus({ preventScroll: true });
}

function watchSize(element, fn) {
  const sizes = new ResizeObserver(() => fn());
  sizes.observe(element);
  return () => sizes.disconnect();
}

function withStyle() {
  const link = made("link", { rel: "stylesheet", href: "/formcheck/front/review/drawing.css" });
  document.head.append(link);
  return () => link.remove();
}
