// The small form after O: what the coach would have said instead, and why. Enter skips each.

import { LEVEL_SIGNS, LEVEL_WORDS, made } from "./dom.js";

const LEVELS = { g: "good", w: "warn", f: "fault" };

// save({ level } or { text }) is called at once for each. again(): O was pressed once more.
export function overruling(row, opinion, save, again) {
  const form = made("form.overruling", { autocomplete: "off" });
  const moves = row.kind === "rep" || row.kind === "jump";
  const reason = made("input", { type: "text", maxLength: 2000, value: opinion?.text ?? "", placeholder: "Why? (Enter skips)", "aria-label": "Reason" });
  const levels = Object.entries(LEVELS).filter(([, level]) => row.kind === "opinion" || level !== row.level);
  const radios = levels.map(([key, level]) => {
    const radio = made("input", { type: "radio", name: "level", value: level, checked: opinion?.level === level });
    radio.onchange = () => save({ level });
    return made("label", { dataset: { level } }, radio, `${LEVEL_SIGNS[level]} ${LEVEL_WORDS[level]} (${key.toUpperCase()})`);
  });
  if (!moves) form.append(made("fieldset.row", {}, made("legend", {}, "Instead I say"), ...radios));
  form.append(reason);

  let told = reason.value;
  const keep = () => {
    if (reason.value === told) return;
    told = reason.value;
    save({ text: told.trim() });
  };
  reason.onchange = keep;

  const close = () => {
    keep();
    form.remove();
  };
  form.onsubmit = (event) => event.preventDefault();
  form.onkeydown = (event) => {
    const choosing = event.target.type === "radio";
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const letter = choosing && plain ? LEVELS[event.key.toLowerCase()] : undefined;
    const radio = letter && form.querySelector(`input[value=${letter}]`);
    if (event.key === "Escape" || (event.key === "Enter" && plain && !choosing)) close();
    else if (event.key === "Enter" && plain) reason.focus();
    else if (radio) {
      radio.checked = true;
      save({ level: letter });
      reason.focus();
    } else if (choosing && plain && event.key.toLowerCase() === "o") {
      form.remove();
      again();
    } else if (!choosing || !event.key.startsWith("Arrow")) return;
    if (!event.key.startsWith("Arrow")) event.preventDefault();
    event.stopPropagation();
  };
  form.keep = keep;
  form.begin = () => (form.querySelector("input:checked") ?? form.querySelector("input")).focus();
  return form;
}
