// Owns the start of the page, dropped and chosen files, the keyboard, and the interface for tests.

import { ask, find } from "./dom.js";
import { Studio } from "./studio.js";

// Elements that use the space bar themselves. A chosen radio button does nothing with it.
const BUTTONS = "button, a, summary, input:not([type=range], [type=radio]:checked)";

/** Upload a file to the server, which runs on this machine, and open it as the clip. */
async function upload(studio, file, limit) {
  if (file.size > limit) {
    return studio.say(`${file.name} is too large for this page: use the command line.`, true);
  }
  const sent = new XMLHttpRequest(); // fetch does not report an upload's progress
  const answer = new Promise((resolve, reject) => {
    sent.addEventListener("load", () => {
      const said = JSON.parse(sent.responseText || "{}");
      if (sent.status < 300) resolve(said);
      else reject(new Error(said.error ?? "The studio could not take the file."));
    });
    sent.addEventListener("error", () => reject(new Error("The studio did not take the file.")));
  });
  sent.upload.addEventListener("progress", ({ loaded, total }) => {
    studio.say(`Taking ${file.name}, ${Math.round((100 * loaded) / total)} %`);
  });
  sent.open("PUT", `clip?name=${encodeURIComponent(file.name)}`);
  sent.send(file);
  try {
    const clip = await answer;
    studio.state.set({ start: undefined, end: undefined });
    await studio.open(clip, true);
  } catch (error) {
    studio.say(error.message, true);
  }
}

function listen(studio, { limit }) {
  const take = ([file]) => file && upload(studio, file, limit);
  find("play").addEventListener("click", () => studio.turn());
  find("undo").addEventListener("click", () => studio.state.undo());
  find("redo").addEventListener("click", () => studio.state.redo());
  find("file").addEventListener("change", ({ target }) => {
    take([...target.files]);
    target.value = ""; // so that choosing the same file again is a change
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      event.preventDefault();
      document.body.classList.toggle("dropping", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
  document.addEventListener("keydown", (event) => press(studio, event));
  // After a click by pointer, keys are meant for the page and not for that button once more.
  document.addEventListener("click", ({ target, detail }) => {
    if (detail) target.closest("button")?.blur();
  });
}

/** Handle the keys that work everywhere, unless the focused field or button uses them itself. */
function press(studio, event) {
  const { target, shiftKey } = event;
  const isField = target.matches("input[type=text]");
  if (isField || event.altKey || !studio.composition) return;
  const isCommand = event.ctrlKey || event.metaKey;
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const key = event.key.toLowerCase();
  if (isCommand && key === "z") studio.state[shiftKey ? "redo" : "undo"]();
  else if (isCommand && key === "y") studio.state.redo();
  else if (isCommand) return;
  else if (event.key === " " && !target.matches(BUTTONS)) studio.turn();
  else if (by && !target.matches("input")) studio.stopAt(studio.player.k + by * (shiftKey ? 10 : 1));
  else return;
  event.preventDefault();
}

/** The page's interface for tests. */
function hook(studio) {
  window.rollscan = {
    studio,
    /** Whether all frames have come, the current options' composition, and their plan. */
    get isSettled() {
      return studio.frames.isComplete && !studio.isAsking && this.isComposed;
    },
    /** Whether everything of the composition has come that the current options ask for. */
    get isComposed() {
      const isAsking = studio.loops.isAsking || studio.fields.isAsking;
      return !isAsking && !studio.composition?.field.missing;
    },
    /** Set these settings, and all others to their defaults. */
    choose(settings) {
      studio.state.take(undefined);
      studio.state.set(settings);
    },
    /** Composed frame k as it is drawn: its width, its height, and its pixels as RGBA, from the top
     * row down, in base64.
     */
    pixels(k) {
      studio.show(k);
      const [width, height] = studio.frames.size;
      const text = Array.from(studio.painter.pixels(), (level) => String.fromCharCode(level)).join("");
      return { width, height, pixels: btoa(text) };
    },
  };
}

try {
  const given = await (await ask("state")).json();
  const studio = new Studio(given);
  listen(studio, given);
  hook(studio);
  new EventSource("alive"); // tells the server that the page is open
  requestAnimationFrame(studio.draw);
  if (given.clip) await studio.open(given.clip, false);
} catch (error) {
  find("says").textContent = error.message;
  find("says").classList.add("error");
}
