// Owns the grips: sliders on the picture and on the strip, moved with the pointer or the keyboard.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** Make an element a slider that moves along another element, and return a function to update it.
 *
 * track: the element along which it moves, downwards if `isVertical()`. at(): its position on the
 * track, 0 to 1. put(at): is called to move it there. step(): by how much an arrow key moves it.
 * text(): its value as a screen reader says it. release(): is called when the user lets go of it.
 */
export function grip(element, { track, isVertical = () => false, at, put, step, text, release }) {
  element.setAttribute("role", "slider");
  element.setAttribute("aria-valuemin", "0");
  element.setAttribute("aria-valuemax", "100");
  element.tabIndex = 0;
  const pointed = (event) => {
    const box = track.getBoundingClientRect();
    if (isVertical()) return (event.clientY - box.top) / box.height;
    return (event.clientX - box.left) / box.width;
  };
  const bring = (to) => put(Math.min(Math.max(to, 0), 1));
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const off = pointed(event) - at();
    const move = (moved) => bring(pointed(moved) - off);
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
    bring(ends ?? at() + count * step() * (event.shiftKey ? 10 : 1));
    release?.();
  });
  return () => {
    element.setAttribute("aria-orientation", isVertical() ? "vertical" : "horizontal");
    element.setAttribute("aria-valuenow", String(Math.round(100 * at())));
    element.setAttribute("aria-valuetext", text());
  };
}
