// Puts the review page together: loads the session, makes the player, and mounts the panels.

import { made } from "./dom.js";
import { mountHelp } from "./help.js";
import { Keys } from "./keys.js";
import { opened } from "./loading.js";
import { FramePlayer } from "./player.js";
import { View } from "./view.js";
import * as actions from "./actions.js";
import * as comments from "./comments.js";
import * as layers from "./layers.js";
import * as opinions from "./opinions.js";
import * as signals from "./signals.js";
import * as summary from "./summary.js";
import * as timeline from "./timeline.js";
import * as transport from "./transport.js";

const SAID_MS = 5000;
const SAVING_WORDS = { saved: "All notes saved", saving: "Saving…", waiting: "Not saved yet", refused: "Not saved" };
const OPTIONAL = { drawing: "drawing.js", limits: "limits.js" };

const find = (selector) => document.querySelector(selector);

async function begin() {
  const base = location.pathname.replace(/\/*$/, "/");
  let state;
  try {
    state = await opened(base, find("#loading"));
  } catch (error) {
    document.body.dataset.state = "failed";
    const words = error instanceof TypeError ? "formcheck can't be reached. Look whether it still runs, then load this page again." : error.message;
    find("#loading").replaceChildren(words, " ", made("a", { href: "/library" }, "Back to the library"));
    return;
  }
  const { page } = state;
  const player = playerOf(page, base);
  const keys = new Keys();
  const view = new View(page.duration_s);
  const help = mountHelp(find("#help"), keys);
  const parts = { player, state, keys, view, help };
  introduce(page);
  document.body.dataset.state = "ready";
  find("#loading").hidden = true;
  for (const section of document.querySelectorAll("main > section")) section.hidden = false;
  tellSaving(state);
  tellSaid(state);
  const panels = { transport, layers, timeline, signals, opinions, comments, actions, summary };
  for (const [name, panel] of Object.entries(panels)) panel.mount(find(`#${name}`), parts);
  keys.register("Escape", "", "Leave a field or a tool", leave, { typing: true, group: "Session" });
  window.addEventListener("beforeunload", (event) => {
    const open = [...state.unfinished].map((ask) => ask()).some(Boolean);
    if (open || state.saving !== "saved") event.preventDefault();
  });
  window.addEventListener("online", () => state.save());
  await mountOptional(parts);
  player.go(0);
  document.body.dataset.state = "mounted";
}

// A dialog is closed by the browser itself.
function leave() {
  if (document.querySelector("dialog:modal")) return false;
  return document.activeElement?.blur();
}

// Panels of their own: the page works without them.
async function mountOptional(parts) {
  for (const [name, file] of Object.entries(OPTIONAL)) {
    try {
      const panel = await import(`./${file}`);
      if (name === "limits") find("#limits-box").hidden = false;
      panel.mount(find(`#${name}`), parts);
    } catch (error) {
      if (name === "limits") find("#limits-box").hidden = true;
      console.warn(`${file} is not there:`, error.message);
    }
  }
}

function playerOf(page, base) {
  const video = find("#picture video");
  const size = page.clip ?? page.poses ?? {};
  const ratio = (size.width_px || 16) / (size.height_px || 9);
  find(".screen").style.setProperty("--ratio", String(ratio));
  if (!page.clip) {
    video.remove();
    find("#picture").classList.add("bare");
    return new FramePlayer(null, page.poses?.t_s?.length ? page.poses.t_s : [0]);
  }
  video.setAttribute("aria-label", `The clip ${page.about.source}`);
  video.src = new URL(page.clip.url, new URL(base, location.href)).href;
  video.addEventListener("error", () => {
    find("#picture").append(made("p.unjudged", {}, "The clip can't be shown. Load this page again to try once more."));
  });
  return new FramePlayer(video, page.clip.times_s, page.clip.video_s);
}

function introduce(page) {
  const { about } = page;
  const title = [page.exercise.title, about.person].filter(Boolean).join(" · ");
  find("h1").textContent = title;
  document.title = `${title} – review – formcheck`;
  const began = about.began ? new Date(about.began).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
  const remark = page.clip?.remark || page.remark;
  if (remark) find("#summary").before(made("p.soft", {}, remark));
  find(".about").textContent = [began, about.source, ...(about.tags ?? [])].filter(Boolean).join(" · ");
}

function tellSaving(state) {
  const place = find("#saving");
  const show = () => {
    place.dataset.saving = state.mayWrite ? state.saving : "reading";
    place.replaceChildren(made("span", {}, state.mayWrite ? SAVING_WORDS[state.saving] : "Read only"));
    if (state.problem) place.append(made("span.problem", {}, state.problem));
  };
  state.subscribe((what) => what === "saving" && show());
  show();
}

function tellSaid(state) {
  let timer = 0;
  state.subscribe((what) => {
    if (what !== "said") return;
    const place = find("#said");
    place.replaceChildren(made(state.said.shown ? "p" : "p.unseen", {}, state.said.text));
    clearTimeout(timer);
    timer = setTimeout(() => place.replaceChildren(), SAID_MS);
  });
}

begin();
