// Words at a moment: written with C, listed, changed, deleted.

import { button, made } from "./dom.js";
import { replaced } from "./noting.js";
import { clock } from "./times.js";

const GROUP = "Findings and notes";

export function mount(root, { player, state, keys }) {
  let editing = null; // Index of the comment that is being changed.
  let t_s = null; // The moment that the words belong to, once there are some.
  const text = made("textarea", { rows: 2, maxLength: 10000, id: "comment-text", placeholder: "Comment at this moment" });
  const label = made("label.soft", { for: "comment-text" });
  const save = button("Save (Enter)", keep);
  const leave = button("Discard", cancel);
  const form = made("div.writing", {}, label, text, made("div.row", {}, save, leave));
  const list = made("ul.comments");
  root.replaceChildren(made("div.head", {}, made("h2", {}, "Comments"), state.mayWrite ? made("p.soft", {}, "C writes one") : null), form, list);
  form.hidden = !state.mayWrite;

  const moment = () => t_s ?? player.target_s;

  function tellMoment() {
    label.textContent = `${editing === null ? "At" : "Changing the comment at"} ${clock(moment(), 2)}`;
    leave.hidden = editing === null && !text.value;
    save.disabled = !text.value.trim();
  }

  function write() {
    if (!state.takesNotes()) return;
    player.pause();
    if (!text.value.trim()) t_s = player.target_s;
    text.focus();
    tellMoment();
  }

  function keep() {
    const words = text.value.trim();
    if (!words) return;
    const made_at = { at: new Date().toISOString(), by: state.page.me ?? "" };
    const old = editing === null ? null : state.notes.comments[editing];
    const noted = state.change(old ? "Comment changed" : `Comment added at ${clock(moment(), 1)}`, (notes) => ({
      ...notes,
      comments: old ? replaced(notes.comments, editing, { ...old, ...made_at, text: words }) : [...notes.comments, { t_s: moment(), text: words, ...made_at }],
    }));
    if (!noted) return;
    clear();
    text.blur();
  }

  function clear() {
    text.value = "";
    editing = t_s = null;
    tellMoment();
  }

  function cancel() {
    clear();
    text.blur();
  }

  text.oninput = () => {
    t_s ??= player.target_s;
    tellMoment();
  };
  text.onfocus = () => {
    if (t_s === null) t_s = player.target_s;
    tellMoment();
  };
  text.onblur = () => {
    if (!text.value && editing === null) t_s = null;
    tellMoment();
  };
  // Esc leaves the field; what is written stays in it.
  text.onkeydown = (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") text.blur();
    else if (event.key === "Enter" && !event.shiftKey) keep();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  function edit(index) {
    if (text.value.trim() && editing !== index) return state.say("Save or discard the comment that you are writing first.");
    const comment = state.notes.comments[index];
    editing = index;
    t_s = comment.t_s;
    text.value = comment.text;
    text.focus();
    tellMoment();
  }

  function remove(index) {
    if (editing !== null) clear();
    state.change("Comment deleted", (notes) => ({ ...notes, comments: replaced(notes.comments, index, null) }));
  }

  function render() {
    const chosen = state.selected?.kind === "comment" ? state.selected.index : null;
    const order = state.notes.comments.map((comment, index) => ({ ...comment, index })).sort((one, other) => one.t_s - other.t_s);
    list.replaceChildren(...order.map((comment) => {
      const go = made("button.item", { type: "button", onclick: () => { state.select("comment", comment.index); player.seek_s(comment.t_s); } },
        made("span.when", {}, clock(comment.t_s, 1)), made("span.what", {}, comment.text), comment.by ? made("span.soft.more", {}, comment.by) : null);
      if (comment.index === chosen) go.setAttribute("aria-current", "true");
      const named = (words) => ({ ariaLabel: `${words} the comment at ${clock(comment.t_s, 1)}` });
      return made("li", { dataset: { index: comment.index } }, go, state.mayWrite
        ? made("div.row.acts", {}, button("Edit", () => edit(comment.index), named("Edit")), button("Delete", () => remove(comment.index), named("Delete")))
        : null);
    }));
  }

  const offs = [
    keys.register("c", "", "Comment at this moment", write, { group: GROUP }),
    player.onframe(() => t_s === null && tellMoment()),
    state.subscribe((what) => ["notes", "selected"].includes(what) && render()),
  ];
  // Two windows: the one that is changed may have moved, or gone.
  offs.push(state.subscribe((what) => what === "notes" && editing !== null && state.notes.comments[editing]?.t_s !== t_s && (editing = null)));
  state.unfinished.add(() => {
    if (!text.value.trim()) return "";
    text.focus();
    return "You are still writing a comment: save or discard it first.";
  });
  tellMoment();
  render();
  return () => offs.forEach((off) => off());
}
