// Owns the bar of the loop under the strip: where it is, and the part of it that is repeated.

import { find, seconds } from "./dom.js";
import { grip } from "./grip.js";

const LEAST = 0.04; // the share of the loop that a repeated part has at least
const USUAL = 1; // seconds of it, at most a third of the loop

export class LoopBar {
  constructor(studio) {
    this.studio = studio;
    this.bar = find("loop-bar");
    const { player } = studio;
    const end = (name, i) => {
      const at = () => player.again?.[i] ?? i;
      const put = (to) => this.#put(i, to);
      const text = () => seconds((at() * player.period) / player.rate);
      return grip(find(name), { track: this.bar, at, put, text, step: () => 1 / player.period });
    };
    this.ends = [end("again-from", 0), end("again-to", 1)];
    find("again").addEventListener("click", () => this.turn());
    this.bar.addEventListener("pointerdown", (event) => {
      if (event.target !== this.bar || event.button) return;
      this.bar.setPointerCapture(event.pointerId);
      this.#seek(event);
    });
    this.bar.addEventListener("pointermove", (event) => event.buttons && event.target === this.bar && this.#seek(event));
  }

  /** Repeat a part of the loop round the frame on display, or all of it again. */
  turn() {
    const { player, composition } = this.studio;
    if (!composition) return;
    if (player.again) player.again = null;
    else {
      const length = player.period / player.rate;
      const half = Math.max(LEAST, Math.min(1 / 3, USUAL / length)) / 2;
      const middle = Math.min(Math.max(player.at / length, half), 1 - half);
      player.again = [middle - half, middle + half];
      this.studio.turn(true);
    }
    this.update();
  }

  /** Show the part that is repeated. */
  update() {
    const { again } = this.studio.player;
    for (const name of ["region", "again-from", "again-to"]) find(name).hidden = !again;
    find("again").setAttribute("aria-pressed", String(Boolean(again)));
    if (!again) return;
    this.bar.style.setProperty("--again-from", again[0]);
    this.bar.style.setProperty("--again-to", again[1]);
    this.ends.forEach((tell) => tell());
  }

  /** Show where the loop is. */
  show(k) {
    this.bar.style.setProperty("--loop-at", (k + 1) / this.studio.player.period);
  }

  #put(i, to) {
    const { player } = this.studio;
    const again = [...player.again];
    again[i] = i ? Math.max(to, again[0] + LEAST) : Math.min(to, again[1] - LEAST);
    player.again = again.map((share) => Math.min(Math.max(share, 0), 1));
    this.update();
  }

  #seek({ clientX }) {
    const { left, width } = this.bar.getBoundingClientRect();
    const { player, composition } = this.studio;
    const share = Math.min(Math.max((clientX - left) / width, 0), 1);
    if (composition) this.studio.stopAt(Math.min(Math.floor(share * player.period), player.period - 1));
  }
}
