// Owns the strip under the picture: thumbnails of the clip, the part, the loop and the playhead.

import { closing, find, seconds } from "./dom.js";
import { grip } from "./grip.js";

const THUMBS = 24;

export class Timeline {
  constructor(studio) {
    this.studio = studio;
    this.strip = find("strip");
    this.at = 0; // the position of the playhead, as a share of the clip
    const { state } = studio;
    const total = () => studio.clip.frames;
    const [release, cancel] = [() => state.release(), () => state.cancel()];
    const how = { track: this.strip, step: () => 1 / total(), release, cancel };
    const end = (name, i, put) => {
      const at = () => studio.spans.part[i] / total();
      const text = () => seconds(at() * studio.clip.seconds);
      return grip(find(name), { ...how, at, text, put: (to) => put(Math.round(to * total())) });
    };
    this.ends = [
      end("start", 0, (to) => {
        const frame = Math.min(to, studio.spans.part[1] - 1);
        state.set({ start: frame ? studio.spans.timeOf(frame) : undefined }, "start");
      }),
      end("end", 1, (to) => {
        const frame = Math.max(to, studio.spans.part[0] + 1);
        state.set({ end: frame < total() ? studio.spans.timeOf(frame) : undefined }, "end");
      }),
    ];
    const text = () => `frame ${studio.player.k + 1} of ${studio.player.period}`;
    const put = (to) => studio.seek(to * total());
    const rails = [this.strip];
    this.head = grip(find("head"), { ...how, at: () => this.at, put, text, cancel: undefined, rails });
  }

  /** Show another clip. */
  open() {
    find("thumbs").src = `thumbs?count=${THUMBS}&clip=${this.studio.clip.id}`;
  }

  /** Show the chosen part, the loop within it, and how much is loaded. */
  update() {
    const { clip, spans } = this.studio;
    const { part, here, composed, match, isHere } = spans;
    const places = { from: part[0], to: part[1], here: here[1] };
    const loop = { "match-from": composed.first, "match-to": composed.first + composed.count };
    for (const [name, frame] of Object.entries({ ...places, ...loop })) {
      this.strip.style.setProperty(`--${name}`, frame / clip.frames);
    }
    find("missing").hidden = isHere;
    find("match").hidden = !match;
    const isScored = typeof match?.seam === "number";
    find("seam").textContent = isScored ? closing(match.seam, this.studio.given.jump) : "";
    this.ends.forEach((tell) => tell());
  }

  /** Show the position of composed frame k. */
  show(k) {
    const { composition, spans, clip, player } = this.studio;
    this.at = (spans.composed.first + composition.loop.at(k).a) / clip.frames;
    this.strip.style.setProperty("--at", this.at);
    find("played").textContent = `${seconds(k / player.rate)} / ${seconds(player.period / player.rate)}`;
    const now = performance.now();
    if (player.isPlaying && now < this.toldAt + 500) return; // a screen reader cannot say them all
    this.toldAt = now;
    this.head();
  }
}
