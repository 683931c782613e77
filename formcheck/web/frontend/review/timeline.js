// The session from left to right: verdicts, findings, repetitions, what was said, notes. A click
// or a drag goes to the moment; the arrow keys work as everywhere.

import { button, fitted, LEVEL_WORDS, made, onrepaint } from "./dom.js";
import { lanesOf, MOVES, paintLanes } from "./lanes.js";
import { above, clock } from "./times.js";

const ZOOM = 2;
const SLOP_PX = 4; // Moved less than this, a press is a click.
const WHEEL = 1.2;

export function mount(root, { player, state, keys, view }) {
  const canvas = made("canvas", { "aria-hidden": "true" });
  const head = made("div.head");
  const tip = made("p.tip", { hidden: true, "aria-hidden": "true" });
  const plot = made("div.plot", { role: "slider", tabIndex: 0, "aria-label": "Timeline", "aria-valuemin": "0", "aria-valuemax": String(player.count) }, canvas, head, tip);
  const names = made("div.names", { "aria-hidden": "true" });
  const part = made("div.part");
  const whole = made("div.whole", { "aria-hidden": "true" }, part);
  const zoomOut = button("−", () => zoom(ZOOM), { ariaLabel: "Show more of the session (−)", title: "Show more (−)" });
  const zoomIn = button("+", () => zoom(1 / ZOOM), { ariaLabel: "Show less of the session, larger (+)", title: "Show larger (+)" });
  const span = made("span.soft.span");
  root.replaceChildren(
    made("div.lanes", {}, names, plot),
    made("div.under", {}, made("div.row", {}, zoomOut, zoomIn, span), whole),
  );
  let marks = [];

  const zoom = (factor) => view.zoom(factor, player.t_s);

  function name() {
    names.replaceChildren(...lanesOf(state).map(({ name, title, height }) => made("span", { style: { height: `${height}px` } }, (name === "rep" && MOVES[state.page.exercise.kind]) || title)));
  }

  function paint() {
    const context = fitted(canvas);
    marks = paintLanes(context, canvas.clientWidth, view, state);
    part.style.left = `${(view.from_s / view.duration_s) * 100}%`;
    part.style.width = `${(view.length_s / view.duration_s) * 100}%`;
    whole.hidden = view.whole;
    zoomOut.disabled = view.whole;
    span.textContent = view.whole ? clock(view.duration_s, 0) : `${clock(view.from_s, 1)} to ${clock(view.to_s, 1)}`;
    place();
  }

  function place(t_s = player.t_s) {
    const share = view.share(t_s);
    head.hidden = share < 0 || share > 1;
    head.style.left = `${share * 100}%`;
  }

  function follow(frame, t_s) {
    if (!drag) view.follow(t_s);
    place(drag ? drag.t_s : t_s);
    plot.setAttribute("aria-valuenow", String(frame + 1));
    plot.setAttribute("aria-valuetext", `${clock(t_s, 1)}, ${verdictAt(state.page.verdicts, t_s)}`);
  }

  // Pointer
  let drag = null;
  const shareOf = (event) => {
    const place = plot.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - place.left) / place.width));
  };
  const markAt = (event) => {
    const { left, top } = plot.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    return marks.findLast((mark) => x >= mark.left && x <= mark.right && y >= mark.top && y <= mark.bottom);
  };
  plot.onpointerdown = (event) => {
    if (event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, mark: markAt(event), t_s: view.at(shareOf(event)) };
    if (!drag.mark) scrub(event);
  };
  plot.onpointermove = (event) => {
    if (!drag) return hint(event);
    if (Math.abs(event.clientX - drag.x) > SLOP_PX) drag.mark = null;
    if (!drag.mark) scrub(event);
  };
  plot.onpointerup = () => {
    const mark = drag?.mark;
    drag = null;
    if (mark) {
      if (mark.select) state.select(mark.select.kind, mark.select.index);
      player.seek_s(mark.t_s);
    }
    place();
  };
  plot.onpointercancel = plot.onpointerup;
  plot.onpointerleave = () => {
    tip.hidden = true;
  };
  function scrub(event) {
    drag.t_s = view.at(shareOf(event));
    place(drag.t_s);
    player.seek_s(drag.t_s);
  }
  function hint(event) {
    const mark = markAt(event);
    const t_s = view.at(shareOf(event));
    tip.textContent = mark ? mark.text : `${clock(t_s, 1)} ${verdictAt(state.page.verdicts, t_s)}`;
    tip.hidden = false;
    const share = shareOf(event);
    tip.style.left = `${share * 100}%`;
    tip.style.transform = `translateX(${-share * 100}%)`;
    plot.style.cursor = mark ? "pointer" : "";
  }
  plot.addEventListener("wheel", (event) => {
    if (event.ctrlKey) view.zoom(event.deltaY > 0 ? WHEEL : 1 / WHEEL, view.at(shareOf(event)));
    else if (!view.whole && event.deltaX !== 0) view.pan((event.deltaX / plot.clientWidth) * view.length_s);
    else return;
    event.preventDefault();
  }, { passive: false });
  whole.onpointerdown = (event) => {
    whole.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => {
      const { left, width } = whole.getBoundingClientRect();
      view.pan(((clientX - left) / width) * view.duration_s - view.length_s / 2 - view.from_s);
    };
    move(event);
    whole.onpointermove = move;
    whole.onpointerup = whole.onpointercancel = () => {
      whole.onpointermove = null;
    };
  };

  const offs = [
    keys.register("+", "", "Timeline larger", () => zoom(1 / ZOOM), { group: "Player" }),
    keys.register("-", "", "Timeline smaller", () => zoom(ZOOM), { group: "Player" }),
    player.onframe(follow),
    view.onchange(paint),
    state.subscribe((what) => {
      if (what === "page") name();
      if (["notes", "page", "selected", "adding"].includes(what)) paint();
    }),
    onrepaint(plot, paint),
  ];
  name();
  follow(player.frame, player.t_s);
  return () => offs.forEach((off) => off());
}

// What is said of a moment, in words.
export function verdictAt(verdicts, t_s) {
  const found = stretchAt(verdicts, t_s);
  if (!found) return "";
  return [LEVEL_WORDS[found.level], found.why].filter(Boolean).join(": ");
}

export function stretchAt(verdicts, t_s) {
  const starts = (verdicts.starts ??= verdicts.map(({ start_s }) => start_s));
  const found = verdicts[above(starts, t_s) - 1];
  return found && t_s <= found.end_s ? found : null;
}
