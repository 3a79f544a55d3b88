// Owns the looks as small moving pictures of this very clip; a click takes one.

import { el, find } from "./dom.js";
import { Composition } from "./moments.js";

const LONGER = 132; // pixels of a small picture's longer side
const FPS = 12;
const AT_ONCE = 2; // drawn before each of the picture's own frames, at most

export class Looks {
  constructor(studio) {
    this.studio = studio;
    this.seen = new Set(); // those in sight
    this.next = 0;
    const watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        this.seen[isIntersecting ? "add" : "delete"](target);
      }
    });
    this.tiles = [...studio.state.looks.values()].map((look) => {
      const canvas = el("canvas", { width: LONGER, height: LONGER, ariaHidden: "true" });
      const element = el(
        "button",
        { type: "button", on: { click: () => studio.state.take(look.name) } },
        canvas,
        el("span", { text: look.name }),
      );
      const tell = () => (find("look-told").textContent = `${look.shows}. Film: ${look.film}.`);
      element.addEventListener("pointerenter", tell);
      element.addEventListener("focus", tell);
      element.setAttribute("aria-description", look.shows);
      watcher.observe(element);
      return { name: look.name, element, small: canvas.getContext("2d"), then: -Infinity };
    });
    find("looks").append(...this.tiles.map(({ element }) => element));
  }

  /** Show which is taken; and begin anew where the frames, or what is not of a look, changed. */
  update() {
    const { state, frames, span, clip } = this.studio;
    const chosen = state.value("look");
    const look = state.looks.get(chosen);
    find("look-told").textContent = look ? `${look.shows}. Film: ${look.film}.` : "";
    const [width, height] = frames.size;
    const scale = Math.min(LONGER / Math.max(width, height), 1);
    const rate = clip.fps * state.value("speed");
    const basis = [width, height, span.first, span.count, rate].join();
    for (const tile of this.tiles) {
      tile.element.setAttribute("aria-pressed", String(tile.name === chosen));
      if (basis === this.basis || !span.count) continue;
      const settings = { ...state.withLook(tile.name), speed: 1 };
      tile.composition = new Composition(settings, frames.size, rate, span.count);
      tile.then = -Infinity;
      const { canvas } = tile.small;
      canvas.width = Math.max(1, Math.round(width * scale));
      canvas.height = Math.max(1, Math.round(height * scale));
    }
    this.basis = basis;
  }

  /** Draw the few that are due; the picture itself must be drawn after them. */
  draw(now, isStill) {
    const { painter, span, loaded } = this.studio;
    let drawn = 0;
    const inTurn = [...this.tiles.slice(this.next), ...this.tiles.slice(0, this.next)];
    for (const tile of inTurn) {
      if (drawn === AT_ONCE) break;
      const { composition, then } = tile;
      const isDue = isStill ? then === -Infinity : now - then >= 1000 / FPS;
      if (!composition || !isDue || !this.seen.has(tile.element)) continue;
      const late = Math.round(0.7 * composition.period); // where history is full, mostly
      const k = isStill ? late : Math.floor((now / 1000) * composition.rate);
      const first = span.first - loaded.offset;
      painter.drawOn(tile.small, composition, k % composition.period, first);
      tile.then = now;
      drawn += 1;
      this.next = this.tiles.indexOf(tile) + 1;
    }
    return drawn > 0;
  }
}
