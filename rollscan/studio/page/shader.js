// Owns the shader that gathers a composed frame from the frames of the clip. Knows no settings.
//
// What a composition has no need of is left out when its program is made: where no GPU is and a
// processor draws, what is not asked for would cost as much as what is.

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

uniform sampler2DArray frames; // the clip: in each layer "tall" frames, one below the other
uniform sampler2D lines;       // of this composed frame, see moments.js
uniform sampler2D sources;     // of each frame of the loop, see moments.js; in rows of "wide"
uniform usampler2D lags;       // frames that each pixel is late, where it is not told by lines
uniform ivec2 size;            // of a frame
uniform ivec2 shownSize;       // of what is drawn: the same, or a small picture of it
uniform int tall, first, count, period, wide, lag, now;
uniform vec3 paint;            // the colour of a scan's line
out vec4 drawn;

vec3 frame(int number, ivec2 p) { // levels, 0 to 255
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
#ifdef SMALL // 2 x 2 pixels of the picture for one
  vec3 sum = vec3(0);
  for (int i = 0; i < 4; i++) {
    sum += composed((2 * (p * 2 + ivec2(i & 1, i >> 1)) + 1) * size / (4 * shownSize));
  }
  drawn = vec4(sum / 4.0 / 255.0, 1);
#else
  drawn = vec4(composed(p) / 255.0, 1);
#endif
}`;

/** The fragment shader with these parts of it. */
export const fragment = (parts) =>
  ["#version 300 es", ...parts.map((part) => `#define ${part}`), BODY].join("\n");
