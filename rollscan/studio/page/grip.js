// Owns the grips: sliders on the picture and on the strip, moved with the pointer or the keyboard.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
const UPRIGHT = ["ArrowDown", "ArrowUp", "PageDown", "PageUp"]; // move a point down or up

const limited = (to) => Math.min(Math.max(to, 0), 1);

/** Make an element a slider that moves along another element, and return a function to update it.
 *
 * track: the element along which it moves, downwards if `isVertical()`. at(): its position on the
 * track, 0 to 1. put(at): is called to move it there. step(): by how much an arrow key moves it.
 * text(): its value as a screen reader says it. release(): is called when the user lets go of it.
 * isPoint: whether it moves in both directions, and positions are pairs, [x, y].
 */
export function grip(element, { isPoint = false, ...given }) {
  const { track, isVertical = () => false, put, step, text, release } = given;
  // From here on, all positions are pairs. Of a slider, the one along the track counts.
  const along = () => (isVertical() ? 1 : 0);
  const at = () => (isPoint ? given.at() : [given.at(), given.at()]);
  const bring = (to) => put(isPoint ? to.map(limited) : limited(to[along()]));
  element.setAttribute("role", "slider");
  element.setAttribute("aria-valuemin", "0");
  element.setAttribute("aria-valuemax", "100");
  element.tabIndex = 0;
  const pointed = ({ clientX, clientY }) => {
    const { left, top, width, height } = track.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const [from, begun] = [pointed(event), at()];
    const move = (moved) => bring(pointed(moved).map((to, i) => begun[i] + to - from[i]));
    const drop = () => {
      element.removeEventListener("pointermove", move);
      element.classList.remove("held");
      release?.();
    };
    element.classList.add("held");
    element.addEventListener("pointermove", move);
    element.addEventListener("lostpointercapture", drop, { once: true });
  });
  element.addEventListener("keydown", (event) => {
    const ends = { Home: 0, End: 1 }[event.key];
    const count = STEPS[event.key];
    if ((ends ?? count) === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const axes = isPoint ? [UPRIGHT.includes(event.key) ? 1 : 0] : [0, 1];
    const by = (count ?? 0) * step() * (event.shiftKey ? 10 : 1);
    bring(at().map((value, i) => (axes.includes(i) ? ends ?? value + by : value)));
    release?.();
  });
  return () => {
    element.setAttribute("aria-orientation", isVertical() ? "vertical" : "horizontal");
    element.setAttribute("aria-valuenow", String(Math.round(100 * at()[along()])));
    element.setAttribute("aria-valuetext", text());
  };
}
