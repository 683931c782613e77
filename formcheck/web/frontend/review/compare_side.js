// One of the two clips: its picture, its body, where it is, and which repetition is chosen.

import { Body } from "./body.js";
import { fitted, made, onrepaint } from "./dom.js";
import { FramePlayer } from "./player.js";
import { unitsOf } from "./sync.js";
import { clock, nearest } from "./times.js";

const APART_S = 0.25; // A pose of another moment is not drawn.

export class Side {
  // letter: "A" or "B". base: address of the session's review. onunit(index): another unit is chosen.
  constructor(root, letter, base, page, onunit) {
    this.letter = letter;
    this.page = page;
    this.units = unitsOf(page);
    this.root = root;
    this.size = page.clip?.width_px ? page.clip : page.poses;
    this.body = new Body(page.poses);
    this.skeleton = true;
    this.canvas = made("canvas", { "aria-hidden": "true" });
    this.picture = made("div.picture", {}, this.canvas);
    this.picture.style.setProperty("--ratio", String((this.size.width_px || 16) / (this.size.height_px || 9)));
    this.player = this.#player(base);
    this.where = made("p.where");
    this.unit = made("select", { "aria-label": `What of clip ${letter} is set beside the other`, onchange: () => onunit(Number(this.unit.value)) });
    this.unit.append(...this.units.map(({ title }, i) => new Option(title, i)));
    this.unit.hidden = !this.units.length;
    const about = page.about;
    const began = about.began ? new Date(about.began).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
    this.name = [page.exercise.title, about.person].filter(Boolean).join(" · ");
    root.replaceChildren(
      made("h2", {}, made("span.letter", { "aria-hidden": "true" }, letter), made("a", { href: base }, this.name)),
      made("p.soft", {}, [began, about.source].filter(Boolean).join(" · ")),
      this.picture,
      made("div.row", {}, this.where, this.unit),
    );
    this.player.onframe(() => this.paint());
    onrepaint(this.canvas, () => this.paint());
  }

  get t_s() {
    return this.player.t_s;
  }

  // The frame for a moment, and whether the clip has none so early or late.
  frameAt(t_s) {
    const { times_s } = this.player;
    const slack_s = 0.05;
    const outside = t_s < times_s[0] - slack_s ? "Not begun yet" : t_s > times_s.at(-1) + slack_s ? "Over already" : "";
    return { frame: nearest(times_s, t_s), outside };
  }

  // active: whether the keys move it. note: what else is to be said of where it is.
  show({ unit, active, note }) {
    this.unit.value = String(unit);
    this.root.classList.toggle("active", active);
    this.note = note;
    this.#tell();
  }

  paint() {
    const context = fitted(this.canvas);
    this.root.dataset.frame = this.player.frame;
    this.#tell();
    const { poses, verdicts } = this.page;
    if (!this.skeleton || !poses?.frames?.length) return;
    const at = nearest(poses.t_s, this.t_s);
    if (Math.abs(poses.t_s[at] - this.t_s) > APART_S) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const level = verdicts.find(({ start_s, end_s }) => start_s <= this.t_s && this.t_s < end_s)?.level ?? "not_judged";
    this.body.draw(context, poses.frames[at], width / (this.size.width_px || width), Math.max(2.5, Math.min(width, height) / 130), level);
  }

  #tell() {
    const { frame, count } = this.player;
    this.where.textContent = `${clock(this.t_s)} · frame ${frame + 1} of ${count}${this.note ? ` · ${this.note}` : ""}`;
  }

  #player(base) {
    const { clip, poses, about } = this.page;
    if (!clip?.url) {
      this.picture.classList.add("bare");
      return new FramePlayer(null, poses?.t_s?.length ? poses.t_s : [0]);
    }
    const video = made("video", { muted: true, playsInline: true, preload: "auto", tabIndex: -1, "aria-label": `Clip ${this.letter}: ${about.source}` });
    video.src = new URL(clip.url, new URL(base, location.href)).href;
    this.picture.prepend(video);
    return new FramePlayer(video, clip.times_s, clip.video_s);
  }
}
