// Owns helpers to make elements, to delay calls, to format numbers and to send requests.

/** Make an element.
 *
 * aria: attributes, without the prefix "aria-". on: listeners by the names of events. text: its text
 * content. properties: other properties. inside: its children.
 */
export function el(tag, { aria = {}, on = {}, text, ...properties } = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  for (const [name, called] of Object.entries(on)) element.addEventListener(name, called);
  if (text !== undefined) element.textContent = text;
  element.append(...inside);
  return element;
}

/** Make an element of a drawing, with these attributes. */
export function svg(tag, attributes = {}, ...inside) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

/** A text that begins with a capital letter. */
export const titled = (text) => text[0].toUpperCase() + text.slice(1);

/** The message where the server cannot be reached. */
export const ENDED = "The studio has ended: start it again with rollscan --ui.";

export const find = (id) => document.getElementById(id);

/** Debounce a function: the result delays its calls, and a new call cancels the one that is pending.
 *
 * The result's method `cancel` does so too.
 */
export function rested(milliseconds, called) {
  let waiting;
  const cancel = () => clearTimeout(waiting);
  const call = (...given) => {
    cancel();
    waiting = setTimeout(() => called(...given), milliseconds);
  };
  return Object.assign(call, { cancel });
}

/** Format a number of bytes: 480 KB, 3.2 MB. */
export function bytes(count) {
  if (count < 1e6) return `${Math.max(1, Math.round(count / 1e3))} KB`;
  return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
}

/** Format a number of seconds: 3.20 s, 1:05.20. */
export function seconds(count) {
  if (count < 60) return `${count.toFixed(2)} s`;
  const rest = (count % 60).toFixed(2).padStart(5, "0");
  return `${Math.floor(count / 60)}:${rest}`;
}

/** Say how well a loop closes. score: of its seam, 1 is as between any two frames; it jumps above `jump`. */
export function closing(score, jump) {
  return `the loop ${score > jump ? "jumps" : "closes"} (seam ${score.toFixed(1)})`;
}

/** Send a request to the server, and return its response.
 *
 * body: is sent as JSON, by POST. file: is sent as it is, by PUT. options: as of fetch. Throws an Error with a message for people
 * where the server refuses the request or cannot be reached.
 */
export async function ask(address, { body, file, ...options } = {}) {
  const json = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const how = { ...(body && { method: "POST" }), ...(file && { method: "PUT", body: file }), ...json, ...options };
  const answer = await fetch(address, how).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error(ENDED);
  });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.error ?? `The studio answered ${answer.status}: load this page anew.`);
}

/** The facts of an answer and its planes, see rollscan/studio/fields.py; null where it is empty. */
export async function unpacked(answer) {
  const bytes = await answer.arrayBuffer();
  if (!bytes.byteLength) return null;
  const length = new DataView(bytes).getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  return { facts, planes: new Int16Array(bytes, 4 + length) };
}
