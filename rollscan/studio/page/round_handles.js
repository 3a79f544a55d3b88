// Owns the handles of points, radii and directions in the picture, and of the frame of a crop.

import { el, svg, titled } from "./dom.js";
import { grip } from "./grip.js";

export const STEP = 0.005; // a share of the picture, by which an arrow key moves a point
const ARM = 0.4; // of the picture's shorter side, how long the line of a direction is on either side
const LEAST_ARM = 0.12; // where the point from which it is seen is near the picture's edge
const MIDDLE = [0.5, 0.5];

export const rounded = (number) => Number(number.toFixed(3));
export const percent = (share) => `${(100 * share).toFixed(1)} %`;
export const limited = (value, least, most) => Math.min(Math.max(value, least), most);

/** The handle of a point, which moves in both directions; of a crop's, its frame. */
export function pointHandle(stage, setting) {
  return setting.ofCrop ? cropHandle(stage, setting) : spotHandle(stage, setting);
}

function spotHandle(stage, { name, label }) {
  const { state } = stage.studio;
  const handle = knob("point", label);
  const at = () => state.value(name);
  const put = (to) => state.set({ [name]: to.map(rounded) }, name);
  const text = () => placeInWords(at());
  const tell = grip(handle, { ...stage.how, at, put, text, isPoint: true, step: () => STEP });
  const update = () => {
    place(handle, at());
    tell();
  };
  return { element: handle, tell: update };
}

/** The frame of what a crop keeps, whose middle is the point. Of what is not cropped, there is none. */
function cropHandle(stage, { name, label }) {
  const { state, shape } = stage.studio;
  const hint = el("span", { className: "hint", text: "drag the frame" });
  const frame = el("div", { className: "crop", title: `${titled(label)}: drag`, aria: { label: titled(label) } }, hint);
  const at = () => [shape.x + shape.w / 2, shape.y + shape.h / 2];
  const put = (to) => {
    stage.hands.classList.add("known"); // hides the hint
    const sides = [shape.w, shape.h];
    const kept = to.map((share, i) => limited(share, sides[i] / 2, 1 - sides[i] / 2));
    state.set({ [name]: kept.map(rounded) }, name);
  };
  const text = () => placeInWords(at());
  const tell = grip(frame, { ...stage.how, at, put, text, isPoint: true, step: () => STEP });
  const update = () => {
    frame.hidden = !shape.isCut;
    if (shape.isCut) tell();
  };
  return { element: frame, tell: update };
}

/** The circle of a radius, or the rectangle of the picture's shape; its edge is dragged. */
export function radiusHandle(stage, setting) {
  const { state } = stage.studio;
  const { name, label, centre, outline, least, most } = setting;
  const handle = knob("radius", label);
  const [edge, area] = [svg("ellipse"), svg("ellipse", { class: "area" })];
  const [sides, border] = [svg("rect"), svg("rect", { class: "area" })];
  const drawing = svg("svg", {}, edge, area, sides, border);
  const isFrame = () => state.value(outline) === "frame";
  const about = () => state.value(centre) ?? MIDDLE;
  // What a radius of 1 comes to, in shares of the picture's width and height.
  const unit = () => {
    if (isFrame()) return [0.5, 0.5];
    const [width, height] = stage.size;
    const half = Math.min(width, height) / 2;
    return [half / width, half / height];
  };
  const reach = () => unit().map((share) => share * state.value(name));
  const awayFrom = (to) => to.map((share, i) => (share - about()[i]) / unit()[i]);
  let direction = [Math.SQRT1_2, -Math.SQRT1_2]; // in which the knob is from the centre
  const at = () => about().map((share, i) => limited(share + direction[i] * reach()[i], 0, 1));
  const set = (value) => state.set({ [name]: rounded(limited(value, least, most)) }, name);
  const put = (to) => {
    const away = awayFrom(to);
    const far = isFrame() ? Math.max(...away.map(Math.abs)) : Math.hypot(...away);
    if (far) direction = away.map((part) => part / far);
    set(far);
  };
  const change = (by) => set(state.value(name) + by);
  const share = () => (state.value(name) - least) / (most - least);
  const text = () => percent(state.value(name));
  const rails = [area, border];
  const how = { at, put, change, share, text, rails, isPoint: true, step: () => setting.slider[2] };
  const tell = grip(handle, { ...stage.how, ...how });
  const update = () => {
    const [width, height] = stage.size;
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [x, y] = about();
    const [across, down] = reach();
    const round = { cx: x * width, cy: y * height, rx: across * width, ry: down * height };
    const corner = { x: (x - across) * width, y: (y - down) * height };
    const frame = { ...corner, width: 2 * across * width, height: 2 * down * height };
    for (const shown of [edge, area]) draw(shown, round, !isFrame());
    for (const shown of [sides, border]) draw(shown, frame, isFrame());
    place(handle, at());
    tell();
  };
  return { element: el("div", { className: "ring" }, drawing, handle), tell: update };
}

