// Owns the loading of the clip's frames, which go to the GPU one by one and are not kept elsewhere.

import { ask } from "./dom.js";

/** The frames of the clip, or of a part of it, at the preview's size. */
export class Frames {
  constructor(painter) {
    this.painter = painter;
    this.forget();
  }

  /** Stop loading, and forget all frames. */
  forget() {
    this.asking?.abort();
    this.asking = null;
    this.arrived = 0; // how many frames are loaded
    this.count = 0; // how many there will be
    this.size = [0, 0];
    this.first = 0; // the first one's number in the clip
    this.isWhole = false; // whether they are all frames of the requested part
  }

  get isComplete() {
    return this.count > 0 && this.arrived === this.count;
  }

  /** Make room for `count` frames of `size`, which come from elsewhere; return whether there is any. */
  begin(size, count) {
    this.forget();
    this.size = size;
    return this.painter.hold(size, count);
  }

  /** Load the frames of a part of a clip, which `start` and `end` limit, if given, in seconds, and of
   * whose picture `crop` is shown, if given.
   *
   * clip: its id.
   * arrived(): is called whenever some have come. Throws an Error with a message for people.
   */
  async load({ clip, start, end, crop }, arrived) {
    this.forget();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.span = { start, end, crop }; // what was requested
    const span = new URLSearchParams(
      Object.entries({ clip, start, end, crop }).filter(([, value]) => value !== undefined),
    );
    try {
      const answer = await ask(`frames?${span}`, { signal });
      const number = (name) => Number(answer.headers.get(name));
      this.size = [number("X-Width"), number("X-Height")];
      this.first = number("X-First");
      this.isWhole = number("X-Whole") === 1;
      const count = number("X-Count");
      if (!this.painter.hold(this.size, count)) {
        throw new Error("The GPU has too little memory for this clip: choose a shorter part.");
      }
      this.count = count;
      await this.#take(answer.body.getReader(), signal, arrived);
    } catch (error) {
      if (signal.aborted) return;
      // If decoding fails, the response breaks off. A second request gets the reason as its answer.
      if (error instanceof TypeError) await ask(`frames?${span}`, { signal });
      this.asking.abort();
      throw error;
    }
  }

  async #take(reader, signal, arrived) {
    const frame = new Uint8Array(3 * this.size[0] * this.size[1]);
    let filled = 0; // how many bytes of the frame have come
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) break;
      for (let taken = 0; taken < value.length; ) {
        const part = value.subarray(taken, taken + frame.length - filled);
        frame.set(part, filled);
        taken += part.length;
        filled += part.length;
        if (filled === frame.length && this.arrived < this.count) {
          this.painter.put(this.arrived++, frame);
          filled = 0;
        }
      }
      arrived();
    }
    if (!signal.aborted && !this.isComplete) {
      throw new Error(`Only ${this.arrived} of ${this.count} frames came: load the page again.`);
    }
  }
}
