// Owns changes of the slit's option, which is a position or several points that the slit passes.

const isClosed = (slit) => slit.length > 2 && slit[0] === slit.at(-1);

/** The points that have a grip: all, but the last of a closed path, which is the first again. */
export function pointsOf(slit) {
  const points = [slit].flat();
  return isClosed(points) ? points.slice(0, -1) : points;
}

/** The slit with one of its points moved; a closed path stays closed. */
export function placed(slit, point, value) {
  if (!Array.isArray(slit)) return value;
  const isSame = (i) => i === point || (isClosed(slit) && !point && i === slit.length - 1);
  return slit.map((at, i) => (isSame(i) ? value : at));
}

/** The slit so that it stays where it is, moves to another point, or moves there and back. */
export function moved(slit, how) {
  const [from, to = from < 0.5 ? 0.8 : 0.2] = [slit].flat();
  if (how === "stay") return from;
  return how === "there" ? [from, to] : [from, to, from];
}
