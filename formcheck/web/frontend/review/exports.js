// The annotated clip and the page for the client: made by the server, with progress, then downloaded.

import { button, made } from "./dom.js";
import { sentenceOf } from "./state.js";

const ASK_MS = 400;
const KINDS = [
  ["clip", "Export clip", "The clip with what was seen and your notes drawn in"],
  ["page", "Export page", "One page for your client, to print or to send"],
];

export function mountExports(root, { state }) {
  const ending = new AbortController();
  for (const [kind, words, title] of KINDS) {
    if (kind === "clip" && !state.page.clip) continue;
    const place = made("span.export", { dataset: { kind } });
    root.append(place);
    offer(place, kind, words, title);
  }

  function offer(place, kind, words, title, inside = false) {
    const start = button(words, () => make(place, kind, words, title), { title });
    place.replaceChildren(start);
    if (inside) start.focus();
  }

  async function make(place, kind, words, title) {
    const bar = made("progress", { max: 1, "aria-label": `${words}: progress` });
    const stop = button("Cancel", () => cancelled.abort(), { ariaLabel: `Cancel: ${words}` });
    const cancelled = new AbortController();
    place.replaceChildren(made("span", {}, `${words}…`), bar, stop);
    stop.focus();
    try {
      await state.save(); // What is exported is what is on the screen, or nothing is.
      if (state.saving !== "saved") throw new Error("your notes are not saved yet, and would not be in it.");
      const file = await made_by(kind, bar, AbortSignal.any([cancelled.signal, ending.signal]));
      const link = made("a.as-button.plain", { href: file, download: "" }, kind === "clip" ? "Download clip" : "Download page");
      const inside = place.contains(document.activeElement);
      place.replaceChildren(link);
      if (inside) link.focus();
      link.click();
      state.say(`${words}: done.`);
    } catch (error) {
      if (ending.signal.aborted) return;
      offer(place, kind, words, title, place.contains(document.activeElement));
      state.say(error.name === "AbortError" ? `${words}: cancelled.` : `${words}: ${error.message}`);
    }
  }

  async function made_by(kind, bar, signal) {
    const answer = await fetch(`${state.base}exports`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ kind }), signal });
    if (!answer.ok) throw new Error(await sentenceOf(answer, "that was refused."));
    const { job } = await answer.json();
    const address = `${state.base}exports/${encodeURIComponent(job)}`;
    signal.addEventListener("abort", () => fetch(address, { method: "DELETE", keepalive: true }).catch(() => {}));
    for (;;) {
      const told = await fetch(address, { signal, cache: "no-store" });
      if (!told.ok) throw new Error(await sentenceOf(told, "it can't be found any more."));
      const { state: at, share, file, error } = await told.json();
      if (at === "done") return file ?? `${address}/file`;
      if (at === "failed" || at === "cancelled") throw new Error(error || "it could not be made.");
      bar.value = share ?? 0;
      await new Promise((go) => setTimeout(go, ASK_MS));
      signal.throwIfAborted();
    }
  }

  return () => ending.abort();
}
