// Owns the clip's frames in the browser: fetches them raw, and hands each to the GPU and no further.

import { ask } from "./dom.js";

/** The frames of the clip, or of a part of it, at the preview's size. */
export class Frames {
  constructor(painter) {
    this.painter = painter;
    this.forget();
  }

  /** Have none. */
  forget() {
    this.asking?.abort();
    this.asking = null;
    this.arrived = 0; // frames
    this.count = 0; // that will be there
    this.size = [0, 0];
    this.first = 0; // the number in the clip of the first one
    this.isWhole = false; // all of what was asked for
  }

  get isComplete() {
    return this.count > 0 && this.arrived === this.count;
  }

  /** Fetch the frames between two times, where given; `arrived` is called as they come. */
  async load({ start, end }, arrived) {
    this.forget();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const span = new URLSearchParams(
      Object.entries({ start, end }).filter(([, value]) => value !== undefined),
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
      // Where decoding fails the frames break off; asked again, the server says why.
      if (error instanceof TypeError) await ask(`frames?${span}`, { signal });
      this.asking.abort();
      throw error;
    }
  }

  async #take(reader, signal, arrived) {
    const frame = new Uint8Array(3 * this.size[0] * this.size[1]);
    let filled = 0; // bytes of the frame that is coming
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
