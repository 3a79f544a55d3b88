// Owns the options in the page's address, after its "#", with which a reload or a link begins.
//
// A link may come from anybody, so what it says is checked as far as the page itself relies on it.
// All else the server checks, as it does for every request.

import { isArea } from "./area.js";
import { isAllowed } from "./number_field.js";

const CLIP = "clip"; // the name of the clip's id, beside the options
const SWITCHES = ["sound", "sound_reversed"]; // options whose controls are no rows of the panel
// The text of a number that moves: values at times, or a wave. What it means, the server checks.
const PATH = /^(?:[-+\d.,%a-z]+@[\d.]+s?(?: (?:ease|linear|hold))?(?: |$))+$|^sine\([^()]+\)$/i;
const LONGEST_PATH = 2000; // characters of the text of a number that moves
const MOST = 200; // characters of a text

const isText = (value) => typeof value === "string" && value.length <= MOST;
const isNumber = (value, limits) => typeof value === "number" && isAllowed(value, limits);
const isShare = (value) => isNumber(value, { least: 0, most: 1 });
const isPair = (value) => Array.isArray(value) && value.length === 2 && value.every(isShare);
const isWay = (value) => Array.isArray(value) && value.length > 1 && value.every(isShare);

/** What the value of an option may be, by its control. */
const CHECKS = {
  number: (value, row) => isNumber(value, row) || row.words?.some(([word]) => word === value),
  choice: (value, { choices }) => Object.hasOwn(choices, value),
  switch: (value) => typeof value === "boolean",
  colour: isText,
  position: (value) => isShare(value) || isWay(value),
  point: isPair,
  area: isArea,
};
CHECKS.radius = CHECKS.angle = CHECKS.number;

/** Put the options of a clip into the address. */
export function write(given, clip) {
  const all = Object.entries({ [CLIP]: clip, ...given });
  const text = new URLSearchParams(all.map(([name, value]) => [name, JSON.stringify(value)]));
  if (location.hash !== `#${text}`) history.replaceState(history.state, "", `#${text}`);
}

/** The options in an address, or null if it has none.
 *
 * start: the server's state, whose options may have values that the page cannot choose itself.
 * clip: the id of the open clip; the part and the names of files are those of the clip in the address.
 */
export function read(start, clip, address = location.href) {
  const text = new URL(address).hash.slice(1);
  if (!text) return null;
  const found = [...new URLSearchParams(text)].map(([name, value]) => [name, parsed(value)]);
  const isSame = found.some(([name, value]) => name === CLIP && value === clip);
  const check = checker(start);
  const given = Object.fromEntries(found.filter(([name, value]) => check(name, value, isSame)));
  const [first] = Object.keys(start.formats);
  const names = Object.keys(start.options).filter((name) => name in start.formats);
  // Without the name of a file, the server's are used.
  if (!Object.keys(start.formats).some((name) => given[name])) {
    for (const name of names.length ? names : [first]) given[name] = start.options[name];
  }
  return given;
}

/** A function that says whether an option may have a value. isSame: whether it is of the same clip. */
function checker({ settings, looks, formats, pictures, platforms, options, uploads }) {
  const rows = new Map(settings.map((row) => [row.name, row]));
  const places = new Set(platforms.map(({ name }) => name));
  return (name, value, isSame) => {
    if (value === undefined) return false;
    if (Object.hasOwn({ ...formats, ...pictures }, name)) return isSame && isText(value);
    if (name === "look") return looks.some((look) => look.name === value);
    if (name === "start" || name === "end") return isSame && isNumber(value, { least: 0, most: 1e9 });
    if (name === "names") return Array.isArray(value) && value.every((place) => places.has(place));
    if (SWITCHES.includes(name) && value === true) return true;
    if (name in uploads && Object.hasOwn(uploads[name], value)) return true;
    if (JSON.stringify(value) === JSON.stringify(options[name])) return true;
    const row = rows.get(name);
    if (row?.path && typeof value === "string" && value.length <= LONGEST_PATH && PATH.test(value)) return true;
    const allowed = CHECKS[row?.control]?.(value, { least: 0, most: 1, ...row });
    return Boolean(allowed);
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
