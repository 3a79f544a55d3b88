// Owns the loops: their tables of sources, which come from the server and are cached.

import { ask } from "./dom.js";

const MOST = 64; // how many tables are cached

/** A loop: which frames of the clip, `count` in all, each frame of the loop is made of. */
export class Loop {
  /** rows: the server's table, with four numbers for each frame of the loop: two source frames, and
   * the share of each.
   */
  constructor(rows, count, isCyclic) {
    Object.assign(this, { rows, count, isCyclic });
    this.period = rows.length / 4;
    const frames = Array.from({ length: this.period }, (_, k) => this.at(k));
    this.isBlended = frames.some(({ shares }) => shares[1] > 0);
    this.isPlain = !this.isBlended && frames.every(({ a }, k) => a === k);
  }

  /** The sources of frame k of the loop: frames `a` and `b`, and the shares of both. */
  at(k) {
    const [a, b, ...shares] = this.rows.subarray(4 * k, 4 * k + 4);
    return { a, b, shares };
  }

  /** The first frame of the loop that shows a source frame, or the one nearest to it. */
  showing(frame) {
    let nearest = 0;
    for (let k = 1; k < this.period; k++) {
      if (Math.abs(this.at(k).a - frame) < Math.abs(this.at(nearest).a - frame)) nearest = k;
    }
    return nearest;
  }
}

export class Loops {
  /** kinds: the settings of each loop, and whether it `chooses` its part of the clip, by its name.
   * arrived(): is called whenever a table has come.
   */
  constructor(kinds, arrived) {
    Object.assign(this, { kinds, arrived });
    this.forget();
  }

  /** Forget all tables, as those of another clip differ. clip: the id of the one to ask about. */
  forget(clip) {
    this.clip = clip;
    // Loops by what was requested; null until the answer comes, false where the server has none.
    this.known = new Map();
  }

  /** Whether a table is requested that has not come yet. */
  get isAsking() {
    return [...this.known.values()].includes(null);
  }

  /** The loop of the settings, of `count` frames, or null where there is none or none yet. */
  of(settings, count) {
    const names = ["loop", "speed", ...this.kinds[settings.loop].settings];
    const asked = Object.fromEntries(names.map((name) => [name, settings[name]]));
    const key = JSON.stringify([asked, count]);
    if (!this.known.has(key)) this.#ask(key, asked, count);
    return this.known.get(key) || null;
  }

  async #ask(key, settings, count) {
    const { known } = this;
    known.set(key, null);
    const loop = await this.#told(settings, count).catch(() => false); // the plan has the error
    known.set(key, loop);
    for (const [old, there] of known) if (known.size > MOST && there !== null) known.delete(old);
    if (loop && known === this.known) this.arrived();
  }

  async #told(settings, count) {
    const answer = await ask("loop", { body: { clip: this.clip, settings, count } });
    const rows = new Float32Array(await answer.arrayBuffer());
    return rows.length > 0 && new Loop(rows, count, answer.headers.get("X-Cyclic") === "1");
  }
}
