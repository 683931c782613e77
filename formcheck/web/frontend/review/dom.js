// Elements in one call, and the colours of the page.

const MARGIN_PX = 12;

// made("button.plain", { type: "button", onclick }, "Play", icon): classes after the points.
export function made(kind, properties = {}, ...inside) {
  const [name, ...classes] = kind.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role" || key === "for") element.setAttribute(key, value);
    else if (key === "dataset" || key === "style") Object.assign(element[key], value);
    else element[key] = value;
  }
  element.append(...inside.filter((each) => each !== null && each !== undefined && each !== ""));
  return element;
}

export function button(words, onclick, properties = {}) {
  return made("button.plain", { type: "button", onclick, ...properties }, words);
}

// The value of a CSS variable, for a canvas.
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Fits a canvas to its place on the page; gives its context, in which a unit is a pixel of the page.
export function fitted(canvas) {
  const sharp = Math.min(2, window.devicePixelRatio || 1);
  const width = Math.max(1, Math.round(canvas.clientWidth * sharp));
  const height = Math.max(1, Math.round(canvas.clientHeight * sharp));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// Calls fn whenever the page has to be painted anew: another size, or light turned dark.
export function onrepaint(element, fn) {
  const sizes = new ResizeObserver(() => fn());
  sizes.observe(element);
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", fn);
  return () => {
    sizes.disconnect();
    scheme.removeEventListener("change", fn);
  };
}

export const LEVEL_WORDS = { good: "good", warn: "warning", fault: "fault", not_judged: "not judged", idle: "not exercising" };
export const LEVEL_SIGNS = { good: "✓", warn: "▲", fault: "✕", not_judged: "?", idle: "" };

// Brings a line of a list into sight where the list scrolls by itself; a narrow page stays with the
// picture.
export function reveal(line) {
  const side = line.closest(".side");
  if (side.scrollHeight <= side.clientHeight) return;
  const [place, room] = [line.getBoundingClientRect(), side.getBoundingClientRect()];
  if (place.bottom > room.bottom) side.scrollTop += place.bottom - room.bottom + MARGIN_PX;
  else if (place.top < room.top) side.scrollTop -= room.top - place.top + MARGIN_PX;
}
