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

/** The masks that are requested one at a time. Of those that wait, the newest ones are requested. */
export class AllMasks {
  #now = null; // the request that is under way
  #next = null; // the one after it

  /** loops: as of Loops. arrived(): is called whenever some have come. */
  constructor(loops, arrived) {
    Object.assign(this, { loops, arrived });
    this.forget();
  }

  /** Forget all masks, as those of other frames differ. clip: the id of the one to ask about. */
  forget(clip) {
    this.clip = clip;
    this.known = new Map(); // by what was requested; false where the server has none
    this.#next = null;
    this.last = null; // the last ones that came or were used, and what they are about besides the still area
  }

  /** Whether masks are requested that have not come yet. */
  get isAsking() {
    return Boolean(this.#now && this.#now.known === this.known) || Boolean(this.#next);
  }

  /** The masks of a composition, or null where there are none, or none yet. While those with another
   * still area are requested, the last ones are returned, as it is dragged.
   *
   * settings: the values of all options. count, first: of the frames. frames: a Frames.
   */
  of(settings, count, first, frames) {
    const isNeeded = this.loops[settings.loop].dissolves || settings.still_area;
    this.#next = null;
    if (!isNeeded || !frames.isComplete) return null;
    const names = [...SETTINGS, ...this.loops[settings.loop].settings];
    const given = Object.fromEntries(names.map((name) => [name, settings[name]]));
    const body = { clip: this.clip, settings: given, count, first, span: frames.span };
    const key = JSON.stringify(body);
    const others = JSON.stringify({ ...body, settings: { ...given, still_area: null } });
    const masks = this.known.get(key);
    if (masks) this.last = { others, masks };
    if (masks !== undefined) return masks || null;
    if (this.#now?.key !== key || this.#now.known !== this.known) {
      this.#next = { key, body, others, size: frames.size };
    }
    this.#ask();
    return this.last?.others === others ? this.last.masks : null;
  }

  async #ask() {
    if (this.#now || !this.#next) return;
    const { known } = this;
    const { key, body, others, size } = (this.#now = { ...this.#next, known });
    this.#next = null;
    const answer = await ask("masks", { body }).then(unpacked).catch(() => null); // see the plan
    this.#now = null;
    const masks = answer && new Masks(answer, size);
    if (known === this.known) {
      known.set(key, masks ?? false);
      if (known.size > MOST) known.delete(known.keys().next().value);
      if (masks) this.last = { others, masks };
      this.arrived();
    }
    this.#ask();
  }
}
