// Owns the arithmetic of the effects: which moments of the clip each composed frame is made of.
//
// It repeats Python's rollscan/effect, with the same operations in the same order, so that rounding
// agrees. The loops' tables of sources come from Python. Nothing here knows of colours or of WebGL.
//
// A composed frame is described as lines: rows, or columns where history flows sideways. Each line
// shows line `from` of the frame at `moment`, blended with its own line of the frame at `other`, which
// has a `share` from 0 to 1. The shader looks moments up in the loop's sources (see shader.js).

const HAIR = 1e-6; // frames or rows: a rounded quotient may fall this much short of the exact one
const FILL_SECONDS = 3; // the time in which history fills its side with an automatic slit width
const FLOWS = { up: [true], down: [false], left: [true], right: [false], out: [true, false] };
const THIN = 270; // rows of the picture for each row of a scan's line
const PAINTED = -1; // stands for a moment where the scan's line is shown

export const MAPS = ["up", "down", "left", "right", "out", "in", "radial"];

export const isSideways = (direction) => direction === "left" || direction === "right";
export const isMoving = (slit) => Array.isArray(slit);

/** Round to the nearest whole number, and halves to the even one, as Python does. */
export function rounded(number) {
  const low = Math.floor(number);
  const rest = number - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

/** The direction of a look; where it gives none, the default of its effect. */
export const directionOf = (look) => look.direction || (look.effect === "scan" ? "down" : "up");

/** Scale a line's number from a picture of `length` lines to one of `other` lines. */
const scaled = (line, length, other) => Math.floor(((line + 0.5) * other) / length);

/** A loop: which frames of the clip, `count` in all, each frame of the loop is made of. */
export class Loop {
  /** rows: the server's table, with four numbers for each frame of the loop: two source frames, and
   * the share of each.
   */
  constructor(rows, count, isCyclic) {
    Object.assign(this, { rows, count, isCyclic });
    this.period = rows.length / 4;
    const frames = Array.from({ length: this.period }, (_, k) => this.at(k));
    this.isBlended = frames.some(({ share }) => share > 0);
    this.isPlain = !this.isBlended && frames.every(({ a }, k) => a === k);
  }

  /** The sources of frame k of the loop: frame `a`, and frame `b` with the `share` that it has. */
  at(k) {
    const [a, b, , share] = this.rows.subarray(4 * k, 4 * k + 4);
    return { a, b, share };
  }

  /** The first frame of the loop that shows a source frame, or the one nearest to it. */
  showing(frame) {
    let nearest = 0;
    for (let k = 1; k < this.period; k++) {
      if (Math.abs(this.at(k).a - frame) < Math.abs(this.at(nearest).a - frame)) nearest = k;
    }
    return nearest;
  }
}

/** The roll: history flows away from the slit. length: how many lines the file will have. */
class Roll {
  constructor(look, length, rate, loop) {
    Object.assign(this, { length, loop, feather: look.feather });
    this.flows = FLOWS[directionOf(look)];
    this.width = Math.min(slitWidth(look, length, rate), length);
    this.path = isMoving(look.slit) ? slitPath(look.slit, loop.period) : () => look.slit;
    this.reaches = []; // by frame: the lines that history reaches, in a loop that is not cyclic
    const fills = isMoving(look.slit) ? length - this.width : sides(look, this.width, length);
    this.frames = Math.ceil(fills / this.width); // how many frames it takes to fill the history
  }

  /** The number of the slit's first line in frame k. */
  slit(k) {
    const { period, isCyclic } = this.loop;
    const at = this.path(isCyclic ? ((k % period) + period) % period : k);
    return slitRow(at, this.width, this.length);
  }

  /** The line where history begins above the slit in frame k, and the one where it ends below. */
  reach(k) {
    if (this.loop.isCyclic) return [0, this.length];
    for (let i = this.reaches.length; i <= k; i++) {
      const slit = this.slit(i);
      const [top, bottom] = this.reaches[i - 1] ?? [slit + this.width, slit];
      const upper = Math.min(Math.max(top - this.width, 0), slit);
      const lower = Math.max(Math.min(bottom + this.width, this.length), slit + this.width);
      this.reaches.push([upper, lower]);
    }
    return this.reaches[k];
  }

  /** Which line of which moments line `row` of frame k shows. */
  line(row, k) {
    const slit = this.slit(k);
    const [top, bottom] = this.reach(k);
    const isAbove = this.flows.includes(true) && row >= top && row < slit;
    const isBelow = this.flows.includes(false) && row >= slit + this.width && row < bottom;
    if (!isAbove && !isBelow) return { moment: k, from: row, share: 0 };
    // Follow the line back in time, towards the slit, to the moment when it left the live picture.
    let [from, moment] = [row, k];
    let then;
    do {
      from += isAbove ? this.width : -this.width;
      then = this.slit(--moment);
    } while (isAbove ? from < then : from >= then + this.width);
    const away = isAbove ? slit - row : row - (slit + this.width - 1); // lines from the slit, from 1
    return { moment, from, share: Math.max(0, this.feather + 1 - away) / (this.feather + 1) };
  }
}

/** How many lines the larger of the sides has to which history flows. */
function sides(look, width, length) {
  const row = slitRow(look.slit, width, length);
  return Math.max(...FLOWS[directionOf(look)].map((up) => (up ? row : length - row - width)));
}

/** The slit's width in lines. With "auto", history fills its side in about 3 s. */
export function slitWidth(look, length, rate) {
  if (look.slit_width !== "auto") return look.slit_width;
  const rows = isMoving(look.slit) ? length - 1 : sides(look, 1, length);
  return Math.min(Math.max(1, rounded(rows / (FILL_SECONDS * rate))), length);
}

const slitRow = (slit, width, length) => Math.min(Math.trunc(slit * length), length - width);

/** A function of the frame's number that gives the position, 0 to 1, of a slit which moves through
 * several points in the course of a period.
 */
export function slitPath(points, period) {
  const isClosed = points[0] === points.at(-1);
  const last = points.length - 1;
  const end = isClosed ? period : Math.max(1, period - 1);
  const stages = points.map((_, i) => (i === last && last ? end : i * (end / Math.max(1, last))));
  return (k) => {
    if (k >= stages[last]) return points[last];
    const i = stages.findLastIndex((stage) => stage <= k);
    const slope = (points[i + 1] - points[i]) / (stages[i + 1] - stages[i]);
    return slope * (k - stages[i]) + points[i];
  };
}

/** The scan: a line sweeps over the picture, and the lines that it passed stand still behind it.
 *
 * Of a scan it is the composed frames that the loop is made of, not the clip's.
 */
class Scan {
  constructor(look, length, rate, loop) {
    this.length = length;
    this.loop = loop;
    this.fromEnd = ["up", "left"].includes(directionOf(look));
    const seconds = look.sweep ?? Math.max(1, loop.count - loop.at(0).a) / rate;
    this.steps = seconds * rate;
    this.thick = look.line === null ? 0 : Math.max(1, rounded(length / THIN));
    this.frames = 0;
  }

  /** How many lines of the picture the scan's line has passed in frame i. */
  passed(i) {
    return Math.min(this.length, Math.floor((this.length * (i + 1)) / this.steps + HAIR));
  }

  /** The moment that a line shows in frame i. row: counted from where the sweep begins. */
  moment(row, i) {
    const passed = this.passed(i);
    if (row >= passed) return row < passed + this.thick ? PAINTED : i;
    let when = Math.max(0, Math.floor((row * this.steps) / this.length) - 1);
    while (this.passed(when) <= row) when++;
    return when;
  }

  line(row, k) {
    const { a, b, share } = this.loop.at(k);
    const place = this.fromEnd ? this.length - 1 - row : row;
    const moment = this.moment(place, a);
    return { moment, from: row, other: share ? this.moment(place, b) : 0, share };
  }
}

/** Time displacement: each pixel is delayed as a map says, by at most `depth` seconds. */
class Displace {
  constructor(look, size, rate, loop) {
    const depth = look.depth * rate; // frames
    // Delays are limited to the period. Python refuses a cyclic loop that is shorter than the depth.
    const isOver = depth > loop.period + HAIR;
    const over = isOver ? depth / loop.period : 1;
    const frames = ((isOver ? loop.period : depth) / rate) * rate;
    this.late = (value) => Math.floor(Math.min(value * over, 1) * frames + (0.5 + HAIR));
    this.frames = Math.ceil(depth - HAIR) + 1;
    this.values = mapValues(look.map, size);
  }

  line(row, k) {
    return { moment: Math.max(0, k - this.late(this.values[row])), from: row, share: 0 };
  }

  /** The delay of each pixel in frames, row by row. */
  lags() {
    return Uint16Array.from(this.values, (value) => Math.min(this.late(value), 65535));
  }
}

/** The values of a map, from 0 (no delay) to 1 (the longest), for each line, or for each pixel if the
 * map is radial.
 */
function mapValues(name, [width, height]) {
  const most = (isSideways(name) ? width : height) - 1;
  const far = (i) => Math.abs(2 * i - most);
  const byLine = { up: (i) => most - i, left: (i) => most - i, out: far, in: (i) => -far(i) };
  const radius = (i) => Math.hypot(2 * (i % width) + 1 - width, 2 * Math.floor(i / width) + 1 - height);
  const [length, value] =
    name === "radial" ? [width * height, radius] : [most + 1, byLine[name] ?? ((i) => i)];
  const values = Float64Array.from({ length }, (_, i) => value(i));
  const least = values.reduce((a, b) => Math.min(a, b));
  const range = values.reduce((a, b) => Math.max(a, b)) - least || 1;
  return values.map((value) => (value - least) / range);
}

/** The composition of a loop's frames by a look.
 *
 * size: of the frames, in pixels. rate: frames per second. made: the size at which the file will be
 * composed, to whose pixels the slit's width refers.
 */
export class Composition {
  constructor(look, size, rate, loop, made = size) {
    this.loop = loop;
    this.rate = rate;
    this.isScan = look.effect === "scan";
    this.isDisplaced = look.effect === "displace";
    this.isMapped = this.isDisplaced && look.map === "radial";
    const axis = this.isDisplaced ? look.map : directionOf(look);
    this.isSideways = isSideways(axis);
    this.length = size[this.isSideways ? 0 : 1];
    this.madeLength = look.effect === "roll" ? made[this.isSideways ? 0 : 1] : this.length;
    this.effect = this.isDisplaced
      ? new Displace(look, size, rate, this.loop)
      : new (this.isScan ? Scan : Roll)(look, this.madeLength, rate, this.loop);
    this.lag = look.rgb ? Math.max(1, rounded(look.rgb * rate)) : 0;
    this.paint = look.line;
  }

  get period() {
    return this.loop.period;
  }

  /** The names of the parts of the shader that are needed to draw it. */
  get parts() {
    const { effect, loop, isScan } = this;
    const isBlended = isScan ? loop.isBlended : effect.feather > 0;
    const isLooped = !isScan; // a scan applies the loop to composed frames, see Scan
    return [
      ...(isLooped && loop.isCyclic ? ["CYCLIC"] : []),
      ...(isLooped && !loop.isPlain ? ["SOURCES"] : []),
      ...(this.lag ? ["RGB"] : []),
      ...(this.isMapped ? ["MAPPED"] : []),
      ...(this.isSideways ? ["SIDEWAYS"] : []),
      ...(isBlended ? ["BLENDED"] : []),
      ...(isScan && this.paint ? ["PAINTED"] : []),
    ];
  }

  /** Frame k, some whole periods later, so that none of the moments that it shows is before 0. */
  advanced(k) {
    if (!this.loop.isCyclic || this.isScan) return k;
    const before = this.effect.frames + 2 * this.lag;
    return k + this.period * Math.ceil(before / this.period);
  }

  /** The lines of frame k, 4 numbers each: moment, from, the other moment, and its share. */
  lines(k) {
    const now = this.advanced(k);
    const lines = new Float32Array(4 * this.length);
    for (let row = 0; row < this.length; row++) {
      const place = scaled(row, this.length, this.madeLength);
      const { moment, from, other = now, share } = this.effect.line(place, this.isScan ? k : now);
      lines.set([moment, scaled(from, this.madeLength, this.length), other, share], 4 * row);
    }
    return lines;
  }
}
