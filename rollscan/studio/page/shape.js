// Owns the preview of the shape that a platform gives the picture: what it cuts off, what it adds.

import { find } from "./dom.js";

const HAIR = 0.01; // a share of the picture; less is cut or added only to make its sides even
const SMALL = 64; // pixels: the size at which padding is blurred, as in deliver/composition.py
const BLURRED = "blur(2.5px) brightness(0.6)";

export class Shape {
  /** Show the shape of the first file.
   *
   * out: from the server's plan. fit: the option. focus: the middle of what a crop keeps, if it is
   * chosen; the plan may not have it yet.
   */
  update(out, fit, focus) {
    const [left, top, w, h] = out?.frame ?? [0, 0, 1, 1]; // as shares of the picture
    const isCut = Math.min(w, h) < 1 - HAIR;
    const isPadded = Math.max(w, h) > 1 + HAIR;
    const within = (middle, side) => Math.min(Math.max(middle - side / 2, 0), 1 - side);
    const [x, y] = isCut && focus ? [within(focus[0], w), within(focus[1], h)] : [left, top];
    Object.assign(this, { x, y, w, h, isCut, isBlurred: isPadded && fit === "blur" });
    this.told = isCut ? `Cut for ${out.place}` : isPadded ? `Padded for ${out.place}` : "";
    for (const [name, share] of Object.entries({ x, y, w, h })) {
      find("stage").style.setProperty(`--${name}`, share);
    }
    find("cut").hidden = !isCut;
    find("around").hidden = !isPadded;
    if (isPadded) find("around").width = find("around").height = 1; // black, unless it is blurred
  }

  /** Draw the blurred padding round the picture that was just drawn. */
  show() {
    if (!this.isBlurred) return;
    const [live, around] = [find("live"), find("around")];
    const sides = [this.w * live.width, this.h * live.height];
    const [width, height] = sides.map((side) => Math.round((SMALL * side) / Math.max(...sides)));
    if (around.width !== width || around.height !== height) Object.assign(around, { width, height });
    const filling = Math.min(1 / this.w, 1 / this.h);
    const [across, down] = sides.map((side) => side * filling);
    const brush = around.getContext("2d");
    brush.filter = BLURRED;
    const middle = [(live.width - across) / 2, (live.height - down) / 2, across, down];
    brush.drawImage(live, ...middle, 0, 0, width, height);
  }
}
