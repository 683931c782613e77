// Opens a session: the server may have to work it out first, and to make a clip that can be stepped
// through. Both is done once, and waited for.

import { button, made } from "./dom.js";
import { sentenceOf, State } from "./state.js";

const ASK_MS = 500;

// place: where the waiting is told. Throws an Error with a sentence when the session can't be shown.
export async function opened(base, place) {
  const page = await told(`${base}page.json`, (share) => waiting(place, "The session is worked out. This is done once.", share));
  let goOn = false;
  while (page.clip?.preparing !== undefined && !goOn) {
    if (page.clip.error) {
      page.remark = page.clip.error;
      page.clip = null;
      break;
    }
    waiting(place, "The clip is made ready for stepping through it. This is done once.", page.clip.preparing, button("Go on without the picture", () => {
      goOn = true;
    }));
    await pause();
    Object.assign(page, await told(`${base}clip.json`));
  }
  if (goOn) page.clip = null;
  return new State(base, page);
}

async function told(address, wait = () => {}) {
  for (;;) {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(await sentenceOf(answer, "This session can't be opened."));
    const page = await answer.json();
    if (answer.status !== 202) return page;
    wait(page.preparing);
    await pause();
  }
}

function waiting(place, words, share, ...more) {
  let bar = place.querySelector("progress");
  if (!bar || place.dataset.words !== words) {
    bar = made("progress", { max: 1, "aria-label": words });
    place.dataset.words = words;
    place.replaceChildren(made("p", {}, words), bar, " ", ...more);
  }
  bar.value = share;
}

function pause() {
  return new Promise((go) => setTimeout(go, ASK_MS));
}
