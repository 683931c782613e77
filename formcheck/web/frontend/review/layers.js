// What is laid over the picture: the body, the judged line, what was not judged, what was said. Keys
// 1 to 9 show and hide the layers, those of other panels too.

import { button, fitted, made, onrepaint } from "./dom.js";
import { Body } from "./body.js";
import { nearest } from "./times.js";
import { stretchAt } from "./timeline.js";

const SAID_S = 2.6;
const APART_S = 0.25; // A pose of another moment is not drawn.
const OWN = [
  ["skeleton", "Skeleton"],
  ["judged", "Line"],
  ["unjudged", "Not judged"],
  ["said", "Cues"],
];

export function mount(root, { player, state, keys }) {
  const picture = document.querySelector("#picture");
  const canvas = made("canvas.body", { "aria-hidden": "true" });
  const unjudged = made("p.unjudged", { hidden: true });
  const said = made("p.cue", { hidden: true });
  picture.append(canvas, unjudged, said);
  const body = new Body(state.page.poses, !state.page.clip);
  const size = state.page.clip ?? state.page.poses ?? {};
  const chips = made("div.row.chips", { role: "group", "aria-label": "Layers over the picture" });
  root.replaceChildren(chips);
  for (const [name, title] of OWN) state.addLayer(name, title);

  function choose() {
    const inside = chips.contains(document.activeElement) ? [...chips.children].indexOf(document.activeElement) : -1;
    chips.replaceChildren(...[...state.layers].map(([name, on], index) => button(`${index + 1} ${state.layerTitles.get(name)}`, () => state.toggleLayer(name), { "aria-pressed": String(on) })));
    if (inside >= 0) chips.children[inside]?.focus();
  }

  function paint() {
    const context = fitted(canvas);
    const t_s = player.t_s;
    const stretch = stretchAt(state.page.verdicts ?? [], t_s);
    const at = momentAt(state.page.poses, t_s);
    const level = stretch?.level ?? "not_judged";
    const scale = canvas.clientWidth / (size.width_px || canvas.clientWidth);
    const stroke = Math.max(2.5, Math.min(canvas.clientWidth, canvas.clientHeight) / 130);
    const grey = level === "not_judged" && state.layers.get("unjudged");
    if (grey) {
      context.fillStyle = "rgb(90 96 106 / 0.38)";
      context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    }
    unjudged.hidden = !grey;
    unjudged.textContent = `Not judged${stretch?.why ? `: ${stretch.why}` : ""}`;
    if (at !== null && state.layers.get("skeleton")) body.draw(context, state.page.poses.frames[at], scale, stroke, level);
    const marker = at === null ? null : state.page.markers?.[at];
    if (marker && state.layers.get("judged")) body.mark(context, marker, scale, stroke);
    const cue = state.layers.get("said") && (state.page.cues ?? []).findLast((each) => each.t_s <= t_s + 0.01 && t_s < each.t_s + SAID_S);
    said.hidden = !cue;
    if (cue) said.textContent = `“${cue.text}”`;
  }

  const offs = [
    ...Array.from({ length: 9 }, (_, index) => keys.register(String(index + 1), "", index === 0 ? "1 to 9: show and hide layers" : "", () => {
      const name = [...state.layers.keys()][index];
      if (!name) return false;
      return state.toggleLayer(name);
    }, { group: "Picture" })),
    player.onframe(paint),
    state.subscribe((what) => {
      if (what === "layers") choose();
      if (["layers", "page"].includes(what)) paint();
    }),
    onrepaint(canvas, paint),
  ];
  choose();
  return () => offs.forEach((off) => off());
}

function momentAt(poses, t_s) {
  if (!poses?.frames?.length) return null;
  const at = poses.t_s ? nearest(poses.t_s, t_s) : null;
  return at === null || Math.abs(poses.t_s[at] - t_s) > APART_S ? null : at;
}
