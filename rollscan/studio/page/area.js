// Owns the values of areas, rectangles in the picture: what is one, as a value and as text.

import { isAllowed, numberIn } from "./number_field.js";

const PLAIN = { least: 0, most: 1 };

/** Whether a value is an area, as Python checks it: left, top, width and height as shares of the
 * picture, or a ratio of the width and the height, as text, where the setting may be one.
 */
export function isArea(value, { most, typed }) {
  if (typeof value === "string") return Boolean(typed?.ratio && isRatio(value, typed.ratio));
  if (!Array.isArray(value) || value.length !== 4) return false;
  if (!value.every((share) => typeof share === "number" && isAllowed(share, PLAIN))) return false;
  const [left, top, width, height] = value;
  return Math.min(width, height) > 0 && Math.max(left + width, top + height) <= most;
}

/** The area that a text names, as on the command line; undefined where it names none. */
export function areaIn(text, setting) {
  const value = text.includes(":") ? text.replace(/\s/g, "") : text.split(",").map(shareIn);
  return isArea(value, setting) ? value : undefined;
}

/** The text of an area, from which `areaIn` makes the area. */
export const areaText = (value) => String(value ?? "");

function isRatio(text, limits) {
  const sides = text.split(":").map((side) => (side.includes(",") ? undefined : numberIn(side)));
  return sides.length === 2 && sides.every((side) => isAllowed(side, limits));
}

function shareIn(text) {
  const number = numberIn(text.trim().replace(/\s*%$/, ""));
  return text.includes("%") ? number / 100 : number;
}
