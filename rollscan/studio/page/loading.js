// Owns which frames of the clip are loaded: those of the chosen part, again where the options need others.

import { rested } from "./dom.js";

const REDRAWN = 120; // milliseconds between updates while frames arrive

export class Loading {
  #follow = rested(300, () => this.#again());

  constructor(studio) {
    this.studio = studio;
    this.hasFailed = false;
  }

  /** Whether the loaded frames are as large as they are of a short clip. */
  get isFull() {
    const { frames, clip, given } = this.studio;
    if (this.crop) return true; // a part may be smaller than the clip
    return Math.max(...frames.size) >= Math.min(given.fit, Math.max(clip.width, clip.height));
  }

  /** Load the frames of the chosen part. */
  async load() {
    const { studio } = this;
    const { start, end } = studio.state.given;
    const crop = this.#chosenCrop;
    Object.assign(this, { crop, of: [start, end, crop].join(), hasFailed: false });
    try {
      await studio.frames.load({ clip: studio.clip.id, start, end, crop }, () => {
        if (performance.now() - (this.drawnAt ?? 0) < REDRAWN) return;
        this.drawnAt = performance.now();
        studio.compose();
        studio.tell();
      });
      studio.changed();
    } catch (error) {
      this.hasFailed = true;
      studio.say(error.message, true);
    }
  }

  /** Load others in time, if the options need them. */
  follow() {
    this.#follow();
  }

  pause() {
    this.#follow.cancel();
  }

  /** Load frames again if the chosen part is not loaded, or not as the file will show it. */
  #again() {
    const { clip, state, spans } = this.studio;
    const { start, end } = state.given;
    const crop = this.#chosenCrop;
    if (!clip || state.held || [start, end, crop].join() === this.of) return;
    if (crop !== this.crop || !(spans.isHere && this.isFull && clip.even)) this.load();
  }

  /** The part of the picture that is shown, as the server takes it; undefined for all of it. */
  get #chosenCrop() {
    return this.studio.state.value("crop")?.toString();
  }
}
