// Owns the strip photograph under the picture, which grows as the loop plays.

import { el, find } from "./dom.js";

const LONGEST = 8192; // pixels of a canvas, which every browser can have
const MOVES = "A slit that moves is seen in the strip photograph that is made.";

/** The strip photograph of the frames that are here, at the present slit. Where it is to be as long as
 * what passes, each frame adds its slit, as the motion is measured when the file is made.
 */
export class Strip {
  #laid = 0; // frames
  #of = ""; // what the laid frames depend on

  constructor(studio) {
    this.studio = studio;
    this.canvas = el("canvas", { aria: { label: "The strip photograph so far" } });
    this.canvas.setAttribute("role", "img");
    this.told = el("p", { text: MOVES });
    this.element = el("div", { id: "growing", hidden: true }, this.canvas, this.told);
    const title = "The strip photograph at this slit, which grows as the loop plays";
    const on = { click: () => this.open(this.element.hidden) };
    this.button = el("button", { type: "button", id: "show-strip", text: "Strip", title, aria: { pressed: false }, on });
    find("tools").before(this.element);
    find("show-written").after(this.button);
  }

  /** Show the strip, or no longer. */
  open(isOpen) {
    this.element.hidden = !isOpen;
    this.button.setAttribute("aria-pressed", String(isOpen));
    this.studio.isDue = true;
  }

  /** Lay down what the frames up to composed frame k add. */
  show(k) {
    if (this.element.hidden) return;
    const { composition, composedFrom, frames, spans } = this.studio;
    const [first, stop] = spans.part;
    const how = this.#how(stop - first);
    this.canvas.hidden = !how;
    this.told.hidden = Boolean(how);
    if (!how) return;
    this.#begin(how, first, stop - first);
    const now = composedFrom + composition.loop.at(k).a - first + 1;
    const here = frames.first + frames.arrived - first;
    this.#lay(Math.max(0, Math.min(now, here, stop - first)), first - frames.first, stop - first, how);
  }

  /** How slices are laid: whether they are columns, the first column of each in a frame, how many it
   * has, whether the latest comes first, and the shape of the strip. count: of the frames. Null for a
   * slit that moves.
   */
  #how(count) {
    const { state, clip, frames, given } = this.studio;
    const setting = [...state.known.values()].find(({ control, direction }) => control === "position" && direction);
    const slit = state.value(setting.name);
    if (typeof slit !== "number") return null;
    const direction = state.value(setting.direction) ?? given.strip.usual;
    const isSideways = given.strip.sideways.includes(direction);
    const [side, across] = isSideways ? [0, 1] : [1, 0];
    const sides = [clip.width, clip.height];
    const columns = this.#columns(state.value(setting.width), sides[side] / count); // of a frame
    const scale = frames.size[side] / sides[side];
    const isSlice = state.value("strip") !== given.strip.fitted;
    const most = Math.max(1, Math.floor(LONGEST / count));
    const thick = isSlice ? Math.min(most, Math.max(1, Math.round(columns * scale))) : 1;
    const from = Math.min(Math.floor(slit * frames.size[side]), frames.size[side] - thick);
    const shape = (count * columns) / sides[across];
    const isReversed = given.strip.reversed.includes(direction);
    return { isSideways, from, thick, isReversed, shape: isSideways ? shape : 1 / shape };
  }

  /** How many columns of the strip each frame adds. width: of the slit. fitted: where it is as long as
   * the video is wide.
   */
  #columns(width, fitted) {
    const { state, clip, given } = this.studio;
    if (state.value("pace")) return state.value("pace") / clip.fps;
    if (state.value("strip") === given.strip.fitted) return fitted;
    return state.value("strip") === given.strip.film && typeof width === "number" ? width : 1;
  }

  /** Begin anew if other frames, or another slit, are meant. */
  #begin(how, first, count) {
    const { frames } = this.studio;
    const [width, height] = frames.size;
    const long = count * how.thick;
    const size = how.isSideways ? [long, height] : [width, long];
    const of = JSON.stringify([how, first, size, this.studio.clip.id, frames.span]);
    if (of === this.#of) return;
    this.#of = of;
    this.#laid = 0;
    [this.canvas.width, this.canvas.height] = size; // which clears it
    this.element.style.setProperty("--shape", how.shape);
  }

  #lay(count, offset, total, { isSideways, from, thick, isReversed }) {
    const on = this.canvas.getContext("2d");
    const [least, most] = [Math.min(count, this.#laid), Math.max(count, this.#laid)];
    const to = (isReversed ? total - most : least) * thick;
    if (count > this.#laid) {
      const indices = Array.from({ length: most - least }, (_, i) => offset + least + i);
      if (isReversed) indices.reverse();
      this.studio.painter.drawSlices(on, indices, { isSideways, from, thick, to });
    } else {
      const [long, { width, height }] = [(most - least) * thick, this.canvas];
      on.clearRect(...(isSideways ? [to, 0, long, height] : [0, to, width, long]));
    }
    if (count !== this.#laid) this.#follow((isReversed ? total - count : count) / total);
    this.#laid = count;
  }

  /** Keep the newest slice in sight where the strip is longer than its place. at: its share. */
  #follow(at) {
    const { element, canvas } = this;
    element.scrollLeft = at * canvas.clientWidth - element.clientWidth / 2;
  }
}
