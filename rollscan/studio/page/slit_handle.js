// Owns the handle of a slit in the picture: its line, its width, the direction of its history.

import { el, titled } from "./dom.js";
import { grip } from "./grip.js";
import { isPath } from "./path_part.js";
import { placed, pointsOf } from "./slit.js";

const NEAR = 60; // pixels from the picture's edge, where the arrows have no room round the handle

/** The line and the handle of each point of a slit. */
export function slitHandles(stage, setting) {
  const { length } = pointsOf(stage.studio.state.value(setting.name));
  return Array.from({ length }, (_, i) => slitHandle(stage, setting, i, length));
}

/** point, count: which of the slit's points it is, and how many it has. */
function slitHandle(stage, setting, point, count) {
  const { state } = stage.studio;
  const { name, width, direction } = setting;
  const isRow = () => stage.hands.dataset.axis === "row";
  const label = titled(setting.label) + (count > 1 ? `, ${point + 1} of ${count}` : "");
  const at = () => pointsOf(state.value(name))[point];
  const begin = () => Math.min(at(), 1 - thickness(stage, setting));
  const put = (to) => {
    stage.hands.classList.add("known"); // hides the hint
    state.set({ [name]: placed(state.value(name), point, Number(to.toFixed(3))) }, `${name} ${point}`);
  };
  const text = () => `${(100 * at()).toFixed(1)} % from the ${isRow() ? "top" : "left"}`;
  const handle = el("div", { className: "grip", text: count > 1 ? String(point + 1) : "", aria: { label } });
  const line = el("div", { className: "line" });
  const how = { ...stage.how, isVertical: isRow };
  const tells = [grip(handle, { ...how, at, put, step: () => 0.005, text, lines: [line] })];
  const element = el("div", { className: "slit" }, line, handle);
  if (!point) {
    for (const [other, make] of [[width, widthHandle], [direction, arrows]]) {
      if (!state.known.has(other)) continue;
      const [more, tell] = make(stage, setting, how, begin);
      element.append(more);
      tells.push(tell);
    }
    element.append(el("span", { className: "hint", text: `drag the ${setting.label}` }));
  }
  const tell = () => {
    element.style.setProperty("--at", begin());
    element.style.setProperty("--width", thickness(stage, setting));
    tells.forEach((each) => each());
  };
  return { element, tell };
}

/** How thick a slit is, as a share of the picture; 0 where nothing says it. */
function thickness({ studio: { state, composition } }, { width }) {
  const value = state.matters(width) ? state.value(width) : 0;
  const rows = Number.isFinite(value) ? value : composition.field.facts.comesTo[width];
  return Math.min((rows ?? 0) / composition.length, 1);
}

/** The arrows round a slit's handle, which set a direction. */
function arrows(stage, setting, how, begin) {
  const { studio } = stage;
  const { state } = studio;
  const { direction } = setting;
  const { label, choices } = state.known.get(direction);
  const each = Object.entries(choices).map(([to, text], i) => {
    const title = `${titled(label)}: ${to}`;
    const click = () => state.set({ [direction]: to });
    const about = { type: "button", className: "turn", title, aria: { label: title } };
    const arrow = el("button", { ...about, text, on: { click } });
    arrow.dataset.to = to;
    arrow.style.setProperty("--i", i);
    return arrow;
  });
  const group = el("div", { className: "turns", role: "group", ariaLabel: titled(label) }, ...each);
  const tell = () => {
    const chosen = state.value(direction) ?? studio.composition.field.facts.comesTo[direction];
    group.hidden = !state.matters(direction);
    for (const arrow of each) arrow.setAttribute("aria-pressed", String(arrow.dataset.to === chosen));
    const length = stage.shown[how.isVertical() ? 1 : 0];
    const middle = length * (begin() + thickness(stage, setting) / 2);
    group.classList.toggle("aside", Math.min(middle, length - middle) < NEAR);
  };
  return [group, tell];
}

/** The handle that changes the width of a slit. begin(): where the slit begins, as a share. */
function widthHandle(stage, setting, how, begin) {
  const { state } = stage.studio;
  const label = titled(state.known.get(setting.width).label);
  const handle = el("div", { className: "thickness", title: `${label}: pull`, aria: { label } });
  const length = () => stage.studio.composition.length;
  const rows = () => Math.round(thickness(stage, setting) * length());
  const at = () => begin() + thickness(stage, setting);
  const put = (to) => {
    const pulled = Math.max(1, Math.round((to - begin()) * length()));
    if (pulled !== rows()) state.set({ [setting.width]: pulled }, setting.width);
  };
  const text = () => (handle.textContent = `${rows()}`);
  const tell = grip(handle, { ...how, at, put, step: () => 1 / length(), text });
  return [handle, () => {
    handle.hidden = !state.matters(setting.width) || isPath(state.value(setting.width), state.known.get(setting.width));
    tell();
  }];
}
