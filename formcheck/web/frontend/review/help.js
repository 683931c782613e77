// All keys on one sheet: whatever is registered stands here.

import { button, made } from "./dom.js";

export function mountHelp(dialog, keys) {
  function open() {
    const groups = [...keys.help()].map(([group, lines]) => made("section", {}, made("h3", {}, group), made("dl", {}, ...lines.map(line))));
    dialog.replaceChildren(
      made("div.head", {}, made("h2", {}, "Keys"), button("Close (Esc)", () => dialog.close())),
      made("div.sheet", {}, ...groups),
    );
    dialog.showModal();
    dialog.querySelector("button").focus();
  }
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  keys.register("?", "", "This sheet", open, { group: "Session" });
  return open;
}

function line({ keys, what }) {
  const names = keys.flatMap((name, index) => [index ? " or " : "", made("kbd", {}, name)]);
  return made("div", {}, made("dt", {}, ...names), made("dd", {}, what));
}
