// Owns the frame on display as the file will have it, which the server composes while the picture
// rests, where there is something that cannot be shown live.

import { ask, find, rested } from "./dom.js";

export class Exact {
  constructor(studio) {
    this.studio = studio;
    this.isMaking = false; // whether it is being composed
    this.ask = rested(150, () => this.#ask());
  }

  /** What cannot be shown live. */
  get absent() {
    const { state, composition } = this.studio;
    const { value, matters } = state;
    const made = ["smooth", "steady", "deflicker"].filter((name) => value(name) && matters(name));
    const isLive = composition?.field.facts.live ?? true;
    return isLive ? made : [composition.settings.effect, ...made];
  }

  get isShown() {
    return !find("rested").hidden;
  }

  /** Take the frame away, and request none. The live picture is shown. */
  drop() {
    this.ask.cancel();
    this.asking?.abort();
    this.isMaking = false;
    find("rested").hidden = true;
  }

  async #ask() {
    const { studio } = this;
    if (studio.player.isPlaying || !this.absent.length) return;
    if (studio.isAsking || !studio.composition || studio.plan?.error) return; // once a plan has no error, this is asked again
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.isMaking = true;
    studio.tell();
    try {
      const t = studio.player.k / studio.composition.rate;
      const answer = await ask("frame", { body: studio.request({ t }), signal });
      const [width, height] = ["X-Width", "X-Height"].map((name) => Number(answer.headers.get(name)));
      const rgb = new Uint8Array(await answer.arrayBuffer());
      if (signal.aborted) return;
      const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
      for (let i = 0; i < width * height; i++) pixels.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
      Object.assign(find("rested"), { width, height, hidden: false });
      find("rested").getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
      this.isMaking = false;
      studio.tell();
    } catch (error) {
      if (signal.aborted) return;
      this.isMaking = false;
      studio.say(error.message, true);
    }
  }
}
