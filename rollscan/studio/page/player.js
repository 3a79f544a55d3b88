// Owns the playback: whether it runs, its time, and the composed frame that is due.

export const FULL = 0.7; // of a loop, where history usually fills its side
const EARLY = 1e-6; // frames: the tolerance for rounding, as in Python's effects

export class Player {
  constructor() {
    this.isPlaying = false;
    this.at = 0; // the time in the composition, in seconds
    this.then = null; // when `tick` was last called
    this.again = null; // the part of the loop that is repeated: where it begins and ends, as shares
  }

  /** Set the composition to play. fps: frames per second of the file that will be made of it.
   *
   * Throws a RangeError if its period or a rate is not a positive number. The composition before it
   * is played on then.
   */
  take(composition, fps) {
    const { period, rate } = composition;
    for (const [name, number] of Object.entries({ period, rate, fps })) {
      if (!(number > 0 && number < Infinity)) throw new RangeError(`${name} is ${number}`);
    }
    const isSame = this.rate === rate && this.period === period;
    const k = this.period ? this.k : 0;
    Object.assign(this, { period, rate });
    // The frames of the file are counted as RollingClip does: the rate of a loop is changed to the
    // one at which its period has a whole number of frames.
    this.frames = Math.max(1, Math.round((period / rate) * fps));
    this.fps = composition.loop.isCyclic ? (this.frames / period) * rate : fps;
    if (!isSame) this.goTo(Math.min(k, period - 1));
  }

  /** The composed frame on display. */
  get k() {
    return Math.min(Math.floor(this.at * this.rate + EARLY), this.period - 1);
  }

  /** Go to a composed frame. Numbers before the first count back from the last. */
  goTo(k) {
    this.at = (((k % this.period) + this.period) % this.period) / this.rate;
  }

  /** Advance to the time `now`, in milliseconds, and return the number of the frame that is due. */
  tick(now) {
    const passed = this.then === null ? 0 : Math.min(now - this.then, 250) / 1000;
    this.then = now;
    if (!this.isPlaying) return this.k;
    this.at = this.#within(this.at + passed);
    const shown = Math.floor(this.at * this.fps + EARLY) / this.fps;
    return Math.min(Math.floor(shown * this.rate + EARLY), this.period - 1);
  }

  /** A time of the loop, or of the part of it that is repeated, where it has gone on beyond that. */
  #within(at) {
    const length = this.period / this.rate;
    const [from, to] = (this.again ?? [0, 1]).map((share) => share * length);
    return at >= from && at < to ? at : from + Math.max(0, at - from) % (to - from);
  }
}
