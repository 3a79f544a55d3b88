// Owns the overlay on the picture: the slit and its grips, the arrows, the map and the scan's line.

import { el, find } from "./dom.js";
import { grip } from "./grip.js";
import { directionOf, isMoving } from "./moments.js";
import { placed, pointsOf } from "./slit.js";

export class Stage {
  constructor(studio) {
    this.studio = studio;
    this.picture = find("picture");
    this.hands = find("hands");
    this.now = el("div", { className: "line now" });
    this.slits = null; // the functions that update the grips, one for each point of the slit
    find("show-map").addEventListener("click", () => {
      find("map").hidden = !find("map").hidden;
      this.update();
    });
  }

  /** Show the current options. */
  update() {
    const { state, composition, frames } = this.studio;
    const slit = state.value("slit");
    const effect = state.value("effect");
    find("stage").style.setProperty("--ratio", frames.size[0] / frames.size[1]);
    this.hands.dataset.axis = composition.isSideways ? "column" : "row";
    const points = effect === "roll" ? pointsOf(slit) : [];
    if (points.length !== this.slits?.length) this.#make(points.length);
    this.slits.forEach((update) => update());
    const isSeen = effect === "scan" && state.value("line"); // the picture itself has the line
    this.now.hidden = isSeen || effect === "displace" || (effect === "roll" && !isMoving(slit));
    find("map").hidden ||= effect !== "displace";
    find("map").dataset.map = state.value("map");
    find("show-map").hidden = effect !== "displace";
    find("show-map").setAttribute("aria-pressed", String(!find("map").hidden));
  }

  /** Show where the slit or the scan's line is in composed frame k, if it moves. */
  show(k) {
    if (this.now.hidden) return;
    const { effect, loop, isScan, madeLength } = this.studio.composition;
    const at = (isScan ? effect.passed(loop.at(k).a) : effect.slit(k)) / madeLength;
    this.now.style.setProperty("--at", effect.fromEnd ? 1 - at : at);
  }

  /** The slit's first line at one of its points, its width in lines, and the picture's length. */
  #lines(point) {
    const { effect, madeLength } = this.studio.composition;
    const at = pointsOf(this.studio.state.value("slit"))[point];
    return [Math.min(Math.trunc(at * madeLength), madeLength - effect.width), effect.width, madeLength];
  }

  #isRow = () => this.hands.dataset.axis === "row";

  #make(count) {
    const made = Array.from({ length: count }, (_, point) => this.#slit(point, count));
    this.hands.replaceChildren(this.now, ...made.map(({ element }) => element));
    this.slits = made.map(({ update }) => update);
  }

  #slit(point, count) {
    const { state } = this.studio;
    const at = () => pointsOf(state.value("slit"))[point];
    const handle = el("div", {
      ...{ className: "grip", text: count > 1 ? String(point + 1) : "" },
      aria: { label: count > 1 ? `Slit, ${point + 1} of ${count}` : "Slit" },
    });
    const put = (to) => {
      this.hands.classList.add("known"); // hides the hint
      state.set({ slit: placed(state.value("slit"), point, Number(to.toFixed(3))) }, `slit ${point}`);
    };
    const text = () => `${(100 * at()).toFixed(1)} % from the ${this.#isRow() ? "top" : "left"}`;
    const how = { track: this.picture, isVertical: this.#isRow, release: () => state.release() };
    const tells = [grip(handle, { ...how, at, put, step: () => 0.005, text })];
    const element = el("div", { className: "slit" }, el("div", { className: "line" }), handle);
    if (!point) {
      const [thick, tell] = this.#thickness(how);
      const hint = el("span", { className: "hint", text: "drag the slit" });
      element.append(thick, this.#turns(), hint);
      tells.push(tell);
    }
    const update = () => {
      const [row, width, length] = this.#lines(point);
      element.style.setProperty("--at", row / length);
      element.style.setProperty("--width", width / length);
      for (const arrow of element.querySelectorAll(".turn")) {
        const isChosen = arrow.dataset.to === directionOf(state.settings());
        arrow.setAttribute("aria-pressed", String(isChosen));
      }
      tells.forEach((tell) => tell());
    };
    return { element, update };
  }

  /** The arrows round the grip, which set the direction in which history flows. */
  #turns() {
    const arrows = Object.entries(this.studio.state.known.get("direction").choices).map(([to, text]) => {
      const label = `History flows ${to === "out" ? "up and down" : to}`;
      const click = () => this.studio.state.set({ direction: to });
      const how = { type: "button", className: "turn", title: label, aria: { label } };
      const arrow = el("button", { ...how, text, on: { click } });
      arrow.dataset.to = to;
      return arrow;
    });
    return el("div", { className: "turns", role: "group", ariaLabel: "Direction" }, ...arrows);
  }

  /** The grip that changes the slit's width. */
  #thickness(how) {
    const { state } = this.studio;
    const label = "Slit width";
    const handle = el("div", { className: "thickness", title: `${label}: pull`, aria: { label } });
    const at = () => (this.#lines(0)[0] + this.#lines(0)[1]) / this.#lines(0)[2];
    const put = (to) => {
      const [row, width, length] = this.#lines(0);
      const pulled = Math.max(1, Math.round(to * length) - row);
      if (pulled !== width) state.set({ slit_width: pulled }, "slit_width");
    };
    const text = () => (handle.textContent = `${this.#lines(0)[1]}`);
    return [handle, grip(handle, { ...how, at, put, step: () => 1 / this.#lines(0)[2], text })];
  }
}
