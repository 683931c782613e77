// What the report says of the whole session.

import { made } from "./dom.js";

export function mount(root, { state }) {
  show(root, state.page);
  return state.subscribe((what) => what === "page" && show(root, state.page));
}

function show(root, { report = {}, own_limits: ownLimits }) {
  const numbers = (report.numbers ?? []).map(({ title, value, more }) => made("div", {}, made("dt", {}, title), made("dd", {}, String(value)), more ? made("dd.soft", {}, more) : null));
  const unjudged = (report.not_judged ?? []).map(({ text, advice }) => made("li", {}, [text, advice].filter(Boolean).join(": ")));
  root.replaceChildren(
    made("h2", {}, "Summary"),
    ...(report.summary ? [made("p", {}, report.summary)] : []),
    ...(ownLimits ? [made("p", {}, ownLimits)] : []),
    made("dl.numbers", {}, ...numbers),
    ...(report.remarks ?? []).map((remark) => made("p.soft", {}, remark)),
    ...(unjudged.length ? [made("h3", {}, "Why some was not judged"), made("ul.plain-list", {}, ...unjudged)] : []),
  );
}
