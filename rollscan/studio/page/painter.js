// Owns the drawing with WebGL: the clip's frames as a texture, and composed frames drawn from them.

import { VERTEX, fragment } from "./shader.js";

const UNITS = { frames: 0, sources: 1, under: 2, over: 3, tracks: 4, masks: 5 }; // the texture units
const MOST = 40; // how many fields are in the GPU's memory
const WIDE = 1024; // frames of a loop in each row of its texture; every GPU takes this width

/** Draws on a canvas. `lost` and `restored` are called when its WebGL context is lost or restored. */
export class Painter {
  constructor(canvas, { lost, restored }) {
    this.canvas = canvas;
    const options = { alpha: false, antialias: false, depth: false, stencil: false };
    this.gl = canvas.getContext("webgl2", options);
    if (!this.gl) throw new Error("This browser has no WebGL 2, which draws the picture: try another.");
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // so that the browser may restore the context
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

  /** Allocate memory for `count` frames of `size`; return false where the GPU has too little. */
  hold(size, count) {
    const { gl } = this;
    const [width, height] = size;
    gl.deleteTexture(this.frames);
    // Textures may have fewer layers than there are frames; then each layer has several frames, one
    // below the other.
    this.tall = Math.ceil(count / gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS));
    while (gl.getError() !== gl.NO_ERROR); // discard earlier errors
    this.frames = this.#texture("frames", gl.TEXTURE_2D_ARRAY);
    const layers = Math.ceil(count / this.tall);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGB8, width, height * this.tall, layers);
    this.size = size;
    return gl.getError() === gl.NO_ERROR;
  }

  /** Upload a frame, given as RGB bytes row by row, or as a canvas of its size. */
  put(index, pixels) {
    const { gl, tall, size } = this;
    const [y, layer] = [(index % tall) * size[1], Math.floor(index / tall)];
    gl.activeTexture(gl.TEXTURE0 + UNITS.frames);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const place = [gl.TEXTURE_2D_ARRAY, 0, 0, y, layer, ...size, 1];
    gl.texSubImage3D(...place, gl.RGB, gl.UNSIGNED_BYTE, pixels);
  }

  /** Draw frame k of a composition at the frames' size. first: the index of the loaded frame with
   * which the composition begins. source: the share of the picture, from the left, in which that
   * frame itself is drawn of which the newest part is made.
   */
  draw(composition, k, first, source = 0) {
    this.#fit();
    if (source < 1) this.#draw(composition, k, first, this.size, []);
    const [width, height] = this.size;
    const part = [0, 0, Math.round(source * width), height];
    if (source > 0) this.#drawPlain(first + composition.loop.at(k).a, part);
  }

  /** Draw frame k onto a smaller canvas. The picture itself has to be drawn again afterwards, as this
   * overwrites a part of it.
   */
  drawOn(small, composition, k, first) {
    const { width, height } = small.canvas;
    this.#draw(composition, k, first, [width, height], ["SMALL"]);
    const top = this.canvas.height - height;
    small.drawImage(this.canvas, 0, top, width, height, 0, 0, width, height);
  }

  /** Draw slices of loaded frames next to each other on another canvas. The picture itself has to be
   * drawn again afterwards, as this overwrites a part of it.
   *
   * indices: of the frames, in the order of their slices. isSideways: whether slices are columns, not
   * rows. from: the first column of a slice. thick: how many it has. to: where the first one goes.
   */
  drawSlices(on, indices, { isSideways, from, thick, to }) {
    this.#fit();
    const [width, height] = this.size;
    const most = Math.floor((isSideways ? width : height) / thick); // at a time
    for (let done = 0; done < indices.length; done += most) {
      const some = indices.slice(done, done + most);
      some.forEach((index, i) => {
        const at = i * thick;
        const shift = isSideways ? [from - at, 0] : [0, from - at];
        const part = isSideways ? [at, 0, thick, height] : [0, height - at - thick, width, thick];
        this.#drawPlain(index, part, shift);
      });
      const [long, place] = [some.length * thick, to + done * thick];
      const [wide, tall] = isSideways ? [long, height] : [width, long];
      const [x, y] = isSideways ? [place, 0] : [0, place];
      on.drawImage(this.canvas, 0, 0, wide, tall, x, y, wide, tall);
    }
  }

  /** The pixels that were drawn last, as RGBA from the top row down. */
  pixels() {
    const { gl } = this;
    const [width, height] = this.size;
    const read = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, read);
    const upright = new Uint8Array(read.length);
    for (let y = 0, row = 4 * width; y < height; y++) {
      upright.set(read.subarray(row * y, row * (y + 1)), row * (height - 1 - y));
    }
    return upright;
  }

  #begin() {
    this.programs = new Map(); // by the names of the parts that they have
    this.fields = new Map(); // the textures of fields, the one that was used last at the end
    this.#texture("sources", this.gl.TEXTURE_2D);
    this.sourcesOf = null; // the loop whose sources are in the texture
    this.#texture("masks", this.gl.TEXTURE_2D);
    this.masksOf = null; // whose texels are in the texture
  }

  /** Make a texture in its unit, without interpolation between pixels. */
  #texture(name, kind) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + UNITS[name]);
    gl.bindTexture(kind, texture);
    gl.texParameteri(kind, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(kind, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return texture;
  }

  /** The program with these parts, and the locations of its uniforms. It is made when first used. */
  #program(parts) {
    const { gl, programs } = this;
    const name = parts.join();
    if (programs.has(name)) return programs.get(name);
    const program = gl.createProgram();
    const sources = [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment(parts)]];
    for (const [kind, source] of sources) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!this.isLost && !gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new Error("The GPU does not take the program that draws the picture.");
    }
    programs.set(name, { program, places: {} });
    return programs.get(name);
  }

  #draw(composition, k, first, [width, height], parts) {
    const { gl, tall } = this;
    const { loop, field } = composition;
    const { facts } = field;
    const { program, places } = this.#program([...composition.parts, ...parts]);
    gl.useProgram(program);
    const set = (kind, name, ...values) => {
      places[name] ??= gl.getUniformLocation(program, name);
      gl[`uniform${kind}`](places[name], ...values);
    };
    this.#bind(field);
    this.#laySources(loop);
    this.#layMasks(composition.masks);
    const { count, period } = loop;
    const { frames, shares } = composition.at(k);
    const [now, then = now] = frames;
    const { lag, total } = facts;
    const [ahead, track] = [composition.ahead, field.track ?? 0];
    const numbers = { ...UNITS, tall, first, lag, count, period, total, ahead, track, wide: WIDE };
    for (const [name, value] of Object.entries(numbers)) set("1i", name, value);
    set("2i", "size", ...this.size);
    set("2i", "shownSize", width, height);
    set("2i", "composedFrames", now, then);
    set("2f", "composedShares", ...shares);
    if (composition.masks) {
      const { facts: told } = composition.masks;
      const [dissolve, softness] = told.switch ?? [0, 1];
      set("1i", "dissolve", dissolve);
      for (const [name, value] of Object.entries({ softness, near: told.near, each: told.moment })) {
        set("1f", name, value);
      }
    }
    if (facts.colour) set("3f", "colour", ...facts.colour);
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #fit() {
    const [width, height] = this.size;
    if (this.canvas.width !== width) this.canvas.width = width; // setting it clears the canvas
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  /** Draw a loaded frame as it is, moved by `shift`, in a part of the canvas: from the left and from the
   * bottom, its width and its height.
   */
  #drawPlain(index, part, shift = [0, 0]) {
    const { gl, tall, size } = this;
    const { program, places } = this.#program(["PLAIN"]);
    gl.useProgram(program);
    const set = (kind, name, ...values) => {
      places[name] ??= gl.getUniformLocation(program, name);
      gl[`uniform${kind}`](places[name], ...values);
    };
    const numbers = { ...UNITS, tall, first: index, count: 1 };
    for (const [name, value] of Object.entries(numbers)) set("1i", name, value);
    for (const [name, value] of Object.entries({ size, shownSize: size, shift })) set("2i", name, ...value);
    gl.viewport(0, 0, ...size);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(...part);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.disable(gl.SCISSOR_TEST);
  }

  /** Bind the textures of a field, which are made, or made again, when more of it has come. */
  #bind(field) {
    const { gl, fields } = this;
    const held = fields.get(field) ?? { textures: {} };
    fields.delete(field);
    fields.set(field, held);
    for (const [name, texels] of Object.entries(field.textures)) {
      if (!texels) continue;
      if (!held.textures[name]) held.textures[name] = this.#texture(name, gl.TEXTURE_2D);
      gl.activeTexture(gl.TEXTURE0 + UNITS[name]);
      gl.bindTexture(gl.TEXTURE_2D, held.textures[name]);
      if (held.version === field.version) continue;
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      const size = name === "tracks" ? field.trackSize : field.size;
      const form = [gl.RGBA16I, ...size, 0, gl.RGBA_INTEGER, gl.SHORT];
      gl.texImage2D(gl.TEXTURE_2D, 0, ...form, texels);
    }
    held.version = field.version;
    if (fields.size > MOST) this.#drop(fields.keys().next().value);
  }

  #drop(field) {
    Object.values(this.fields.get(field).textures).forEach((texture) => this.gl.deleteTexture(texture));
    this.fields.delete(field);
  }

  #layMasks(masks) {
    if (!masks || this.masksOf === masks) return;
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + UNITS.masks);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG16I, ...masks.size, 0, gl.RG_INTEGER, gl.SHORT, masks.texels);
    this.masksOf = masks;
  }

  #laySources(loop) {
    if (this.sourcesOf === loop) return;
    const { gl } = this;
    const rows = Math.ceil(loop.period / WIDE);
    const all = new Float32Array(4 * WIDE * rows);
    all.set(loop.rows);
    gl.activeTexture(gl.TEXTURE0 + UNITS.sources);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, WIDE, rows, 0, gl.RGBA, gl.FLOAT, all);
    this.sourcesOf = loop;
  }
}
