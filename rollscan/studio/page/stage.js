// Owns what lies over the picture: the slit and its grips, the arrows, the map, a scan's line.

import { placed } from "./controls.js";
import { el, find } from "./dom.js";
import { grip } from "./grip.js";
import { directionOf, isMoving } from "./moments.js";

const ARROWS = { up: "↑", down: "↓", left: "←", right: "→", out: "↕" };
const LETTERS = "ABCDEFGH";

export class Stage {
  constructor(studio) {
    this.studio = studio;
    this.picture = find("picture");
    this.hands = find("hands");
    this.map = find("map");
    this.showMap = find("show-map");
    this.slits = [];
    this.showMap.addEventListener("click", () => {
      this.map.hidden = !this.map.hidden;
      this.showMap.setAttribute("aria-pressed", String(!this.map.hidden));
    });
  }

  /** Show what the options are now. */
  update() {
    const { state, composition, frames } = this.studio;
    if (!composition) return;
    const [width, height] = frames.size;
    this.picture.style.setProperty("--ratio", width / height);
    const effect = state.value("effect");
    const points = effect === "roll" ? unclosed(state.value("slit")) : [];
    if (points.length !== this.slits.length) this.#make(points.length);
    this.hands.dataset.axis = composition.isSideways ? "column" : "row";
    this.hands.dataset.direction = directionOf(state.settings());
    this.slits.forEach((slit) => slit.update());
    this.now.hidden = !(effect === "scan" || (effect === "roll" && isMoving(state.value("slit"))));
    this.showMap.hidden = effect !== "displace";
    if (effect !== "displace") this.map.hidden = true;
    this.map.dataset.map = state.value("map");
    this.showMap.setAttribute("aria-pressed", String(!this.map.hidden));
  }

  /** Show where the slit, or the line, is in composed frame k, if it moves. */
  show(k) {
    if (this.now?.hidden !== false) return;
    const { composition } = this.studio;
    const { effect } = composition;
    const at = composition.isScan ? effect.passed(composition.loop.at(k).a) : effect.slit(k);
    const share = at / composition.madeLength;
    this.now.style.setProperty("--at", effect.fromEnd ? 1 - share : share);
  }

  /** Make grips for so many points of the slit. */
  #make(count) {
    this.now = el("div", { className: "line now", hidden: true });
    this.slits = Array.from({ length: count }, (_, point) => this.#slit(point, count));
    this.hands.replaceChildren(this.now, ...this.slits.map(({ element }) => element));
    if (count) this.hands.append(this.#thickness(this.slits[0]));
  }

  #slit(point, count) {
    const { state } = this.studio;
    const at = () => unclosed(state.value("slit"))[point];
    const name = count > 1 ? `Slit, ${point + 1} of ${count}` : "Slit";
    const handle = el("div", {
      ...{ className: "grip", text: count > 1 ? LETTERS[point] : "" },
      aria: { label: name },
    });
    const element = el("div", { className: "slit" }, el("div", { className: "line" }), handle);
    const told = grip(handle, {
      track: this.picture,
      isVertical: () => this.hands.dataset.axis === "row",
      at,
      put: (to) => {
        this.hands.classList.add("known");
        const slit = placed(state.value("slit"), point, Number(to.toFixed(3)));
        state.set({ slit }, `slit ${point}`);
      },
      step: () => 0.005,
      text: () => `${(100 * at()).toFixed(1)} % from the ${this.#isRow ? "top" : "left"}`,
      release: () => state.release(),
    });
    if (!point) element.append(this.#turns(), el("span", { className: "hint", text: "drag the slit" }));
    const update = () => {
      const { effect, madeLength } = this.studio.composition;
      const row = Math.min(Math.trunc(at() * madeLength), madeLength - effect.width);
      element.style.setProperty("--at", row / madeLength);
      element.style.setProperty("--width", effect.width / madeLength);
      for (const arrow of element.querySelectorAll(".turn")) {
        const isChosen = arrow.dataset.to === this.hands.dataset.direction;
        arrow.setAttribute("aria-pressed", String(isChosen));
      }
      if (!point) this.thickness?.();
      told();
    };
    return { element, update };
  }

  /** The arrows round the grip: where history flows. */
  #turns() {
    const arrows = Object.entries(ARROWS).map(([to, text]) =>
      el("button", {
        ...{ type: "button", className: "turn", text, title: `history flows ${to}` },
        aria: { label: `History flows ${to === "out" ? "up and down" : to}` },
        on: { click: () => this.studio.state.set({ direction: to }) },
      }),
    );
    arrows.forEach((arrow, i) => (arrow.dataset.to = Object.keys(ARROWS)[i]));
    return el("div", { className: "turns", role: "group", ariaLabel: "Direction" }, ...arrows);
  }

  /** The grip that pulls the slit thicker. */
  #thickness(slit) {
    const { state } = this.studio;
    const effect = () => this.studio.composition.effect;
    const length = () => this.studio.composition.madeLength;
    const row = () => {
      const at = [state.value("slit")].flat()[0];
      return Math.min(Math.trunc(at * length()), length() - effect().width);
    };
    const handle = el("div", { className: "thickness", aria: { label: "Slit width" } });
    slit.element.append(handle);
    const told = grip(handle, {
      track: this.picture,
      isVertical: () => this.#isRow,
      at: () => (row() + effect().width) / length(),
      put: (to) => {
        const width = Math.max(1, Math.round(to * length()) - row());
        if (width !== effect().width) state.set({ slit_width: width }, "slit_width");
      },
      step: () => 1 / length(),
      text: () => `${effect().width} rows`,
      release: () => state.release(),
    });
    this.thickness = () => {
      handle.textContent = effect().width;
      told();
    };
    return "";
  }

  get #isRow() {
    return this.hands.dataset.axis === "row";
  }
}

/** The points of a slit; the last is left out where the path is closed, as it is the first again. */
function unclosed(slit) {
  const points = [slit].flat();
  return points.length > 2 && points[0] === points.at(-1) ? points.slice(0, -1) : points;
}
