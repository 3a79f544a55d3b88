// Owns the time on display: playing, stopping, and which composed frame is due.

const EARLY = 1e-6; // of a frame, as in Python's effects

export class Player {
  constructor() {
    this.isPlaying = false;
    this.at = 0; // seconds of the composition
    this.then = null; // when it was last asked
  }

  /** The composition that is played, and how many frames a second the file made of it will have.
   *
   * Throws where there is no time in which it could be played; then the one before is.
   */
  take(composition, fps) {
    const { period, rate } = composition;
    for (const [name, number] of Object.entries({ period, rate, fps })) {
      if (!(number > 0 && number < Infinity)) throw new RangeError(`${name} is ${number}`);
    }
    const isSame = this.rate === rate && this.period === period;
    const k = this.period ? this.k : 0;
    Object.assign(this, { period, rate });
    // As RollingClip counts the frames of a file: a loop takes the rate that divides its period.
    this.frames = Math.max(1, Math.round((period / rate) * fps));
    this.fps = composition.loop.isCyclic ? (this.frames / period) * rate : fps;
    if (!isSame) this.goTo(Math.min(k, period - 1));
  }

  /** The composed frame on display. */
  get k() {
    return Math.min(Math.floor(this.at * this.rate + EARLY), this.period - 1);
  }

  /** Show a composed frame; before the first comes the last. */
  goTo(k) {
    this.at = (((k % this.period) + this.period) % this.period) / this.rate;
  }

  /** Go on to the moment `now`, in milliseconds: the composed frame that is due. */
  tick(now) {
    const passed = this.then === null ? 0 : Math.min(now - this.then, 250) / 1000;
    this.then = now;
    if (!this.isPlaying) return this.k;
    this.at = (this.at + passed) % (this.period / this.rate);
    const shown = Math.floor(this.at * this.fps + EARLY) / this.fps;
    return Math.min(Math.floor(shown * this.rate + EARLY), this.period - 1);
  }
}
