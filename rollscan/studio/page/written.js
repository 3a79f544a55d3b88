// Owns the excerpt of the file as it will be written, through its encoder, which is shown over the picture.

import { ask, el, find, rested } from "./dom.js";

export class Written {
  constructor(studio) {
    this.studio = studio;
    this.isChosen = false;
    this.button = find("show-written");
    this.button.addEventListener("click", () => this.#turn());
    this.ask = rested(200, () => this.#ask());
  }

  /** Whether an excerpt is shown. */
  get isShown() {
    return Boolean(this.shown);
  }

  /** Take the excerpt away, as the options changed; one of the new options is asked for in time. */
  wait() {
    this.ask.cancel();
    this.asking?.abort();
    this.#take(null);
  }

  /** Show the excerpt of the current options, if it is chosen. The plan has no error. */
  update() {
    if (this.isChosen) this.ask();
  }

  #turn() {
    this.isChosen = !this.isChosen;
    this.button.setAttribute("aria-pressed", String(this.isChosen));
    if (this.isChosen) this.#ask();
    else this.wait();
    this.studio.tell();
  }

  async #ask() {
    const { studio } = this;
    if (!studio.plan || studio.plan.error || studio.isAsking || !studio.composition) return;
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const t = studio.player.k / studio.composition.rate;
    try {
      const answer = await ask("excerpt", { body: studio.request({ t }), signal });
      const file = JSON.parse(answer.headers.get("X-File"));
      const part = await answer.blob();
      if (signal.aborted) return;
      this.#take(part, file);
      studio.make.expect(file);
    } catch (error) {
      if (signal.aborted) return;
      this.isChosen = false;
      this.button.setAttribute("aria-pressed", "false");
      studio.say(error.message, true);
    }
  }

  /** Show an excerpt, or none. */
  #take(part, file) {
    if (this.shown) URL.revokeObjectURL(this.shown.src);
    this.shown?.remove();
    this.shown = null;
    this.file = file;
    if (!part) return;
    const src = URL.createObjectURL(part);
    const how = { src, id: "written" };
    const isVideo = part.type.startsWith("video/");
    this.shown = isVideo
      ? el("video", { ...how, loop: true, muted: true, autoplay: true, playsInline: true })
      : el("img", { ...how, alt: "An excerpt, as it will be written" });
    find("hands").before(this.shown);
    this.studio.tell();
  }
}
