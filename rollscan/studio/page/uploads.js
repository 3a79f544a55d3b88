// Owns the sending of files that options name: maps and tracks.

import { ask, el } from "./dom.js";

/** Send a file for an option, and return the value of the option that stands for it.
 *
 * name: how people call it. limit: bytes. Throws an Error with a message for people.
 */
export async function send(option, file, name, limit) {
  if (file.size > limit) throw new Error(`${name} is too large for this page: use the command line.`);
  const address = `files/${option}?name=${encodeURIComponent(name)}`;
  const { id } = await (await ask(address, { file })).json();
  return id;
}

/** How people call the file that a value stands for; null where it stands for none. */
export const nameOf = (value) => /^\d+-(.+)$/.exec(value)?.[1] ?? null;

/** The address of the file that a value of an option stands for. */
export const addressOf = (option, value) => `files/${option}/${encodeURIComponent(value)}`;

/** A button that chooses a file, and takes one that is dropped on `place`. */
export function fileButton({ text, accept, place, take }) {
  const input = el("input", { type: "file", className: "unseen", accept });
  input.addEventListener("change", () => {
    if (input.files[0]) take(input.files[0]);
    input.value = ""; // so that choosing the same file again is a change
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation(); // elsewhere, a file is a clip
      place.classList.toggle("dropped-on", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    });
  }
  return el("label", { className: "button" }, input, el("span", { text }));
}
