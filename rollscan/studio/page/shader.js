// Owns the shader that gathers the pixels of a composed frame from the frames of the clip.
//
// The parts that a composition does not need are left out when its program is compiled. Without a
// GPU, where the CPU draws, unused parts would cost as much time as those that are used.

export const VERTEX = `#version 300 es
void main() { // one triangle over the whole picture
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1);
}`;

const BODY = `
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
precision highp sampler2DArray;

uniform sampler2DArray frames; // the clip's frames, "tall" in each layer, one below the other
uniform sampler2D lines;       // the lines of this composed frame, see moments.js
uniform sampler2D sources;     // the sources of the loop's frames, see moments.js; "wide" in a row
uniform usampler2D lags;       // the delay of each pixel in frames, where the map is not by lines
uniform ivec2 size;            // the size of a frame
uniform ivec2 shownSize;       // the size of the drawn picture: the same, or smaller with SMALL
uniform int tall, first, count, period, wide, lag, now;
uniform vec3 paint;            // the colour of a scan's line, 0 to 255
out vec4 drawn;

vec3 frame(int number, ivec2 p) { // a pixel of a frame, 0 to 255
  int at = first + clamp(number, 0, count - 1);
  return texelFetch(frames, ivec3(p.x, p.y + at % tall * size.y, at / tall), 0).rgb * 255.0;
}

vec3 looped(int moment, ivec2 p) {
#ifdef CYCLIC
  int k = moment % period;
#else
  int k = moment;
#endif
#ifdef SOURCES
  k = clamp(k, 0, period - 1);
  vec4 of = texelFetch(sources, ivec2(k % wide, k / wide), 0);
  vec3 under = frame(int(of.x), p);
  return of.w > 0.0 ? roundEven(under * of.z + frame(int(of.y), p) * of.w) : under;
#else
  return frame(k, p);
#endif
}

vec3 shown(int moment, ivec2 p) {
#ifdef PAINTED
  if (moment == -1) return paint;
#endif
#ifdef RGB
  return vec3(looped(moment, p).r, looped(moment - lag, p).g, looped(moment - 2 * lag, p).b);
#else
  return looped(moment, p);
#endif
}

vec3 composed(ivec2 p) {
#ifdef MAPPED
  return shown(max(now - int(texelFetch(lags, p, 0).r), 0), p);
#else
#ifdef SIDEWAYS
  vec4 line = texelFetch(lines, ivec2(p.x, 0), 0);
  vec3 under = shown(int(line.x), ivec2(int(line.y), p.y));
#else
  vec4 line = texelFetch(lines, ivec2(p.y, 0), 0);
  vec3 under = shown(int(line.x), ivec2(p.x, int(line.y)));
#endif
#ifdef BLENDED
  if (line.w > 0.0) under = roundEven(shown(int(line.z), p) * line.w + under * (1.0 - line.w));
#endif
  return under;
#endif
}

void main() {
  ivec2 p = ivec2(gl_FragCoord.x, float(shownSize.y) - gl_FragCoord.y);
#ifdef SMALL // average 2 x 2 pixels of the picture
  vec3 sum = vec3(0);
  for (int i = 0; i < 4; i++) {
    sum += composed((2 * (p * 2 + ivec2(i & 1, i >> 1)) + 1) * size / (4 * shownSize));
  }
  drawn = vec4(sum / 4.0 / 255.0, 1);
#else
  drawn = vec4(composed(p) / 255.0, 1);
#endif
}`;

/** The source of the fragment shader with the given parts. */
export const fragment = (parts) =>
  ["#version 300 es", ...parts.map((part) => `#define ${part}`), BODY].join("\n");
