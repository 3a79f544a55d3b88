// Owns what a place makes of the picture's shape: what it cuts off is veiled, what it adds is shown.

import { find } from "./dom.js";

const HAIR = 0.01; // of the picture: what is cut or added so that sides are even
const SMALL = 64; // pixels at which it is blurred, as in Python's deliver/composition.py
const BLURRED = "blur(2.5px) brightness(0.6)";

export class Shape {
  /** Show what the first file shows, by the server's plan. */
  update(out, fit) {
    const [x, y, w, h] = out?.frame ?? [0, 0, 1, 1]; // in shares of the picture
    const isCut = Math.min(w, h) < 1 - HAIR;
    const isPadded = Math.max(w, h) > 1 + HAIR;
    Object.assign(this, { w, h, isBlurred: isPadded && fit === "blur" });
    this.told = isCut ? `Cut for ${out.place}` : isPadded ? `Padded for ${out.place}` : "";
    for (const [name, share] of Object.entries({ x, y, w, h })) {
      find("stage").style.setProperty(`--${name}`, share);
    }
    find("cut").hidden = !isCut;
    find("around").hidden = !isPadded;
    if (isPadded) find("around").width = find("around").height = 1; // black, if it is not blurred
  }

  /** Show what lies round the picture that was just drawn. */
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
