// Owns the loops as the server tells them: their tables of sources, asked for once each.

import { ask } from "./dom.js";
import { Loop } from "./moments.js";

const MOST = 64; // tables that are remembered

export class Loops {
  /** kinds: by name, which settings a loop has, and whether it `chooses` its part of the clip.
   *
   * arrived: called with every table that comes.
   */
  constructor(kinds, arrived) {
    Object.assign(this, { kinds, arrived });
    this.forget();
  }

  /** Have no tables: those of another clip are other ones. */
  forget() {
    this.known = new Map(); // by what is asked; null: on its way; false: there is no such loop
  }

  /** Whether a table is on its way. */
  get isAsking() {
    return [...this.known.values()].includes(null);
  }

  /** The loop that settings ask for, of `count` frames; null where it is not here, or not yet. */
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
    const loop = await this.#told(settings, count).catch(() => false); // the plan says why
    known.set(key, loop);
    for (const [old, there] of known) if (known.size > MOST && there !== null) known.delete(old);
    if (loop && known === this.known) this.arrived();
  }

  async #told(settings, count) {
    const answer = await ask("loop", { body: { settings, count } });
    const rows = new Float32Array(await answer.arrayBuffer());
    return rows.length > 0 && new Loop(rows, count, answer.headers.get("X-Cyclic") === "1");
  }
}
