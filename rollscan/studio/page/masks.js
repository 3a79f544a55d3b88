// Owns the masks of the picture: which pixels are live, and when they switch while a loop dissolves.

import { ask, unpacked } from "./dom.js";

const MOST = 16; // how many are cached
const SETTINGS = ["loop", "speed", "still_area"]; // on which they depend, besides those of the loop

/** See rollscan/studio/masks.py for the facts. */
export class Masks {
  constructor({ facts, planes }, [width, height]) {
    Object.assign(this, { facts, size: [width, height] });
    const length = width * height;
    this.texels = new Int16Array(2 * length);
    ["switch", "still"].filter((name) => facts[name]).forEach((name, n) => {
      const channel = name === "switch" ? 0 : 1;
      for (let i = 0; i < length; i++) this.texels[2 * i + channel] = planes[n * length + i];
    });
    this.parts = ["switch", "still"].filter((name) => facts[name]).map((name) => name.toUpperCase());
  }
}

/** The masks that were requested. */
export class AllMasks {
  /** loops: as of Loops. arrived(): is called whenever some have come. */
  constructor(loops, arrived) {
    Object.assign(this, { loops, arrived });
    this.forget();
  }

  /** Forget all masks, as those of other frames differ. clip: the id of the one to ask about. */
  forget(clip) {
    this.clip = clip;
    this.known = new Map(); // by what was requested; null until the answer comes, false for none
  }

  /** Whether masks are requested that have not come yet. */
  get isAsking() {
    return [...this.known.values()].includes(null);
  }

  /** The masks of a composition, or null where there are none, or none yet.
   *
   * settings: the values of all options. count, first: of the frames. frames: a Frames.
   */
  of(settings, count, first, frames) {
    const isNeeded = this.loops[settings.loop].dissolves || settings.still_area;
    if (!isNeeded || !frames.isComplete) return null;
    const names = [...SETTINGS, ...this.loops[settings.loop].settings];
    const given = Object.fromEntries(names.map((name) => [name, settings[name]]));
    const body = { clip: this.clip, settings: given, count, first, span: frames.span };
    const key = JSON.stringify(body);
    if (!this.known.has(key)) this.#ask(key, body, frames.size);
    return this.known.get(key) || null;
  }

  async #ask(key, body, size) {
    const { known } = this;
    known.set(key, null);
    const answer = await unpacked(await ask("masks", { body })).catch(() => null); // see the plan
    known.set(key, answer ? new Masks(answer, size) : false);
    for (const [old, there] of known) if (known.size > MOST && there !== null) known.delete(old);
    if (known === this.known) this.arrived();
  }
}
