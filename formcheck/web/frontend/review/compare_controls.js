// Buttons and keys that move both clips, and say how they go together.

import { button, made } from "./dom.js";
import { other } from "./compare_pair.js";

const RATES = [1 / 8, 1 / 4, 1 / 2, 1, 2];
const RATE_NAMES = ["⅛", "¼", "½", "1", "2"];
const TENTH_S = 0.1;
const TOGETHER_WORDS = { rep: "begin, are at the top and end", jump: "take off and land", hold: "begin" };
const UNIT_WORDS = { rep: "repetition", jump: "jump", hold: "hold" };

// Gives a function that shows how things are.
export function controls(transport, sync, { pair, keys, say, swap }) {
  let rate = 1;
  const word = UNIT_WORDS[pair.sides.a.units[0]?.kind] ?? "repetition";
  const named = (words, label, act) => button(words, act, { "aria-label": label, title: label });
  const playing = named("▶", "Play (space)", toggle);
  const speed = made("select", { "aria-label": "Speed", title: "Speed ([ and ])", onchange: () => setRate(Number(speed.value)) });
  speed.append(...RATES.map((each, i) => new Option(`${RATE_NAMES[i]} ×`, each, each === 1, each === 1)));
  const skeletons = button("Skeletons (S)", () => setSkeletons(!pair.leader.skeleton));
  transport.replaceChildren(
    named("◂", "One frame back (←)", () => pair.leader.player.step(-1)),
    playing,
    named("▸", "One frame on (→)", () => pair.leader.player.step(1)),
    speed,
    named("|◂", `The ${word} before (P)`, () => next(-1)),
    named("▸|", `The next ${word} (N)`, () => next(1)),
    skeletons,
  );
  const byUnit = button(`By ${word} (V)`, () => setMode("unit"));
  const byHand = button("By hand (V)", () => setMode("hand"));
  const link = button("", () => setLinked(!pair.linked));
  const lead = button("", () => setLead(other(pair.lead)));
  const mark = button("", markMoment);
  const told = made("p.soft.told");
  sync.replaceChildren(made("span", { role: "group", "aria-label": "Together" }, byUnit, " ", byHand), link, lead, mark, told);

  function toggle() {
    const { player } = pair.leader;
    if (player.playing) player.pause();
    else player.play(rate);
  }

  function setRate(wanted) {
    rate = wanted;
    speed.value = String(wanted);
    pair.leader.player.setRate(wanted);
    say(`Speed ${RATE_NAMES[RATES.indexOf(wanted)]} ×`);
  }

  const faster = (by) => setRate(RATES[Math.min(Math.max(RATES.indexOf(rate) + by, 0), RATES.length - 1)]);

  function next(by) {
    if (!pair.next(by)) say(`One of the clips has no other ${word} there.`);
  }

  function chooseOther(by) {
    const name = other(pair.lead);
    pair.choose(name, pair.chosen[name] + by);
    say(`${name.toUpperCase()}: ${pair.sides[name].units[pair.chosen[name]]?.title ?? `no ${word}`}`);
  }

  function setMode(mode) {
    if (!pair.setMode(mode)) say(`One of the clips has no ${word}: set them together by hand.`);
  }

  function setLinked(linked) {
    pair.setLinked(linked);
    say(linked ? "The clips go together." : `The clips go apart: the keys move ${pair.lead.toUpperCase()}.`);
  }

  function setLead(name) {
    pair.setLead(name);
    say(`The keys move clip ${name.toUpperCase()}.`);
  }

  function markMoment() {
    const name = pair.lead;
    if (pair.mark()) return say("These two moments are the same now: the clips go together.");
    pair.setLead(other(name));
    say(`Marked in ${name.toUpperCase()}. The keys move ${other(name).toUpperCase()} now: find the same moment there and mark it too.`);
  }

  function setSkeletons(shown) {
    for (const side of Object.values(pair.sides)) {
      side.skeleton = shown;
      side.paint();
    }
    show();
  }

  const player = () => pair.leader.player;
  const list = [
    ["ArrowRight", "", "One frame on", () => player().step(1), "Player"],
    ["ArrowLeft", "", "One frame back", () => player().step(-1), "Player"],
    ["ArrowRight", "shift", "A tenth of a second on", () => player().skip_s(TENTH_S), "Player"],
    ["ArrowLeft", "shift", "A tenth of a second back", () => player().skip_s(-TENTH_S), "Player"],
    [" ", "", "Play, pause", toggle, "Player"],
    ["l", "", "Play", () => player().play(rate), "Player"],
    ["k", "", "Pause", () => player().pause(), "Player"],
    ["j", "", "Play backwards", () => player().play(-rate), "Player"],
    ["[", "", "Slower", () => faster(-1), "Player"],
    ["]", "", "Faster", () => faster(1), "Player"],
    ["Home", "", "First frame", () => player().go(0), "Player"],
    ["End", "", "Last frame", () => player().go(player().count - 1), "Player"],
    ["s", "", "Skeletons", () => setSkeletons(!pair.leader.skeleton), "Player"],
    ["n", "", `The next ${word} of both`, () => next(1), "Together"],
    ["p", "", `The ${word} before of both`, () => next(-1), "Together"],
    ["n", "shift", `The next ${word} of the other clip`, () => chooseOther(1), "Together"],
    ["p", "shift", `The ${word} before of the other clip`, () => chooseOther(-1), "Together"],
    ["v", "", `By ${word}, or by hand`, () => setMode(pair.mode === "unit" ? "hand" : "unit"), "Together"],
    ["u", "", "Let them go together, or apart", () => setLinked(!pair.linked), "Together"],
    ["b", "", "The keys move the other clip", () => setLead(other(pair.lead)), "Together"],
    ["m", "", "Mark this moment; marked in both they go together by hand", markMoment, "Together"],
    ["x", "", "Swap A and B", swap, "Together"],
    ["Escape", "", "Leave a field", leaveField, "Together"],
  ];
  for (const [key, modifiers, what, fn, group] of list) keys.register(key, modifiers, what, fn, { group, typing: key === "Escape" });

  function show() {
    const { leader, linked, mode, marks } = pair;
    const label = leader.player.playing ? "Pause (space)" : "Play (space)";
    put(playing, leader.player.playing ? "❚❚" : "▶");
    playing.ariaLabel = playing.title = label;
    byUnit.setAttribute("aria-pressed", linked && mode === "unit");
    byHand.setAttribute("aria-pressed", linked && mode === "hand");
    skeletons.setAttribute("aria-pressed", leader.skeleton);
    put(link, linked ? "Let them go apart (U)" : "Let them go together (U)");
    put(lead, `Keys move ${pair.lead.toUpperCase()} (B)`);
    put(mark, `Mark this moment of ${pair.lead.toUpperCase()} (M)`);
    put(told, toldOf(pair));
    for (const name of ["a", "b"]) {
      const side = pair.sides[name];
      const note = [linked && name !== pair.lead ? pair.wanted.outside : "", marks[name] !== null ? "marked" : ""].filter(Boolean).join(" · ");
      side.show({ unit: pair.chosen[name], active: name === pair.lead, note });
    }
  }

  return show;
}

// A dialog closes by itself.
function leaveField() {
  if (document.querySelector("dialog:modal") || document.activeElement === document.body) return false;
  return document.activeElement.blur();
}

function toldOf({ linked, mode, chosen, sides, byHand: hand }) {
  if (!linked) return "The clips go apart.";
  if (mode === "unit") {
    const [a, b] = ["a", "b"].map((name) => sides[name].units[chosen[name]]);
    const both = `A: ${a.title}. B: ${b.title}. They`;
    const how = `${a.kind === b.kind ? TOGETHER_WORDS[a.kind] : "begin"} at the same moment`;
    return `${both} ${how}, and so do those after them.`;
  }
  const [[a_s, b_s]] = hand;
  const off_s = b_s - a_s;
  return `B shows what is ${Math.abs(off_s).toFixed(2)} s ${off_s < 0 ? "earlier" : "later"} in its clip than A in its own.`;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
