// Owns the start of the page, dropped and chosen files, the keyboard, and the interface for tests.

import * as address from "./address.js";
import { ask, find, rested } from "./dom.js";
import { holdsLook, offer } from "./dropped.js";
import { Recorder } from "./recorder.js";
import { Studio } from "./studio.js";

const PATIENCE = 4000; // milliseconds without the server, after which the page says so
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
  // From here on the server may open it at any moment.
  sent.upload.addEventListener("load", () => studio.pause());
  sent.open("PUT", `clip?name=${encodeURIComponent(file.name)}`);
  sent.send(file);
  try {
    studio.isTaking = true;
    await replaced(studio, await answer);
  } catch (error) {
    studio.resume();
    studio.says.keep(error.message);
  } finally {
    studio.isTaking = false;
  }
}

/** Follow what the server says to all pages: which clip is open, and that it ends. */
function attend(studio) {
  const events = new EventSource("alive"); // which also tells the server that the page is open
  let waiting;
  events.addEventListener("open", () => {
    clearTimeout(waiting);
    waiting = undefined;
    studio.says.setOver(false);
  });
  events.addEventListener("error", () => {
    waiting ??= setTimeout(() => studio.says.setOver(true), PATIENCE);
  });
  events.addEventListener("message", async ({ data }) => {
    const { type, id, what, done } = JSON.parse(data);
    if (type === "closing") return studio.says.setOver(true);
    if (type === "progress") return studio.says.setProgress(what, done);
    if (id === null || studio.isTaking || id === studio.clip?.id) return;
    const { clip } = await (await ask("state")).json();
    if (clip.id !== studio.clip?.id) await replaced(studio, clip);
  });
}

/** Open a clip in place of another, also in the address. */
async function replaced(studio, clip) {
  await studio.open(clip, true);
  address.write(studio.state.given, clip.id);
}

/** Keep the options in the address, so that the page may be loaded again, and take those of a link. */
function remember(studio, given) {
  const { state } = studio;
  const write = rested(300, () => state.held || address.write(state.given, studio.clip?.id));
  state.watch(write);
  addEventListener("hashchange", ({ newURL }) => {
    const chosen = address.read(given, studio.clip?.id, newURL);
    if (chosen) state.replace(chosen);
  });
  addEventListener("pagehide", () => address.write(state.given, studio.clip?.id));
}

function listen(studio, { limit }) {
  const take = async ([file]) => {
    if (!file) return;
    const open = () => upload(studio, file, limit);
    if (studio.clip && (await holdsLook(file))) offer(studio, file, open);
    else open();
  };
  new Recorder(studio, (file) => upload(studio, file, limit));
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
  const isField = target.matches("input[type=text], #name-look input");
  if (isField || event.altKey || !studio.composition) return;
  const isCommand = event.ctrlKey || event.metaKey;
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const key = event.key.toLowerCase();
  if (isCommand && key === "z") studio.state[shiftKey ? "redo" : "undo"]();
  else if (isCommand && key === "y") studio.state.redo();
  else if (isCommand) return;
  else if (studio.viewing.press(key)) studio.tell();
  else if (studio.camera.isOn) return; // nothing else is played
  else if (event.key === " " && !target.matches(BUTTONS)) studio.turn();
  else if (key === "r") studio.loopBar.turn();
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
      const isAsking = [studio.loops, studio.fields, studio.masks].some((all) => all.isAsking);
      return !isAsking && !studio.composition?.field.missing;
    },
    /** Set these settings, and all others of looks to their defaults. */
    choose(settings) {
      const { state } = studio;
      const ofLooks = [...state.known.values()].filter(({ look }) => look);
      state.set(Object.fromEntries([["look"], ...ofLooks.map(({ name }) => [name])]));
      state.set(settings);
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
  const options = address.read(given, given.clip?.id) ?? given.options;
  const studio = new Studio({ ...given, options });
  listen(studio, given);
  hook(studio);
  attend(studio);
  remember(studio, given);
  requestAnimationFrame(studio.draw);
  const jobs = studio.make.recall();
  if (given.clip) await studio.open(given.clip, false);
  await jobs;
} catch (error) {
  find("says").textContent = error.message;
  find("says").classList.add("error");
}
