// The row of buttons under the picture, the keys that move through the clip, and where it is.

import { button, made } from "./dom.js";
import { clock } from "./times.js";

const RATES = [1 / 8, 1 / 4, 1 / 2, 1, 2];
const RATE_NAMES = new Map([[1 / 8, "⅛"], [1 / 4, "¼"], [1 / 2, "½"], [1, "1"], [2, "2"], [4, "4"]]);
const FASTEST_BACK = 4;
const TENTH_S = 0.1;
const GROUP = "Player";

export function mount(root, { player, state, keys }) {
  let speed = 1;
  const named = (words, label, act) => button(words, act, { "aria-label": label, title: label });
  const playing = named("►", "Play (space)", toggle);
  const rate = made("select", { "aria-label": "Speed", title: "Speed ([ and ])" });
  rate.append(...RATES.map((each) => new Option(`${RATE_NAMES.get(each)} ×`, each, each === 1, each === 1)));
  rate.onchange = () => setSpeed(Number(rate.value));
  const frame = made("input", { type: "number", min: 1, max: player.count, value: 1, "aria-label": "Frame", title: "Type a frame to go to it" });
  frame.onchange = () => frame.value && player.go(Number(frame.value) - 1);
  const time = made("span.time");
  root.replaceChildren(
    made("div.row", {},
      named("|◂", "First frame (Home)", () => player.go(0)),
      named("◂", "One frame back (←)", () => player.step(-1)),
      playing,
      named("▸", "One frame on (→)", () => player.step(1)),
      named("▸|", "Last frame (End)", () => player.go(player.count - 1)),
      rate),
    made("p.where", {}, made("span", { "aria-hidden": "true" }, "Frame "), frame, made("span.soft", {}, ` of ${player.count}`), time),
  );

  function toggle() {
    if (player.playing) player.pause();
    else player.play(speed);
  }

  function setSpeed(wanted) {
    speed = wanted;
    rate.value = String(wanted);
    player.setRate(wanted);
    state.say(`Speed ${RATE_NAMES.get(wanted)} ×`);
  }

  const faster = (by) => setSpeed(RATES[Math.min(Math.max(RATES.indexOf(speed) + by, 0), RATES.length - 1)]);

  function forwards() {
    if (player.playing && player.rate > 0) faster(1);
    player.play(speed);
  }

  function backwards() {
    const back = player.playing && player.rate < 0 ? Math.min(-player.rate * 2, FASTEST_BACK) : speed;
    player.play(-back);
    state.say(`Backwards, ${RATE_NAMES.get(back)} ×`);
  }

  const list = [
    ["ArrowRight", "", "One frame on", () => player.step(1)],
    ["ArrowLeft", "", "One frame back", () => player.step(-1)],
    ["ArrowRight", "shift", "A tenth of a second on", () => player.skip_s(TENTH_S)],
    ["ArrowLeft", "shift", "A tenth of a second back", () => player.skip_s(-TENTH_S)],
    [" ", "", "Play, pause", toggle],
    ["l", "", "Play; again: twice as fast", forwards],
    ["k", "", "Pause", () => player.pause()],
    ["j", "", "Play backwards; again: twice as fast", backwards],
    ["[", "", "Slower", () => faster(-1)],
    ["]", "", "Faster", () => faster(1)],
    ["Home", "", "First frame", () => player.go(0)],
    ["End", "", "Last frame", () => player.go(player.count - 1)],
  ];
  const offs = list.map(([key, modifiers, what, fn]) => keys.register(key, modifiers, what, fn, { group: GROUP }));
  // What is typed into the field goes there, and the keys are the player's again.
  frame.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    frame.blur();
  };
  const show = () => {
    if (document.activeElement !== frame) frame.value = player.frame + 1;
    time.textContent = clock(player.t_s);
    root.dataset.frame = player.frame;
  };
  const showState = () => {
    playing.textContent = player.playing ? "❙❙" : "►";
    const label = player.playing ? "Pause (space)" : "Play (space)";
    playing.ariaLabel = playing.title = label;
  };
  offs.push(player.onframe(show), player.onstate(showState));
  show();
  return () => offs.forEach((off) => off());
}
