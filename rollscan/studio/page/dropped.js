// Owns the question what to do with a dropped file of ours: to take its look, or to open it as the clip.

import { ask, el, find } from "./dom.js";

const MARK = /rollscan \d+ \{/; // with which the text of a look begins, see rollscan/look.py
const MOST = 1 << 20; // bytes that are searched at each end of a file; the text is near one of them

/** Whether a file seems to hold the look with which it was made. What it is, the server reads. */
export async function holdsLook(file) {
  const ends = [file.slice(0, MOST), file.slice(Math.max(MOST, file.size - MOST))];
  const texts = await Promise.all(ends.map(async (end) => new TextDecoder("latin1").decode(await end.arrayBuffer())));
  return texts.some((text) => MARK.test(text));
}

/** Ask what to do with a file that holds a look; `openIt` opens it as the clip. */
export function offer(studio, file, openIt) {
  find("offer")?.remove();
  const answered = (then) => ({
    click: () => {
      asked.remove();
      then();
    },
  });
  const take = el("button", { type: "button", text: "Take its look", on: answered(() => takeLook(studio, file)) });
  const open = el("button", { type: "button", text: "Open it as the clip", on: answered(openIt) });
  const leave = el("button", { type: "button", className: "quiet", text: "Cancel", on: answered(() => {}) });
  const told = el("p", { text: `${file.name} holds the look that it was made with.` });
  const asked = el("div", { id: "offer", role: "alertdialog", aria: { label: "A file with a look" } }, told, take, open, leave);
  find("stage").append(asked);
  take.focus();
}

async function takeLook(studio, file) {
  try {
    const address = `recipe?name=${encodeURIComponent(file.name)}`;
    const { settings } = await (await ask(address, { file })).json();
    studio.state.wear(settings);
  } catch (error) {
    studio.says.keep(error.message);
  }
}