/** The line of a direction through a point, whose end is dragged round it. */
export function angleHandle(stage, setting) {
  const { state } = stage.studio;
  const { name, label, centre, slider } = setting;
  const handle = knob("angle", label);
  const [line, area] = [svg("line"), svg("line", { class: "area" })];
  const drawing = svg("svg", {}, line, area);
  const about = () => state.value(centre) ?? MIDDLE;
  const towards = () => {
    const turned = 2 * Math.PI * state.value(name);
    return [Math.sin(turned), -Math.cos(turned)]; // clockwise from the top
  };
  // From the middle to the end, in pixels: as far as the picture goes.
  const arm = () => {
    const short = Math.min(...stage.size);
    const room = towards().map((part, i) => {
      const side = part > 0 ? 1 - about()[i] : about()[i];
      return part ? (side * stage.size[i]) / Math.abs(part) : Infinity;
    });
    return Math.max(LEAST_ARM * short, Math.min(ARM * short, ...room));
  };
  const end = (sign) => about().map((share, i) => share + (sign * arm() * towards()[i]) / stage.size[i]);
  const at = () => end(1).map((share) => limited(share, 0, 1));
  const [least, most] = slider;
  const set = (turns) => state.set({ [name]: rounded(wrapped(turns, least, most)) }, name);
  const put = (to) => {
    const [right, down] = to.map((share, i) => (share - about()[i]) * stage.size[i]);
    if (right || down) set(Math.atan2(right, -down) / (2 * Math.PI));
  };
  const change = (by) => set(state.value(name) + by);
  const share = () => (wrapped(state.value(name), least, most) - least) / (most - least);
  const text = () => `${Math.round(360 * state.value(name))} degrees`;
  const how = { at, put, change, share, text, rails: [area], isPoint: true, step: () => slider[2] };
  const tell = grip(handle, { ...stage.how, ...how });
  const update = () => {
    const [width, height] = stage.size;
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [[x1, y1], [x2, y2]] = [end(-1), end(1)];
    const ends = { x1: x1 * width, y1: y1 * height, x2: x2 * width, y2: y2 * height };
    for (const shown of [line, area]) draw(shown, ends, true);
    place(handle, at());
    tell();
  };
  return { element: el("div", { className: "arm" }, drawing, handle), tell: update };
}

/** Turns as they are from `least` to `most`, if whole turns are added or taken away. */
function wrapped(turns, least, most) {
  if (least <= turns && turns <= most) return turns;
  const rest = (turns - least) % 1;
  return Math.min(most, least + (rest < 0 ? rest + 1 : rest));
}

export function knob(kind, label) {
  return el("div", { className: `grip spot ${kind}`, title: label, aria: { label: titled(label) } });
}

/** Put a handle at a place, given in shares of the picture. */
export function place(handle, [x, y]) {
  handle.style.setProperty("--x-at", x);
  handle.style.setProperty("--y-at", y);
}

/** Give a shape of a drawing these attributes, if it is shown. */
function draw(shape, attributes, isShown) {
  shape.style.display = isShown ? "" : "none";
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
}

export const placeInWords = ([x, y]) => `${percent(x)} from the left, ${percent(y)} from the top`;
