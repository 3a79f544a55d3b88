// Owns the list item of one job: its progress, the button to cancel it, and its finished files.

import { ask, bytes, closing, el, seconds } from "./dom.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const playing = new Set(); // the videos that are in sight
let isHeld = false; // whether something is in the user's hand, which the picture has to follow

/** Play the videos that are in sight, unless something is held, and stop the others. */
function playOrStop(video) {
  if (!playing.has(video) || isHeld) video.pause();
  else if (!calm.matches) video.play().catch(() => {}); // a browser may refuse to
}

/** Note whether something is held. */
export function hold(isNowHeld) {
  if (isHeld === isNowHeld) return;
  isHeld = isNowHeld;
  playing.forEach(playOrStop);
}

/** Results that are out of sight are not played: a video stops, and a picture is unloaded. */
const resting = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (target.matches("video")) {
      if (isIntersecting) playing.add(target);
      else playing.delete(target);
      playOrStop(target);
    } else if (isIntersecting) {
      if (!target.hasAttribute("src")) target.src = target.dataset.src;
    } else if (target.complete && target.naturalWidth) {
      target.removeAttribute("src");
    }
  }
});

const ENDS = { failed: ({ message }) => message, cancelled: () => "Cancelled: nothing was written." };

export class Job {
  /** name: of its files. jump: the score above which a seam is seen as a jump. */
  constructor(name, jump) {
    Object.assign(this, { name, jump });
    this.isOver = false;
    this.written = new Set(); // the indices of the files that are shown
    this.bar = el("progress", { max: 1, value: 0, ariaLabel: name });
    this.stage = el("span", { text: "Beginning", role: "status" });
    const click = () => this.#cancel();
    this.cancel = el("button", { type: "button", text: "Cancel", disabled: true, on: { click } });
    this.running = el("div", { className: "running" }, this.bar, this.cancel, this.stage);
    this.element = el("li", {}, el("strong", { text: name }), this.running);
  }

  /** Show the job with this id until it ends. events: those that are known already. */
  follow(id, events = []) {
    this.id = id;
    this.cancel.disabled = false;
    events.forEach((event) => this.#take(event));
    if (this.isOver) return;
    const source = new EventSource(`jobs/${id}/events`);
    source.addEventListener("message", ({ data }) => {
      this.#take(JSON.parse(data));
      if (this.isOver) source.close();
    });
  }

  /** Ask whether to go on, as the server asks; if so, call `goOn`. */
  confirm(question, goOn) {
    const answered = (then) => () => {
      asked.remove();
      this.running.hidden = false;
      then();
    };
    const yes = el("button", { type: "button", text: "Replace it", on: { click: answered(goOn) } });
    const leave = answered(() => this.end("Left as it is: nothing was written."));
    const no = el("button", { type: "button", text: "Leave it", on: { click: leave } });
    const text = el("p", { role: "alert", text: question });
    const asked = el("div", { className: "asked" }, text, yes, no);
    this.running.hidden = true;
    this.element.append(asked);
    no.focus();
  }

  /** Show that the job failed or was cancelled. */
  end(message) {
    this.isOver = true;
    this.running.remove();
    this.element.append(el("p", { className: "error", role: "alert", text: message }));
  }

  #take(event) {
    if (event.type === "queued") this.stage.textContent = `Waiting: ${event.place} before it`;
    if (event.type === "progress") this.#progress(event);
    if (event.type === "written") this.#written(event);
    if (event.type in ENDS) this.end(ENDS[event.type](event));
    if (event.type !== "done") return;
    this.isOver = true;
    this.running.remove();
  }

  async #cancel() {
    this.cancel.disabled = true;
    this.stage.textContent = "Cancelling";
    await ask(`jobs/${this.id}`, { method: "DELETE" }).catch((error) => this.end(error.message));
  }

  #progress({ stage, done, left }) {
    this.bar.value = done;
    const rest = left >= 1 ? `, ${Math.ceil(left)} s left` : "";
    const text = stage[0].toUpperCase() + stage.slice(1) + rest;
    if (this.stage.textContent !== text) this.stage.textContent = text;
  }

  #written({ name, size, frames, seconds: length, bytes: count, seam, given_up, index }) {
    if (this.written.has(index)) return; // a stream that breaks off begins anew
    this.written.add(index);
    const address = `jobs/${this.id}/files/${index}`;
    const source = { src: `${address}?show=1`, ariaLabel: name };
    const shown = /\.(mp4|webm)$/.test(name)
      ? el("video", { ...source, loop: true, muted: true, controls: true, playsInline: true })
      : el("img", { ...source, alt: name });
    shown.dataset.src = source.src;
    shown.style.aspectRatio = size.join(" / "); // as high before it is loaded, and while it is not
    resting.observe(shown);
    const facts = [size.join(" × "), `${frames} frames`, seconds(length), bytes(count)];
    if (typeof seam === "number") facts.push(closing(seam, this.jump));
    const text = el("p", {}, facts.join(" · "));
    if (name !== this.name) text.prepend(el("strong", { text: name }));
    if (given_up) text.append(el("small", { text: `To fit, it gave up ${given_up}.` }));
    const save = el("a", { href: address, download: name, className: "button", text: "Save" });
    save.setAttribute("aria-label", `Save ${name}`);
    const told = el("div", { className: "told" }, text, save);
    const isInSight = this.element.getBoundingClientRect().top < innerHeight;
    this.element.append(el("div", { className: "file" }, shown, told));
    if (isInSight) told.scrollIntoView({ block: "nearest" });
  }
}
