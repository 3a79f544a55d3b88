// Owns what is made: formats and platforms, the size expected, Make, its progress, finished files.

import { ask, bytes, el, find, rested, seconds } from "./dom.js";
import { FORMATS } from "./state.js";

const NAMES = { gif: "GIF", mp4: "MP4", webm: "WebM", webp: "WebP" };
const VIDEOS = ["mp4", "webm"];

export class Make {
  constructor(studio) {
    this.studio = studio;
    this.formats = FORMATS.map((format) => this.#format(format));
    find("formats").append(...this.formats.map(({ element }) => element));
    this.platforms = studio.platforms.map((platform) => this.#platform(platform));
    find("platforms").append(...this.platforms.map(({ element }) => element));
    find("make").addEventListener("click", () => this.#make());
    this.estimate = rested(900, () => this.#estimate());
  }

  /** Give what is made the clip's name. */
  rename() {
    const { given } = this.studio.state;
    const asked = this.studio.state.formats.length ? this.studio.state.formats : ["gif"];
    for (const format of asked) given[format] = this.#nameOf(format);
  }

  /** Show what the options are now. */
  update() {
    const { state } = this.studio;
    for (const { format, input } of this.formats) input.checked = Boolean(state.given[format]);
    const names = state.value("names") ?? [];
    for (const { name, input } of this.platforms) input.checked = names.includes(name);
    find("places").textContent = names.length ? names.join(", ") : "anywhere";
    const made = state.formats.map((format) => NAMES[format]);
    find("make").textContent = `Make ${made.join(" and ") || "it"}`;
  }

  /** Show what the server said to the options: what is wrong, else how large it will be. */
  judge(plan) {
    find("make").disabled = Boolean(plan.error);
    find("make-error").textContent = plan.error ?? "";
    find("expected").textContent = "";
    this.asking?.abort();
    if (plan.error || !plan.out) return;
    const { w, h, seconds: length, frames } = plan.out;
    this.facts = `${w} × ${h} · ${frames} frames · ${seconds(length)}`;
    find("expected").textContent = this.facts;
    this.estimate();
  }

  #nameOf = (format) => `${this.studio.clip.name.replace(/\.[^.]*$/, "") || "clip"}.${format}`;

  #format(format) {
    const input = el("input", {
      ...{ type: "checkbox", className: "unseen", value: format },
      on: {
        change: () =>
          this.studio.state.set({ [format]: input.checked ? this.#nameOf(format) : undefined }),
      },
    });
    return { format, input, element: el("label", {}, input, el("span", { text: NAMES[format] })) };
  }

  #platform({ name, formats, text }) {
    const { state } = this.studio;
    const change = () => {
      const names = (state.value("names") ?? []).filter((other) => other !== name);
      const lacks = !formats.some((format) => state.given[format]);
      const format = input.checked && lacks ? { [formats[0]]: this.#nameOf(formats[0]) } : {};
      state.set({ names: input.checked ? [...names, name] : names, ...format });
    };
    const input = el("input", { type: "checkbox", value: name, on: { change } });
    const element = el("label", { className: "switch" }, input, name, " ", el("small", { text }));
    return { name, input, element };
  }

  async #estimate() {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      find("expected").textContent = `${this.facts} · about …`;
      const answer = await ask("estimate", { body: { options: this.studio.state.sent }, signal });
      const { bytes: count } = await answer.json();
      if (signal.aborted) return;
      find("expected").textContent = `${this.facts} · about ${bytes(count)}`;
    } catch (error) {
      if (!signal.aborted) find("expected").textContent = this.facts;
    }
  }

  async #make() {
    const names = this.studio.state.formats.map((format) => this.studio.state.given[format]);
    const job = new Job(names.join(", "));
    find("made").prepend(job.element);
    job.element.scrollIntoView({ block: "nearest" });
    try {
      const answer = await ask("jobs", { body: { options: this.studio.state.sent } });
      job.follow((await answer.json()).id);
    } catch (error) {
      job.fail(error.message);
    }
  }
}

/** One thing being made, or finished. */
class Job {
  constructor(name) {
    this.name = name;
    this.bar = el("progress", { max: 1, value: 0, ariaLabel: `progress of ${name}` });
    this.stage = el("span", { text: "Beginning", role: "status" });
    this.cancel = el("button", {
      ...{ type: "button", text: "Cancel", disabled: true },
      on: { click: () => this.#cancel() },
    });
    this.running = el("div", { className: "running" }, this.bar, this.cancel, this.stage);
    this.element = el("li", {}, el("strong", { text: name }), this.running);
  }

  /** Follow the job of this number to its end. */
  follow(id) {
    this.id = id;
    this.cancel.disabled = false;
    const events = new EventSource(`jobs/${id}/events`);
    events.addEventListener("message", ({ data }) => {
      const said = JSON.parse(data);
      if (said.type === "queued") this.stage.textContent = `Waiting, ${said.place} before it`;
      if (said.type === "progress") this.#progress(said);
      if (said.type === "written") this.#written(said);
      if (said.type === "failed") this.fail(said.message);
      if (said.type === "cancelled") this.fail("Cancelled. Nothing was written.");
      if (said.type === "done") this.running.remove();
      if (["failed", "cancelled", "done"].includes(said.type)) events.close();
    });
  }

  fail(message) {
    this.running.remove();
    this.element.append(el("p", { className: "error", role: "alert", text: message }));
  }

  async #cancel() {
    this.cancel.disabled = true;
    this.stage.textContent = "Cancelling";
    await ask(`jobs/${this.id}`, { method: "DELETE" }).catch((error) => this.fail(error.message));
  }

  #progress({ stage, done, left }) {
    this.bar.value = done;
    const rest = left === null || left < 1 ? "" : `, ${Math.ceil(left)} s left`;
    const text = `${stage[0].toUpperCase()}${stage.slice(1)}${rest}`;
    if (this.stage.textContent !== text) this.stage.textContent = text;
  }

  #written({ name, size, frames, seconds: length, bytes: count, seam, given_up, index }) {
    const address = `jobs/${this.id}/files/${index}`;
    const isVideo = VIDEOS.some((format) => name.endsWith(`.${format}`));
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const source = `${address}?show=1`;
    const shown = isVideo
      ? el("video", {
          ...{ src: source, loop: true, muted: true, autoplay: !isCalm, controls: true },
          ...{ playsInline: true, ariaLabel: name },
        })
      : el("img", { src: source, alt: `${name}, as it is` });
    const facts = [
      ...[`${size[0]} × ${size[1]}`, `${frames} frames`, seconds(length), bytes(count)],
      ...(seam === null || seam === undefined ? [] : [`seam ${seam.toFixed(1)}`]),
    ];
    const save = el("a", { href: address, download: name, className: "button", text: "Save" });
    save.setAttribute("aria-label", `Save ${name}`);
    const text = el("p", {}, el("span", { text: facts.join(" · ") }));
    if (given_up) text.append(el("small", { text: `To fit, it gave up ${given_up}.` }));
    const file = el("div", { className: "file" }, shown, el("div", { className: "told" }, text, save));
    if (name !== this.name) text.prepend(el("em", { text: name }));
    this.element.append(file);
  }
}
