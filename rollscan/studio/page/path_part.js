// Owns the part of a number's row that sets how it moves, as text which only the server reads.

import { el } from "./dom.js";

/** Whether the value of a setting is text that says how it moves. */
export function isPath(value, { path, words = [] }) {
  return Boolean(path) && typeof value === "string" && !words.some(([word]) => word === value);
}

/** The field of that text, and the button that lets the number move, or stand still again.
 *
 * path: of the setting, an example to begin with. take(value): sets the option, null to the default.
 */
export function pathPart({ label, path, take }) {
  const change = () => take(input.value.trim() || null);
  const about = { type: "text", autocomplete: "off", spellcheck: false, title: "values at times, or a wave" };
  const input = el("input", { ...about, aria: { label: `${label}: how it moves` }, on: { change } });
  const click = () => take(element.hidden ? path : null);
  const button = el("button", { type: "button", text: "moves", aria: { label: `${label}: moves` }, on: { click } });
  const element = el("span", { className: "path" }, input);
  const update = (value, isMoving, mayMove) => {
    button.hidden = !mayMove;
    button.setAttribute("aria-pressed", String(isMoving));
    element.hidden = !isMoving;
    if (isMoving && document.activeElement !== input) input.value = value;
  };
  return { element, button, update };
}
