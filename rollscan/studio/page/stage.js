// Owns the overlay on the picture: the handles of settings that are places in it, and the map.

import { areaHandles } from "./area_handle.js";
import { el, find } from "./dom.js";
import { angleHandle, pointHandle, radiusHandle } from "./round_handles.js";
import { isPath } from "./path_part.js";
import { pointsOf } from "./slit.js";
import { slitHandles } from "./slit_handle.js";

/** What makes the handles of a setting, by its kind; what is below lies over what is above it.
 *
 * Each takes the stage and the setting, as the server describes it, and returns one of
 * { element, tell }, an element and the function that updates it, or an array of them.
 */
const HANDLES = {
  area: areaHandles,
  position: slitHandles,
  radius: radiusHandle,
  angle: angleHandle,
  point: pointHandle,
};

/** The layer of a setting's handles. The frame of a crop is below all others, as it covers much. */
const layer = ({ control, ofCrop }) => (ofCrop ? -1 : Object.keys(HANDLES).indexOf(control));

/** On what it depends which handles a setting has: the number of a position's points, and whether
 * there is an area.
 */
function count({ control }, value) {
  if (control === "position") return pointsOf(value).length;
  return control === "area" ? Number(Boolean(value)) : 1;
}

export class Stage {
  constructor(studio) {
    this.studio = studio;
    this.hands = find("hands");
    this.picture = find("picture");
    this.now = el("div", { className: "line now" });
    this.made = null; // the settings whose handles are made, and the count of each
    this.tells = []; // the functions that update the handles
    const { state } = studio;
    /** What all grips of the overlay have in common. */
    this.how = { track: this.picture, release: () => state.release(), cancel: () => state.cancel() };
    this.shown = [1, 1]; // the picture's width and height on the page, which cost a layout to read
    new ResizeObserver(([{ contentRect: { width, height } }]) => {
      this.shown = [width, height];
      this.#tell();
    }).observe(this.picture);
    find("show-map").addEventListener("click", () => {
      find("map").hidden = !find("map").hidden;
      this.update();
    });
  }

  /** The size of the picture, in pixels of the preview. */
  get size() {
    return this.studio.frames.size;
  }

  /** Show the current options. */
  update() {
    const { state, composition } = this.studio;
    if (!composition) return;
    const { facts } = composition.field;
    find("stage").style.setProperty("--ratio", this.size[0] / this.size[1]);
    this.hands.dataset.axis = facts.sideways ? "column" : "row";
    const stands = (name) => !isPath(state.value(name), state.known.get(name) ?? {});
    const shown = [...state.known.values()].filter((it) => {
      return it.control in HANDLES && state.matters(it.name) && stands(it.name) && stands(it.centre);
    });
    const made = String(shown.map((setting) => [setting.name, count(setting, state.value(setting.name))]));
    if (made !== this.made) this.#make(shown.sort((a, b) => layer(a) - layer(b)));
    this.made = made;
    this.#tell();
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
    const [width, height] = this.size;
    const delays = field.delays([width, height]);
    const most = delays.reduce((a, b) => Math.max(a, b), 1);
    const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
    delays.forEach((delay, i) => pixels.fill((255 * delay) / most, 4 * i, 4 * i + 3));
    Object.assign(map, { width, height });
    map.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  }

  #tell() {
    if (this.studio.composition) this.tells.forEach((tell) => tell());
  }

  #make(settings) {
    const handles = settings.flatMap((setting) => HANDLES[setting.control](this, setting));
    this.tells = handles.map(({ tell }) => tell);
    this.hands.replaceChildren(this.now, ...handles.map(({ element }) => element));
  }
}
