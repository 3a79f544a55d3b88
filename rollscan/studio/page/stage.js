// Owns the overlay on the picture: the handles of settings that are places in it, and the map.

import { el, find } from "./dom.js";
import { grip } from "./grip.js";
import { placed, pointsOf } from "./slit.js";

const titled = (label) => label[0].toUpperCase() + label.slice(1);

export class Stage {
  constructor(studio) {
    this.studio = studio;
    this.picture = find("picture");
    this.hands = find("hands");
    this.now = el("div", { className: "line now" });
    this.made = null; // the settings whose handles are made, and how many points each has
    this.tells = []; // the functions that update the handles
    find("show-map").addEventListener("click", () => {
      find("map").hidden = !find("map").hidden;
      this.update();
    });
  }

  /** Show the current options. */
  update() {
    const { state, composition, frames } = this.studio;
    if (!composition) return;
    const { facts } = composition.field;
    find("stage").style.setProperty("--ratio", frames.size[0] / frames.size[1]);
    this.hands.dataset.axis = facts.sideways ? "column" : "row";
    const shown = [...state.known.values()].filter(({ name }) => state.matters(name));
    const slits = shown.filter(({ control }) => control === "position");
    const points = shown.filter(({ control }) => control === "point");
    const of = ({ name }) => [name, pointsOf(state.value(name)).length];
    const made = String([...slits.map(of), ...points.map(({ name }) => name)]);
    if (made !== this.made) this.#make(slits, points);
    this.made = made;
    this.tells.forEach((tell) => tell());
    this.now.hidden = !composition.hasMovingSlit || Boolean(facts.colour); // the picture has the line
    this.#updateMap();
  }

  /** Show where the slit or line is in composed frame k, if it moves. */
  show(k) {
    const ends = this.now.hidden ? null : this.studio.composition.slit(k);
    if (ends) this.now.style.setProperty("--at", ends[0]);
  }

