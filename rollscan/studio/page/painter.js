// Owns the GPU: the frames of the clip as a texture, and the drawing of composed frames from them.

import { VERTEX, fragment } from "./shader.js";

const [FRAMES, LINES, LAGS] = [0, 1, 2]; // texture units

/** Draws on a canvas; `lost` and `restored` are called when the GPU goes away and comes back. */
export class Painter {
  constructor(canvas, { lost, restored }) {
    this.canvas = canvas;
    const options = { alpha: false, antialias: false, depth: false, stencil: false };
    this.gl = canvas.getContext("webgl2", options);
    if (!this.gl) throw new Error("This browser has no WebGL 2, which the picture needs.");
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // so that it may come back
      lost();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.#begin();
      restored();
    });
    this.#begin();
  }

  get isLost() {
    return this.gl.isContextLost();
  }

  /** Make room for `count` frames of `size`; false where the GPU has not so much. */
  hold(size, count) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + FRAMES);
    gl.deleteTexture(this.frames);
    const [width, height] = size;
    // Few layers where there are only few: then some frames are in each, one below the other.
    this.tall = Math.ceil(count / gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS));
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    while (gl.getError() !== gl.NO_ERROR);
    this.frames = this.#texture(gl.TEXTURE_2D_ARRAY);
    const layers = Math.ceil(count / this.tall);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGB8, width, height * this.tall, layers);
    this.size = size;
    this.lagsOf = null;
    return Math.max(width, height * this.tall) <= most && gl.getError() === gl.NO_ERROR;
  }

  /** Put in a frame, RGB row by row. */
  put(index, pixels) {
    const { gl, tall } = this;
    const [width, height] = this.size;
    gl.activeTexture(gl.TEXTURE0 + FRAMES);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const [y, layer] = [(index % tall) * height, Math.floor(index / tall)];
    gl.texSubImage3D(
      ...[gl.TEXTURE_2D_ARRAY, 0, 0, y, layer, width, height, 1, gl.RGB, gl.UNSIGNED_BYTE, pixels],
    );
  }

  /** Draw frame k of a composition of the frames from `first` on, in the size of a frame. */
  draw(composition, k, first) {
    const [width, height] = this.size;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.#draw(composition, k, first, this.size, false);
  }

  /** Draw it small onto another canvas. The next thing drawn must be the picture itself. */
  drawOn(small, composition, k, first) {
    const { width, height } = small.canvas;
    this.#draw(composition, k, first, [width, height], true);
    const top = this.canvas.height - height;
    small.drawImage(this.canvas, 0, top, width, height, 0, 0, width, height);
  }

  /** What was drawn last, RGBA from the top row down. */
  pixels() {
    const { gl } = this;
    const [width, height] = this.size;
    const read = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, read);
    const rows = Array.from({ length: height }, (_, y) => height - 1 - y);
    const upright = new Uint8Array(read.length);
    rows.forEach((y, i) => {
      upright.set(read.subarray(4 * width * y, 4 * width * (y + 1)), 4 * width * i);
    });
    return upright;
  }

  #begin() {
    const { gl } = this;
    this.programs = new Map();
    gl.activeTexture(gl.TEXTURE0 + LINES);
    this.lines = this.#texture(gl.TEXTURE_2D);
    gl.activeTexture(gl.TEXTURE0 + LAGS);
    this.lags = this.#texture(gl.TEXTURE_2D);
    this.lagsOf = null;
  }

  /** Use the program with these parts, made when first needed. */
  #use(parts) {
    const { gl } = this;
    const name = parts.join();
    if (!this.programs.has(name)) this.programs.set(name, this.#program(parts));
    this.places = this.programs.get(name);
    gl.useProgram(this.places.program);
  }

  #program(parts) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, fragment(parts)],
    ]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.isContextLost() && !gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new Error("The GPU does not take the program that draws the picture.");
    }
    return { program };
  }

  #texture(kind) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(kind, texture);
    for (const name of ["TEXTURE_MIN_FILTER", "TEXTURE_MAG_FILTER"]) {
      gl.texParameteri(kind, gl[name], gl.NEAREST);
    }
    gl.texParameteri(kind, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(kind, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }

  #set(kind, name, ...values) {
    const { places } = this;
    places[name] ??= this.gl.getUniformLocation(places.program, name);
    this.gl[`uniform${kind}`](places[name], ...values);
  }

  #draw(composition, k, first, [width, height], isSmall) {
    const { gl } = this;
    const { loop, lag, isScan, isMapped, paint } = composition;
    this.#use([...composition.parts, ...(isSmall ? ["SMALL"] : [])]);
    if (isMapped) this.#layLags(composition);
    else this.#layLines(composition.lines(k));
    const numbers = {
      ...{ frames: FRAMES, lines: LINES, lags: LAGS, tall: this.tall, first, lag },
      ...{ count: loop.count, period: loop.period, fade: loop.fade, now: composition.advanced(k) },
    };
    for (const [name, value] of Object.entries(numbers)) this.#set("1i", name, value);
    this.#set("2i", "size", ...this.size);
    this.#set("2i", "shownSize", width, height);
    if (isScan && paint) this.#set("3f", "paint", ...(composition.levels ??= levels(paint)));
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #layLines(lines) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + LINES);
    gl.texImage2D(
      ...[gl.TEXTURE_2D, 0, gl.RGBA32F, lines.length / 4, 1, 0, gl.RGBA, gl.FLOAT, lines],
    );
  }

  #layLags(composition) {
    if (this.lagsOf === composition) return;
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + LAGS);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    const [width, height] = this.size;
    const lags = composition.effect.lags();
    gl.texImage2D(
      ...[gl.TEXTURE_2D, 0, gl.R16UI, width, height, 0],
      ...[gl.RED_INTEGER, gl.UNSIGNED_SHORT, lags],
    );
    this.lagsOf = composition;
  }
}

/** Red, green and blue, 0 to 255, of a colour by name or as #rrggbb. */
function levels(colour) {
  const one = new OffscreenCanvas(1, 1).getContext("2d");
  one.fillStyle = colour;
  one.fillRect(0, 0, 1, 1);
  return one.getImageData(0, 0, 1, 1).data.slice(0, 3);
}
