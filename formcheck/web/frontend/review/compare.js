// Two sessions side by side, synchronised by repetition, jump or hold, or by hand.

import { button, made } from "./dom.js";
import { obstacles, sharedSignals } from "./compare_facts.js";
import { controls } from "./compare_controls.js";
import { Pair } from "./compare_pair.js";
import { Plot } from "./compare_plot.js";
import { Side } from "./compare_side.js";
import { Table } from "./compare_table.js";
import { mountHelp } from "./help.js";
import { Keys } from "./keys.js";
import { opened } from "./loading.js";
import { inverse, mapped } from "./sync.js";

const SAID_MS = 5000;
const MAX_PLACES = 4; // Digits of seconds in the address.

const find = (selector) => document.querySelector(selector);

async function begin() {
  const [a, b] = location.pathname.match(/\/compare\/(\d+)\/(\d+)/).slice(1).map(Number);
  const bases = [a, b].map((number) => `/formcheck/review/${number}/`);
  let pages;
  try {
    pages = [];
    // One after the other: what has to be worked out first uses the whole machine.
    for (const base of bases) pages.push((await opened(base, find("#loading"))).page);
  } catch (error) {
    document.body.dataset.state = "failed";
    const words = error instanceof TypeError ? "formcheck can't be reached. Look whether it still runs, then load this page again." : error.message;
    find("#loading").replaceChildren(words, " ", made("a", { href: "/library" }, "Back to the library"));
    return;
  }
  find("#loading").hidden = true;
  find("#compare").hidden = false;
  const { pair } = show(pages, bases, [a, b]);
  restore(pair);
  document.body.dataset.state = "mounted";
}

function show(pages, bases, numbers) {
  let pair = null;
  const side = (name, i) => new Side(find(`#side-${name}`), name.toUpperCase(), bases[i], pages[i], (index) => pair.choose(name, index));
  pair = new Pair(side("a", 0), side("b", 1));
  const against = obstacles(...pages);
  find("#obstacles").replaceChildren(...against.map((text) => made("p.obstacle", {}, text)));
  const keys = new Keys();
  const shared = sharedSignals(...pages);
  const seek = (t_s) => {
    const { lead } = pair;
    pair.leader.player.seek_s(lead === "a" ? t_s : mapped(pair.pairsFrom("a"), t_s));
  };
  const plot = new Plot(find("#plot"), pair, shared, seek);
  const table = new Table(find("#differences"), pair, against.length === 0);
  const help = mountHelp(find("#help"), keys);
  const swap = () => location.assign(`/formcheck/compare/${numbers[1]}/${numbers[0]}/${addressOf(pair, true)}`);
  find("#actions").replaceChildren(button("Swap A and B (X)", swap), button("Keys (?)", help));
  document.title = `${pages.map(({ exercise, about }) => about.person || exercise.title).join(" and ")} – compare – formcheck`;
  const showControls = controls(find("#transport"), find("#sync"), { pair, keys, say, swap });
  const showAll = onceAFrame(() => {
    showControls();
    plot.paint();
    table.show(shared.length ? plot.signals : undefined);
  });
  plot.onmeasure = showAll;
  pair.onchange = showAll;
  showAll();
  return { pair };
}

// However often it is asked for: once for every picture of the screen.
function onceAFrame(fn) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      fn();
    });
  };
}

// What is chosen, for the address of the swapped page.
function addressOf(pair, swapped) {
  const { a, b } = pair.chosen;
  const names = swapped ? { a: "b", b: "a" } : { a: "a", b: "b" };
  const parts = new URLSearchParams({ by: pair.mode, [names.a]: a, [names.b]: b, lead: names[pair.lead] });
  const hand = swapped ? inverse(pair.byHand) : pair.byHand;
  parts.set("hand", hand[0].map((t_s) => t_s.toFixed(MAX_PLACES)).join("_"));
  parts.set("t", pair.leader.t_s.toFixed(MAX_PLACES));
  return `#${parts}`;
}

function restore(pair) {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name) => (Number.isFinite(Number(parts.get(name))) ? Number(parts.get(name)) : 0);
  const hand = (parts.get("hand") ?? "").split("_").map(Number);
  if (hand.length === 2 && hand.every(Number.isFinite)) pair.byHand = [hand];
  pair.lead = parts.get("lead") === "b" ? "b" : "a";
  for (const name of ["a", "b"]) pair.choose(name, number(name));
  if (parts.get("by") === "hand") pair.setMode("hand");
  if (parts.has("t")) pair.leader.player.seek_s(number("t"));
  else if (pair.mode !== "unit") pair.leader.player.go(0);
}

let timer = 0;
// Tells what happened: shown for a moment, and read aloud by a screen reader.
function say(text) {
  clearTimeout(timer);
  find("#said").replaceChildren(made("p", {}, text));
  timer = setTimeout(() => find("#said").replaceChildren(), SAID_MS);
}

begin();
