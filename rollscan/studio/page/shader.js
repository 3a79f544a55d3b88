// Owns the shader that gathers the pixels of a composed frame from the frames of the clip.
//
// The parts that a composition does not need are left out when its program is compiled. Without a
// GPU, where the CPU draws, unused parts would cost as much time as those that are used.

export const VERTEX = `#version 300 es
void main() { // one triangle over the whole picture
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1);
}`;

/** The function that looks up one of the two layers of a field.
 *
 * look: delay, row, column. parts: how the names of its parts begin. y, x: where its tracks are.
 */
const layer = (name, parts, y, x) => `
vec3 ${name}(ivec4 look, int now, ivec2 p) {
  int then = max(now - look.x, 0);
  ivec2 place = p;
#ifdef ${parts}Y
  place.y = look.y;
#endif
#ifdef ${parts}X
  place.x = look.z;
#endif
#ifdef TRACK_${parts}Y
  place.y = trackOf(then, look.y).${y};
#endif
#ifdef TRACK_${parts}X
  place.x = trackOf(then, look.z).${x};
#endif
#ifdef LIVE
  if (look.x > now) { then = now; place = p; }
#endif
  return shown(then, place, nowOf(look.x));
}
`;

const BODY = `
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp isampler2D;
precision highp sampler2DArray;

uniform sampler2DArray frames; // the clip's frames, "tall" in each layer, one below the other
uniform sampler2D sources;     // the sources of the loop's frames, see loops.js; "wide" in a row
uniform isampler2D under;      // the field, see fields.js: delay, row, column, share of what is over
uniform isampler2D over;       // of its second layer: delay, row, column; and the shade of both
uniform isampler2D tracks;     // places that move with the frame that is looked up, "track" in a row
uniform isampler2D masks;      // when each pixel switches; and the share of it that stays live
uniform ivec2 size;            // the size of a frame
uniform ivec2 shownSize;       // the size of the drawn picture: the same, or smaller with SMALL
uniform int tall, first, count, period, wide, lag, ahead, total, track;
uniform int dissolve;          // the first frame of the loop that dissolves
uniform float softness, near, each; // of a switch, see masks.js: how long, what is near, its unit
uniform ivec2 composedFrames;  // the frames of the field that are drawn: the second with DISSOLVED
uniform vec2 composedShares;   // and the share of each of them
uniform ivec2 shift;           // of a frame of the clip: how far from its place it is drawn
uniform vec3 colour;           // of the line, 0 to 255
out vec4 drawn;

const float WHOLE = 32767.0; // stands for a share of 1
const int TALL = 2048;       // frames below each other in a texture, see fields.js

vec3 frame(int number, ivec2 p) { // a pixel of a frame, 0 to 255
  int at = first + clamp(number, 0, count - 1);
  return texelFetch(frames, ivec3(p.x, p.y + at % tall * size.y, at / tall), 0).rgb * 255.0;
}

// now: the share of a frame's live form, which dissolves; in its other form, pixels switch.
vec3 looped(int moment, ivec2 p, float now) {
#ifdef CYCLIC
  int k = moment % period;
#else
  int k = max(moment, 0);
#endif
#ifdef SOURCES
  k = min(k, period - 1);
  vec4 of = texelFetch(sources, ivec2(k % wide, k / wide), 0);
  vec3 picture = frame(int(of.x), p);
  if (of.w <= 0.0) return picture;
  vec2 shares = of.zw;
#ifdef SWITCH
  float at = float(texelFetch(masks, p, 0).x) / each;
  float switched = clamp((float(k - dissolve) - at) / softness + 0.5, 0.0, 1.0);
  shares = mix(vec2(1.0 - switched, switched), shares, now);
#endif
  return roundEven(picture * shares.x + frame(int(of.y), p) * shares.y);
#else
  return frame(k, p);
#endif
}

vec3 shown(int moment, ivec2 p, float now) {
#ifdef RGB
  int late = moment - lag;
  return vec3(looped(moment, p, now).r, looped(late, p, now).g, looped(late - lag, p, now).b);
#else
  return looped(moment, p, now);
#endif
}

float nowOf(int delay) { // the share of the live form in what is so late
#if defined(SWITCH) && defined(HAS_LIVE)
  return clamp(1.0 - float(delay) / near, 0.0, 1.0);
#else
  return 0.0;
#endif
}

ivec4 trackOf(int moment, int place) {
#ifdef CYCLIC
  int k = moment % total;
#else
  int k = clamp(moment, 0, total - 1);
#endif
  return texelFetch(tracks, ivec2(place + k / TALL * track, k % TALL), 0);
}

${layer("underneath", "", "x", "y")}${layer("above", "OVER_", "z", "w")}
vec3 composed(int k, ivec2 p) {
#ifdef MOVES
  ivec2 at = ivec2(k / TALL, k % TALL);
#else
  ivec2 at = ivec2(0);
#endif
#if defined(ROWS)
  at.x = at.x * size.y + p.y;
#elif defined(COLUMNS)
  at.x = at.x * size.x + p.x;
#else
  at = p;
#endif
  int now = k + ahead;
  ivec4 low = texelFetch(under, at, 0);
#if defined(OVER) || defined(SHADE)
  ivec4 high = texelFetch(over, at, 0);
#else
  ivec4 high = ivec4(0); // the picture of now
#endif
  vec3 picture = underneath(low, now, p);
#ifdef SHARE
  if (low.w > 0) {
    float share = float(low.w) / WHOLE;
    picture = roundEven(above(high, now, p) * share + picture * (1.0 - share));
  }
#endif
#ifdef SHADE
  picture = roundEven(picture * float(high.w) / WHOLE);
#endif
#ifdef LINE
  if (low.x < 0) picture = colour;
#endif
#ifdef STILL
  float kept = float(texelFetch(masks, p, 0).y) / WHOLE;
  if (kept > 0.0) picture = roundEven(mix(picture, shown(now, p, 1.0), kept));
#endif
  return picture;
}

vec3 dissolved(ivec2 p) {
  vec3 picture = composed(composedFrames.x, p);
#ifdef DISSOLVED
  if (composedShares.y > 0.0) {
    vec3 other = composed(composedFrames.y, p);
    picture = roundEven(picture * composedShares.x + other * composedShares.y);
  }
#endif
  return picture;
}

void main() {
  ivec2 p = ivec2(gl_FragCoord.x, float(shownSize.y) - gl_FragCoord.y);
#if defined(PLAIN) // a frame of the clip
  drawn = vec4(frame(0, p + shift) / 255.0, 1);
#elif defined(SMALL) // average 2 x 2 pixels of the picture
  vec3 sum = vec3(0);
  for (int i = 0; i < 4; i++) {
    sum += dissolved((2 * (p * 2 + ivec2(i & 1, i >> 1)) + 1) * size / (4 * shownSize));
  }
  drawn = vec4(sum / 4.0 / 255.0, 1);
#else
  drawn = vec4(dissolved(p) / 255.0, 1);
#endif
}`;

/** The source of the fragment shader with the given parts. */
export const fragment = (parts) =>
  ["#version 300 es", ...parts.map((part) => `#define ${part}`), BODY].join("\n");
