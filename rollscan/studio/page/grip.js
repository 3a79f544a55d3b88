// Owns the grips: sliders on the picture and on the strip, moved with the pointer or the keyboard.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
const UPRIGHT = ["ArrowDown", "ArrowUp", "PageDown", "PageUp"]; // move a point down or up

const limited = (to) => Math.min(Math.max(to, 0), 1);

/** Make an element a slider that moves along another element, and return a function to update it.
 *
 * track: the element along which it moves, downwards if `isVertical()`. at(): its position on the
 * track, 0 to 1. put(at): is called to move it there. step(): by how much an arrow key moves it.
 * text(): its value as a screen reader says it. release(): is called when the user lets go of it.
 * cancel(): is called when Escape ends a drag; by default the slider is put where it was before.
 * isPoint: whether it moves in both directions, and positions are pairs, [x, y].
 * change(by), share(): for a point whose value is one number, such as a radius; keys change the number
 * by so much, and the share says where it is between its least and its greatest value.
 * lines: more elements by which it is dragged. rails: elements on which it comes to the pointer.
 */
export function grip(element, { isPoint = false, lines = [], rails = [], ...given }) {
  const { track, isVertical = () => false, put, step, text, release, cancel, change } = given;
  // From here on, all positions are pairs. Of a slider, the one along the track counts.
  const along = () => (isVertical() ? 1 : 0);
  const at = () => (isPoint ? given.at() : [given.at(), given.at()]);
  const bring = (to) => put(isPoint ? to.map(limited) : limited(to[along()]));
  const share = given.share ?? (() => at()[along()]);
  element.setAttribute("role", "slider");
  element.setAttribute("aria-valuemin", "0");
  element.setAttribute("aria-valuemax", "100");
  element.tabIndex = 0;
  const pointed = ({ clientX, clientY }) => {
    const { left, top, width, height } = track.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };
  const drag = (event, held, isRail) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus({ preventScroll: true });
    held.setPointerCapture(event.pointerId);
    const [from, before] = [pointed(event), at()];
    const begun = isRail ? from : before;
    const move = (moved) => bring(pointed(moved).map((to, i) => begun[i] + to - from[i]));
    const stop = new AbortController();
    const { signal } = stop; // removes the listeners of this drag
    const drop = () => {
      stop.abort();
      element.classList.remove("held");
      release?.();
    };
    const escape = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.stopPropagation();
      if (cancel) cancel();
      else bring(before);
      held.releasePointerCapture(event.pointerId);
      drop();
    };
    element.classList.add("held");
    held.addEventListener("pointermove", move, { signal });
    held.addEventListener("lostpointercapture", drop, { signal });
    window.addEventListener("keydown", escape, { capture: true, signal });
    if (isRail) move(event);
  };
  for (const held of [element, ...lines]) {
    held.addEventListener("pointerdown", (event) => drag(event, held, false));
  }
  for (const rail of rails) rail.addEventListener("pointerdown", (event) => drag(event, rail, true));
  element.addEventListener("keydown", (event) => {
    const ends = change ? undefined : { Home: 0, End: 1 }[event.key];
    const count = STEPS[event.key];
    if ((ends ?? count) === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const axes = isPoint ? [UPRIGHT.includes(event.key) ? 1 : 0] : [0, 1];
    const by = (count ?? 0) * step() * (event.shiftKey ? 10 : 1);
    if (change) change(UPRIGHT.includes(event.key) ? -by : by);
    else bring(at().map((value, i) => (axes.includes(i) ? ends ?? value + by : value)));
    release?.();
  });
  return () => {
    element.setAttribute("aria-orientation", isVertical() ? "vertical" : "horizontal");
    element.setAttribute("aria-valuenow", String(Math.round(100 * share())));
    element.setAttribute("aria-valuetext", text());
  };
}