  /** Show the delays as levels of grey, white the oldest, where the effect has no slit to show. */
  #updateMap() {
    const { field } = this.studio.composition;
    const isMap = field.facts.live && !field.facts.moves && !field.slit;
    const [map, button] = [find("map"), find("show-map")];
    map.hidden ||= !isMap;
    button.hidden = !isMap;
    button.setAttribute("aria-pressed", String(!map.hidden));
    if (map.hidden || this.mapOf === field) return;
    this.mapOf = field;
    const [width, height] = this.studio.frames.size;
    const delays = field.delays([width, height]);
    const most = delays.reduce((a, b) => Math.max(a, b), 1);
    const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
    delays.forEach((delay, i) => pixels.fill((255 * delay) / most, 4 * i, 4 * i + 3));
    Object.assign(map, { width, height });
    map.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  }

  #isRow = () => this.hands.dataset.axis === "row";

  #make(slits, points) {
    this.tells = [];
    const each = slits.flatMap((slit) => {
      const { length } = pointsOf(this.studio.state.value(slit.name));
      return Array.from({ length }, (_, i) => this.#slit(slit, i, length));
    });
    this.hands.replaceChildren(this.now, ...each, ...points.map((point) => this.#point(point)));
  }

  /** How thick a slit is, as a share of the picture; 0 where nothing says it. */
  #thickness({ width }) {
    const { state, composition } = this.studio;
    const value = state.matters(width) ? state.value(width) : 0;
    const rows = Number.isFinite(value) ? value : composition.field.facts.comesTo[width];
    return Math.min((rows ?? 0) / composition.length, 1);
  }

  /** The line and the handle of one point of a slit. */
  #slit(setting, point, count) {
    const { state } = this.studio;
    const { name, width, direction } = setting;
    const label = titled(setting.label) + (count > 1 ? `, ${point + 1} of ${count}` : "");
    const at = () => pointsOf(state.value(name))[point];
    const begin = () => Math.min(at(), 1 - this.#thickness(setting));
    const handle = el("div", {
      ...{ className: "grip", text: count > 1 ? String(point + 1) : "" },
      aria: { label },
    });
    const put = (to) => {
      this.hands.classList.add("known"); // hides the hint
      state.set({ [name]: placed(state.value(name), point, Number(to.toFixed(3))) }, `${name} ${point}`);
    };
    const text = () => `${(100 * at()).toFixed(1)} % from the ${this.#isRow() ? "top" : "left"}`;
    const how = { track: this.picture, isVertical: this.#isRow, release: () => state.release() };
    const tells = [grip(handle, { ...how, at, put, step: () => 0.005, text })];
    const element = el("div", { className: "slit" }, el("div", { className: "line" }), handle);
    if (!point) {
      for (const [other, make] of [[width, this.#thick], [direction, this.#turns]]) {
        if (!state.known.has(other)) continue;
        const [more, tell] = make.call(this, setting, how, begin);
        element.append(more);
        tells.push(tell);
      }
      element.append(el("span", { className: "hint", text: `drag the ${setting.label}` }));
    }
    this.tells.push(() => {
      element.style.setProperty("--at", begin());
      element.style.setProperty("--width", this.#thickness(setting));
      tells.forEach((tell) => tell());
    });
    return element;
  }

  /** The arrows round a slit's handle, which set a direction. */
  #turns({ direction }) {
    const { state } = this.studio;
    const { label, choices } = state.known.get(direction);
    const arrows = Object.entries(choices).map(([to, text]) => {
      const title = `${titled(label)}: ${to}`;
      const click = () => state.set({ [direction]: to });
      const how = { type: "button", className: "turn", title, aria: { label: title } };
      const arrow = el("button", { ...how, text, on: { click } });
      arrow.dataset.to = to;
      return arrow;
    });
    const group = el("div", { className: "turns", role: "group", ariaLabel: titled(label) }, ...arrows);
    const tell = () => {
      const chosen = state.value(direction) ?? this.studio.composition.field.facts.comesTo[direction];
      group.hidden = !state.matters(direction);
      for (const arrow of arrows) arrow.setAttribute("aria-pressed", String(arrow.dataset.to === chosen));
    };
    return [group, tell];
  }

  /** The handle that changes the width of a slit. begin(): where the slit begins, as a share. */
  #thick(setting, how, begin) {
    const { state } = this.studio;
    const label = titled(state.known.get(setting.width).label);
    const handle = el("div", { className: "thickness", title: `${label}: pull`, aria: { label } });
    const length = () => this.studio.composition.length;
    const rows = () => Math.round(this.#thickness(setting) * length());
    const at = () => begin() + this.#thickness(setting);
    const put = (to) => {
      const pulled = Math.max(1, Math.round((to - begin()) * length()));
      if (pulled !== rows()) state.set({ [setting.width]: pulled }, setting.width);
    };
    const text = () => (handle.textContent = `${rows()}`);
    const tell = grip(handle, { ...how, at, put, step: () => 1 / length(), text });
    return [handle, () => {
      handle.hidden = !state.matters(setting.width);
      tell();
    }];
  }

  /** The handle of a point in the picture, which moves in both directions. */
  #point({ name, label }) {
    const { state } = this.studio;
    const handle = el("div", { className: "grip point", title: label, aria: { label: titled(label) } });
    const at = () => state.value(name);
    const put = (to) => state.set({ [name]: to.map((share) => Number(share.toFixed(3))) }, name);
    const text = () => {
      const [x, y] = at().map((share) => `${(100 * share).toFixed(1)} %`);
      return `${x} from the left, ${y} from the top`;
    };
    const how = { track: this.picture, release: () => state.release(), step: () => 0.005 };
    const tell = grip(handle, { ...how, at, put, text, isPoint: true });
    this.tells.push(() => {
      const [x, y] = at();
      handle.style.setProperty("--x-at", x);
      handle.style.setProperty("--y-at", y);
      tell();
    });
    return handle;
  }
}
