// What the lanes of the timeline are drawn with. No level is told by its colour alone.

import { colour } from "./dom.js";

export const MARK_PX = 16;
const CLOSE_PX = 7; // Repetitions narrower than this stand without a number.
const STRIPE_PX = 7;
const WORDS_PX = 44; // Stretches narrower than this stand without words.

export class Pen {
  constructor(context, width, view) {
    Object.assign(this, { context, width, view, marks: [] });
    const names = ["ground", "raised", "ink", "soft", "line", "good", "warn", "fault", "link"];
    this.colours = Object.fromEntries(names.map((name) => [name, colour(`--fc-${name}`)]));
    this.colours.not_judged = this.colours.soft;
    this.font = getComputedStyle(document.body).fontFamily;
    context.textBaseline = "middle";
  }

  x(t_s) {
    return this.view.share(t_s) * this.width;
  }

  ends(start_s, end_s) {
    return [this.x(start_s), this.x(end_s)];
  }

  mark(start_s, end_s, [top, height], more) {
    const [left, right] = this.ends(start_s, end_s);
    const wider = Math.max(0, (MARK_PX - (right - left)) / 2);
    this.marks.push({ left: left - wider, right: right + wider, top, bottom: top + height, ...more });
  }

  level(level, left, top, width, height) {
    const { context, colours } = this;
    if (level === "idle") return;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.fillStyle = colours[level];
    context.strokeStyle = colours[level];
    if (level === "fault") context.fillRect(left, top, width, height);
    else if (level === "not_judged") this.#dots(left, top, width, height);
    else {
      context.globalAlpha = level === "good" ? 0.28 : 0.22;
      context.fillRect(left, top, width, height);
      context.globalAlpha = 1;
      context.fillRect(left, top + height - 3, width, 3);
      if (level === "warn") this.#stripes(left, top, width, height);
    }
    context.restore();
  }

  #stripes(left, top, width, height) {
    const { context } = this;
    const from = Math.max(left, 0) - (Math.max(left, 0) % STRIPE_PX) - height;
    const to = Math.min(left + width, this.width);
    context.globalAlpha = 0.55;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let x = from; x < to; x += STRIPE_PX) {
      context.moveTo(x, top + height);
      context.lineTo(x + height, top);
    }
    context.stroke();
  }

  #dots(left, top, width, height) {
    const { context } = this;
    const to = Math.min(left + width, this.width);
    for (let x = Math.max(left, 0) + 3; x < to; x += 6) context.fillRect(x, top + height / 2 - 1, 2, 2);
  }

  // Words inside a stretch, where they fit.
  words(text, left, right, top, height, level) {
    const { context, colours } = this;
    const [from, to] = [Math.max(left, 0), Math.min(right, this.width)];
    if (to - from < WORDS_PX) return;
    context.font = `600 12px ${this.font}`;
    const room = to - from - 12;
    let shown = text;
    while (shown.length > 1 && context.measureText(shown).width > room) shown = `${shown.slice(0, -2).trimEnd()}…`;
    if (shown.length < Math.min(5, text.length)) return;
    const wide = context.measureText(shown).width;
    if (level !== "fault") {
      context.fillStyle = colours.ground;
      context.globalAlpha = 0.85;
      context.fillRect(from + 3, top + 3, wide + 6, height - 7);
      context.globalAlpha = 1;
    }
    context.fillStyle = level === "fault" ? colours.ground : colours.ink;
    context.fillText(shown, from + 6, top + height / 2 - 0.5);
  }

  dot(t_s, top, height, ink) {
    const { context } = this;
    context.fillStyle = ink;
    context.beginPath();
    context.arc(this.x(t_s), top + height / 2, 3.5, 0, 2 * Math.PI);
    context.fill();
  }

  span(start_s, end_s, top, height, ink) {
    const [left, right] = this.ends(start_s, end_s);
    this.context.fillStyle = ink;
    this.context.globalAlpha = 0.35;
    this.context.fillRect(left, top, Math.max(right - left, 3), height);
    this.context.globalAlpha = 1;
  }

  bracket(start_s, end_s, top, height) {
    const { context, colours } = this;
    const [left, right] = this.ends(start_s, end_s);
    context.fillStyle = colours.soft;
    context.globalAlpha = 0.25;
    context.fillRect(left, top, Math.max(right - left, 2), height);
    context.globalAlpha = 1;
    this.words("hold", left, right, top, height, "good");
  }

  // A box with a sign; what was overruled is struck through.
  sign(sign, left, right, top, height, ink, chosen, struck = false) {
    const { context, colours } = this;
    const width = right - left;
    context.fillStyle = chosen ? ink : colours.ground;
    context.strokeStyle = ink;
    context.lineWidth = 1.75;
    context.setLineDash(struck ? [3, 3] : []);
    context.beginPath();
    context.roundRect(left + 1, top + 1, width - 2, height - 2, 4);
    context.fill();
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = chosen ? colours.ground : ink;
    context.font = `700 12px ${this.font}`;
    context.textAlign = "center";
    context.fillText(sign, left + Math.min(width, 2 * MARK_PX) / 2, top + height / 2);
    context.textAlign = "start";
  }

  rep(subject, left, right, top, height, chosen, opinion) {
    const { context, colours } = this;
    const width = Math.max(right - left, 2);
    const ink = colours[subject.level];
    context.globalAlpha = chosen ? 1 : 0.3;
    context.fillStyle = ink;
    context.fillRect(left + 0.5, top, width - 1, height);
    context.globalAlpha = 1;
    context.fillRect(left + 0.5, top + height - 3, width - 1, 3);
    if (width < CLOSE_PX) return;
    const counts = opinion?.counts ?? subject.counts;
    const text = counts ? subject.title.replace(/\D+/, "") || "✓" : "–";
    context.font = `600 11px ${this.font}`;
    if (context.measureText(text).width + 4 > width) return;
    context.fillStyle = chosen ? colours.ground : colours.ink;
    context.textAlign = "center";
    context.fillText(opinion?.verdict === "overrule" ? `${text}*` : text, left + width / 2, top + height / 2 - 1);
    context.textAlign = "start";
  }
}
