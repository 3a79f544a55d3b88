// Owns the handles of an area in the picture: its rectangle, which is moved, and its four corners.

import { el, titled } from "./dom.js";
import { grip } from "./grip.js";
import { STEP, knob, limited, percent, place, placeInWords, rounded } from "./round_handles.js";

const LEAST = 0.01; // a share of the picture, the shortest side that a hand makes
const CORNERS = { "top left": [0, 0], "top right": [1, 0], "bottom left": [0, 1], "bottom right": [1, 1] };

/** The rectangle of an area and its corners. There is none of an area without a value, or of one that
 * is typed.
 */
export function areaHandles(stage, setting) {
  const { name, label, typed } = setting;
  const { state } = stage.studio;
  if (typed || !state.value(name)) return [];
  const area = {
    of: () => state.value(name),
    set: (value) => state.set({ [name]: value.map(rounded) }, name),
  };
  const rectangle = el("div", { className: "rectangle", title: `${label}: drag`, aria: { label: titled(label) } });
  const corners = Object.entries(CORNERS).map(([where, corner]) => {
    const handle = knob("corner", `${label}, ${where}`);
    return cornerHandle(stage, area, handle, corner);
  });
  const element = el("div", {}, rectangle, ...corners.map(({ handle }) => handle));
  const tellMoved = moving(stage, area, rectangle);
  const tell = () => {
    if (!area.of()) return; // it was removed, and the stage removes these handles next
    ["x", "y", "w", "h"].forEach((side, i) => rectangle.style.setProperty(`--${side}`, area.of()[i]));
    tellMoved();
    for (const corner of corners) corner.tell();
  };
  return { element, tell };
}

/** Make an element the handle that moves an area, and return the function that updates it. */
function moving(stage, area, element) {
  const at = () => area.of().slice(0, 2);
  const put = (to) => {
    const sides = area.of().slice(2).map(rounded).map((side) => Math.max(side, LEAST));
    area.set([...to.map((share, i) => limited(share, 0, 1 - sides[i])), ...sides]);
  };
  const text = () => {
    const [width, height] = area.of().slice(2).map(percent);
    return `${placeInWords(at())}, ${width} wide, ${height} high`;
  };
  return grip(element, { ...stage.how, at, put, text, isPoint: true, step: () => STEP });
}

/** The handle of a corner, which moves the two edges that meet there. corner: 1 for each of x and y
 * whose edge is the right or the lower one, else 0.
 */
function cornerHandle(stage, area, handle, corner) {
  const edges = () => {
    const [left, top, width, height] = area.of();
    return [[left, left + width], [top, top + height]];
  };
  const at = () => edges().map((both, i) => both[corner[i]]);
  const put = (to) => {
    const pulled = edges().map((both, i) => {
      const [low, high] = [limited(both[0], 0, 1 - LEAST), limited(both[1], LEAST, 1)].map(rounded);
      return corner[i] ? [low, rounded(Math.max(to[i], low + LEAST))] : [rounded(Math.min(to[i], high - LEAST)), high];
    });
    area.set([...pulled.map(([low]) => low), ...pulled.map(([low, high]) => high - low)]);
  };
  const text = () => placeInWords(at());
  const tellGrip = grip(handle, { ...stage.how, at, put, text, isPoint: true, step: () => STEP });
  const tell = () => {
    place(handle, at());
    tellGrip();
  };
  return { handle, tell };
}
