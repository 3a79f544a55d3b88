// Owns the strip under the picture: the clip's thumbnails, its part, the playhead, the loop found.

import { find, seconds } from "./dom.js";
import { grip } from "./grip.js";

const THUMBS = 24;

export class Timeline {
  constructor(studio) {
    this.studio = studio;
    this.strip = find("strip");
    const { state } = studio;
    const total = () => studio.clip.frames;
    const release = () => state.release();
    const step = () => 1 / total();
    const end = (name, at, put) => {
      const element = find(name);
      const text = () => seconds(at() * studio.clip.seconds);
      return grip(element, { track: this.strip, at, put, step, text, release });
    };
    this.ends = [
      end("start", () => studio.part[0] / total(), (to) => {
        const frame = Math.min(Math.round(to * total()), studio.part[1] - 1);
        state.set({ start: frame ? studio.timeOf(frame) : undefined }, "start");
      }),
      end("end", () => studio.part[1] / total(), (to) => {
        const frame = Math.max(Math.round(to * total()), studio.part[0] + 1);
        state.set({ end: frame < total() ? studio.timeOf(frame) : undefined }, "end");
      }),
    ];
    this.head = grip(find("head"), {
      track: this.strip,
      at: () => this.at,
      put: (to) => studio.seek(to * total()),
      step,
      text: () => `frame ${studio.player.k + 1} of ${studio.player.period}`,
    });
    this.strip.addEventListener("pointerdown", (event) => {
      const box = this.strip.getBoundingClientRect();
      studio.seek(((event.clientX - box.left) / box.width) * total());
    });
    this.at = 0;
  }

  /** Show another clip. */
  open() {
    const { width, height } = this.studio.clip;
    this.strip.style.setProperty("--ratio", width / height);
    find("thumbs").src = `thumbs?count=${THUMBS}&of=${encodeURIComponent(this.studio.clip.name)}`;
  }

  /** Show the part chosen, the loop found in it, and what of it is here. */
  update() {
    const { studio, strip } = this;
    const share = (frame) => frame / studio.clip.frames;
    const place = (name, frame) => strip.style.setProperty(`--${name}`, share(frame));
    place("from", studio.part[0]);
    place("to", studio.part[1]);
    const { first, count } = studio.span;
    const isMatch = Boolean(studio.match);
    find("match").hidden = !isMatch;
    place("match-from", first);
    place("match-to", first + count);
    const { offset, arrived } = studio.loaded;
    place("here", offset + arrived);
    find("missing").hidden = offset + arrived >= studio.part[1];
    this.ends.forEach((told) => told());
  }

  /** Show where composed frame k is. */
  show(k) {
    const { composition, span, clip, player } = this.studio;
    this.at = (span.first + composition.loop.at(k).a) / clip.frames;
    this.strip.style.setProperty("--at", this.at);
    const time = `${(k / composition.rate).toFixed(2)} / ${seconds(player.period / player.rate)}`;
    if (time !== this.time) find("clock").textContent = this.time = time;
    const now = performance.now();
    if (player.isPlaying && now < this.told + 500) return; // a screen reader need not hear each
    this.told = now;
    this.head();
  }
}
