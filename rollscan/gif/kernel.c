/* The loops of the GIF writer that take the most time, as kernel.py calls them. Plain C99.

The NumPy code beside this file (painting.py, colour.py, busyness.py, matching.py) and Pillow's LZW
encoder are the reference: for the same arguments, these functions return the same bytes. So each
operation on floats is the one of the reference, in its order, rounded to 32 bits, and none may be
fused with another. All constants come from Python. Nothing here allocates memory. */

#include <float.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "floats are computed with excess precision here: the results would differ from NumPy's"
#endif
#ifdef __FAST_MATH__
#error "-ffast-math is on: the results would differ from NumPy's"
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract(off)
#define restrict __restrict
#endif

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* The CRC-32 of this file, by which kernel.py knows that the library was built from it. */
EXPORT uint32_t source_crc(void) { return SOURCE_CRC; }

EXPORT int32_t same(const uint8_t *one, const uint8_t *other, int64_t bytes) {
    return memcmp(one, other, (size_t)bytes) == 0;
}

/* The conversion of pixels to perceived colours: colour.perceived_frame. */
typedef struct {
    const uint64_t *responses; /* (3, 256), of three cones in one word each */
    const float *roots;
    int32_t field; /* bits of a response in a word */
    float long_medium, short_; /* weights */
} Perception;

/* The cells of perceived colours: colour.perceived_cells and perceived_centres. */
typedef struct {
    float lowest[3], highest[3];
    float step;
    int32_t bits[3];
} Cells;

/* A palette and its table: matching.Matcher. */
typedef struct {
    const float *entries; /* (count, 3) perceived colours */
    const int32_t *by_y;  /* (count,) their indices, ascending in y */
    uint8_t *nearest;     /* by cell; 0: not known yet, otherwise the index plus 1 */
    const uint8_t *exact; /* by cell of an exact grid, the index; NULL: there is no exact grid */
    uint32_t mask, shift; /* of the exact grid */
    int32_t count;
    int32_t transparent; /* an index; -1: none */
} Palette;

/* What a frame is painted with: painting.NumpyPainter. */
typedef struct {
    const uint8_t *frame;  /* (height, width, 3) */
    const uint8_t *before; /* the frame before, if it was painted with the same palette, or NULL */
    int32_t height, width, squares;
    int32_t busiest;
    float tolerance, carried;
    float *shown;     /* (4, 3, squares), perceived, for each pixel of the squares */
    uint8_t *busy;    /* (squares, 4), the busyness with which `shown` was decided last */
    uint8_t *indices; /* (height, width), to be filled in */
} Painting;

/* The rectangle in which pixels were painted; bottom and right are one past the last. */
typedef struct {
    int32_t top, left, bottom, right;
} Extent;

#define CHUNK 64 /* squares that are painted together, so that loops over them are quick */

/* Squares of 2 x 2 pixels that are being painted, in ascending order. Colours are by axis, then by
square: compilers turn loops over them into vector instructions. */
typedef struct {
    int32_t count;
    int32_t number[CHUNK];        /* in the arrays of all squares */
    int32_t y[CHUNK], x[CHUNK];   /* of the first pixel */
    const uint8_t *first[CHUNK];  /* pixel */
    int64_t right[CHUNK], down[CHUNK]; /* bytes to the next pixel; 0 where it is beyond the frame */
    uint8_t busy[4][CHUNK];
    int32_t unknown[CHUNK];       /* a cell whose nearest entry is not known, or -1 */
    const uint8_t *pixels[CHUNK]; /* the k-th of each square */
    float wanted[3][CHUNK], best[3][CHUNK], carried[3][CHUNK], allowed[CHUNK];
    float shown[4][3][CHUNK];
    int32_t nearest[4][CHUNK], painted[4][CHUNK]; /* painted: 0 or 1 */
    uint8_t index[4][CHUNK];
} Chunk;

static const int32_t order[4][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}}; /* y, x; as they are carried */

static void add_square(const Painting *painting, Chunk *chunk, int32_t number) {
    const int32_t width = painting->width, squares_across = (width + 1) / 2, i = chunk->count++;
    const int32_t y = 2 * (number / squares_across), x = 2 * (number % squares_across);
    int32_t k;
    chunk->number[i] = number;
    chunk->y[i] = y;
    chunk->x[i] = x;
    chunk->first[i] = painting->frame + 3 * ((int64_t)y * width + x);
    chunk->right[i] = x + 1 < width ? 3 : 0;
    chunk->down[i] = y + 1 < painting->height ? 3 * (int64_t)width : 0;
    chunk->unknown[i] = -1;
    for (k = 0; k < 4; k++) chunk->busy[k][i] = painting->busy[4 * (int64_t)number + k];
}

/* The k-th pixel of each square; beyond the frame, the one nearest to it. */
static void find_pixels(Chunk *chunk, int32_t k) {
    const int32_t count = chunk->count;
    const int64_t down = -order[k][0], right = -order[k][1]; /* every bit or none */
    int32_t i;
    for (i = 0; i < count; i++)
        chunk->pixels[i] = chunk->first[i] + (chunk->down[i] & down) + (chunk->right[i] & right);
}

/* Whether the squares lie side by side in the arrays of all squares. */
static int is_run(const Chunk *chunk) {
    return chunk->number[chunk->count - 1] - chunk->number[0] == chunk->count - 1;
}

/* What is shown of the squares so far. */
static void load_shown(const Painting *painting, Chunk *chunk) {
    const int32_t count = chunk->count, together = is_run(chunk);
    int32_t k, axis, i;
    for (k = 0; k < 4; k++) {
        for (axis = 0; axis < 3; axis++) {
            const float *shown = painting->shown + (3 * k + axis) * (int64_t)painting->squares;
            if (together)
                memcpy(chunk->shown[k][axis], shown + chunk->number[0], count * sizeof *shown);
            else
                for (i = 0; i < count; i++) chunk->shown[k][axis][i] = shown[chunk->number[i]];
        }
    }
}

static void store_shown(const Painting *painting, const Chunk *chunk) {
    const int32_t count = chunk->count;
    int32_t k, axis, i, together = is_run(chunk);
    for (i = 0; i < count; i++) together &= chunk->unknown[i] < 0;
    for (k = 0; k < 4; k++) {
        for (axis = 0; axis < 3; axis++) {
            float *shown = painting->shown + (3 * k + axis) * (int64_t)painting->squares;
            if (together)
                memcpy(shown + chunk->number[0], chunk->shown[k][axis], count * sizeof *shown);
            else
                for (i = 0; i < count; i++)
                    if (chunk->unknown[i] < 0) shown[chunk->number[i]] = chunk->shown[k][axis][i];
        }
    }
}

static void find_allowed(Chunk *chunk, float tolerance, int32_t k) {
    const int32_t count = chunk->count;
    int32_t i;
    for (i = 0; i < count; i++) chunk->allowed[i] = ((float)chunk->busy[k][i] + 1) * tolerance;
}

static void perceive(const Perception *perception, Chunk *chunk) {
    const uint64_t *responses = perception->responses;
    const float long_medium = perception->long_medium, short_ = perception->short_;
    const int32_t field = perception->field, count = chunk->count;
    const uint64_t mask = (UINT64_C(1) << field) - 1;
    float *x = chunk->wanted[0], *y = chunk->wanted[1], *b = chunk->wanted[2];
    int32_t i;
    for (i = 0; i < count; i++) {
        const uint8_t *pixel = chunk->pixels[i];
        uint64_t word = responses[pixel[0]] + responses[256 + pixel[1]] + responses[512 + pixel[2]];
        x[i] = perception->roots[word & mask];
        y[i] = perception->roots[word >> field & mask];
        b[i] = perception->roots[word >> 2 * field & mask];
    }
    for (i = 0; i < count; i++) {
        x[i] = (x[i] - y[i]) * 0.5f;
        y[i] += x[i];
        b[i] -= y[i];
        x[i] *= long_medium;
        b[i] *= short_;
    }
}

static void carry(Chunk *chunk) {
    const int32_t count = chunk->count;
    int32_t axis, i;
    for (axis = 0; axis < 3; axis++)
        for (i = 0; i < count; i++) chunk->wanted[axis][i] += chunk->carried[axis][i];
}

/* The steps from the lowest cell on an axis, with a fraction. */
static float steps_to(float value, float lowest, float per_step, float highest) {
    float steps = (value - lowest) * per_step;
    steps = steps > 0 ? steps : 0;
    return steps < highest ? steps : highest;
}

static void find_cells(const Cells *cells, const Chunk *chunk, int32_t *found) {
    const float *low = cells->lowest, *high = cells->highest, per_step = 1 / cells->step;
    const int32_t count = chunk->count, bits_y = cells->bits[1], bits_b = cells->bits[2];
    int32_t i;
    for (i = 0; i < count; i++) {
        int32_t x = (int32_t)steps_to(chunk->wanted[0][i], low[0], per_step, high[0]);
        int32_t y = (int32_t)steps_to(chunk->wanted[1][i], low[1], per_step, high[1]);
        int32_t b = (int32_t)steps_to(chunk->wanted[2][i], low[2], per_step, high[2]);
        found[i] = (x << bits_y | y) << bits_b | b;
    }
}

/* The index of the entry nearest to a perceived colour, or -1 where two entries are so nearly as
near that palette.nearest_colours may find either, as it computes with 32 bits. entries: (count, 3).
by_y: their indices, ascending in y. */
static int32_t search(const float *entries, const int32_t *by_y, int32_t count, double x, double y,
                      double b) {
    double best = DBL_MAX, second = DBL_MAX, margin;
    int32_t found = -1, above = 0, below, end = count;
    while (above < end) { /* where y belongs among the entries */
        int32_t middle = (above + end) / 2;
        if (entries[3 * by_y[middle] + 1] < y)
            above = middle + 1;
        else
            end = middle;
    }
    below = above - 1;
    while (below >= 0 || above < count) {
        double up = above < count ? entries[3 * by_y[above] + 1] - y : DBL_MAX;
        double down = below >= 0 ? y - entries[3 * by_y[below] + 1] : DBL_MAX;
        double gap = up < down ? up : down, dx, db, distance;
        int32_t index;
        if (gap * gap > second) break;
        index = by_y[up < down ? above++ : below--];
        dx = entries[3 * index] - x;
        db = entries[3 * index + 2] - b;
        distance = gap * gap + dx * dx + db * db;
        if (distance < best) {
            second = best;
            best = distance;
            found = index;
        } else if (distance < second) {
            second = distance;
        }
    }
    /* In 32 bits, half of this difference is subject to twelve roundings, each by 2^-24 of the
    squared length of the longer vector at most, which is less than twice this sum. */
    margin = (x * x + y * y + b * b + second) * (64.0 / (1 << 24));
    return count == 1 || second - best > margin ? found : -1;
}

/* The index of the entry nearest to the centre of a cell, or -1. */
static int32_t search_cell(const Cells *cells, const Palette *palette, int32_t cell) {
    double step = cells->step;
    double b = step * ((cell & ((1 << cells->bits[2]) - 1)) + 0.5) + cells->lowest[2];
    int32_t row = cell >> cells->bits[2];
    double y = step * ((row & ((1 << cells->bits[1]) - 1)) + 0.5) + cells->lowest[1];
    double x = step * ((row >> cells->bits[1]) + 0.5) + cells->lowest[0];
    return search(palette->entries, palette->by_y, palette->count, x, y, b);
}

/* The index of the entry nearest to each of `colours` perceived colours, or -1, as from `search`.
Returns how many are -1. */
EXPORT int64_t nearest_entries(const float *entries, const int32_t *by_y, int32_t count,
                               const float *colour, int64_t colours, int64_t *nearest) {
    int64_t unknown = 0, i;
    for (i = 0; i < colours; i++, colour += 3) {
        nearest[i] = search(entries, by_y, count, colour[0], colour[1], colour[2]);
        unknown += nearest[i] < 0;
    }
    return unknown;
}

static void extend(Extent *extent, int32_t y, int32_t x) {
    if (y < extent->top) extent->top = y;
    if (y >= extent->bottom) extent->bottom = y + 1;
    if (x < extent->left) extent->left = x;
    if (x >= extent->right) extent->right = x + 1;
}

static void find_nearest(const Cells *cells, const Palette *palette, Chunk *chunk, int32_t k) {
    const int32_t count = chunk->count;
    int32_t found[CHUNK], *nearest = chunk->nearest[k], i, axis;
    if (palette->exact) {
        for (i = 0; i < count; i++) {
            const uint8_t *pixel = chunk->pixels[i];
            uint32_t word = pixel[0] | (uint32_t)pixel[1] << 8 | (uint32_t)pixel[2] << 16;
            nearest[i] = palette->exact[(word & palette->mask) >> palette->shift];
        }
    } else {
        int32_t some_unknown = 0; /* negative where there are */
        find_cells(cells, chunk, found);
        for (i = 0; i < count; i++) {
            nearest[i] = palette->nearest[found[i]] - 1;
            some_unknown |= nearest[i];
        }
        for (i = 0; some_unknown < 0 && i < count; i++) {
            if (nearest[i] >= 0) continue;
            nearest[i] = search_cell(cells, palette, found[i]);
            if (nearest[i] >= 0) {
                /* Other threads may write here, too, but only the same value. */
                palette->nearest[found[i]] = (uint8_t)(nearest[i] + 1);
            } else {
                nearest[i] = 0; /* any; the square is left out */
                if (chunk->unknown[i] < 0) chunk->unknown[i] = found[i];
            }
        }
    }
    for (i = 0; i < count; i++)
        for (axis = 0; axis < 3; axis++)
            chunk->best[axis][i] = palette->entries[3 * nearest[i] + axis];
}

static void decide(const Painting *painting, Chunk *chunk, int32_t k) {
    const float *x = chunk->wanted[0], *y = chunk->wanted[1], *b = chunk->wanted[2];
    float (*shown)[CHUNK] = chunk->shown[k], (*best)[CHUNK] = chunk->best;
    const float share = painting->carried;
    const int32_t count = chunk->count;
    int32_t *painted = chunk->painted[k], i, axis;
    for (i = 0; i < count; i++) {
        float held_x = x[i] - shown[0][i], best_x = x[i] - best[0][i];
        float held_y = y[i] - shown[1][i], best_y = y[i] - best[1][i];
        float held_b = b[i] - shown[2][i], best_b = b[i] - best[2][i];
        float held_error = held_x * held_x + held_y * held_y + held_b * held_b;
        float best_error = best_x * best_x + best_y * best_y + best_b * best_b;
        painted[i] = held_error - best_error > chunk->allowed[i];
    }
    for (axis = 0; axis < 3; axis++) {
        for (i = 0; i < count; i++) {
            const float held = shown[axis][i], new_ = best[axis][i];
            const float seen = painted[i] ? new_ : held;
            shown[axis][i] = seen;
            chunk->carried[axis][i] = (chunk->wanted[axis][i] - seen) * share;
        }
    }
}

/* The index that is written of each k-th pixel. */
static void find_indices(Chunk *chunk, int32_t transparent, int32_t k) {
    const int32_t count = chunk->count, all = transparent < 0;
    int32_t i;
    for (i = 0; i < count; i++) {
        const int32_t nearest = chunk->nearest[k][i];
        chunk->index[k][i] = (uint8_t)(chunk->painted[k][i] | all ? nearest : transparent);
    }
}

/* Writes the indices of a square. */
static void show(const Painting *painting, const Chunk *chunk, int32_t i, Extent *extent) {
    const int64_t width = painting->width;
    const int32_t y = chunk->y[i], x = chunk->x[i];
    const int32_t right = chunk->right[i] != 0, down = chunk->down[i] != 0;
    uint8_t *indices = painting->indices + y * width + x;
    indices[0] = chunk->index[0][i];
    if (right) indices[1] = chunk->index[1][i];
    if (right && down) indices[width + 1] = chunk->index[2][i];
    if (down) indices[width] = chunk->index[3][i];
    if (y >= extent->top && y + 1 < extent->bottom && x >= extent->left && x + 1 < extent->right)
        return;
    if (chunk->painted[0][i]) extend(extent, y, x);
    if (chunk->painted[1][i] && right) extend(extent, y, x + 1);
    if (chunk->painted[2][i] && right && down) extend(extent, y + 1, x + 1);
    if (chunk->painted[3][i] && down) extend(extent, y + 1, x);
}

/* Paints the squares of a chunk, and empties it. Those that are left out are noted, from number
`noted` on. Returns how many are noted then. */
static int64_t paint(const Perception *perception, const Cells *cells, const Palette *palette,
                     const Painting *painting, Chunk *chunk, int32_t *left_out, int32_t *unknown,
                     int64_t noted, Extent *extent) {
    const int32_t count = chunk->count;
    int32_t k, i;
    if (count == 0) return noted;
    load_shown(painting, chunk);
    for (k = 0; k < 4; k++) {
        find_allowed(chunk, palette->transparent < 0 ? 0 : painting->tolerance, k);
        find_pixels(chunk, k);
        perceive(perception, chunk);
        if (k > 0 && !palette->exact) carry(chunk);
        find_nearest(cells, palette, chunk, k);
        decide(painting, chunk, k);
        find_indices(chunk, palette->transparent, k);
    }
    store_shown(painting, chunk);
    for (i = 0; i < count; i++) {
        if (chunk->unknown[i] < 0) {
            show(painting, chunk, i, extent);
        } else {
            left_out[noted] = chunk->number[i];
            unknown[noted++] = chunk->unknown[i];
        }
    }
    chunk->count = 0;
    return noted;
}

/* Whether two pixels that lie side by side, or the one at the edge of a frame, are the same. */
static int are_same(const uint8_t *a, const uint8_t *b, int is_pair) {
    uint32_t one, other, rest, other_rest;
    if (!is_pair) return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
    memcpy(&one, a, 4);
    memcpy(&other, b, 4);
    memcpy(&rest, a + 2, 4);
    memcpy(&other_rest, b + 2, 4);
    return one == other && rest == other_rest;
}

/* Whether a square is certain to stay as it is shown: its pixels are those of the frame before, and
no pixel of it is allowed less error than when they were decided. */
static int stays(const Painting *painting, int32_t square_y, int32_t square_x,
                 const uint8_t *old_busy, const uint8_t *busy) {
    const int32_t y = 2 * square_y, x = 2 * square_x, is_pair = x + 1 < painting->width;
    int64_t at = 3 * ((int64_t)y * painting->width + x);
    if (!are_same(painting->frame + at, painting->before + at, is_pair)) return 0;
    at += 3 * (int64_t)painting->width;
    if (y + 1 < painting->height &&
        !are_same(painting->frame + at, painting->before + at, is_pair))
        return 0;
    return busy[0] >= old_busy[0] && busy[1] >= old_busy[1] && busy[2] >= old_busy[2] &&
           busy[3] >= old_busy[3];
}

static void hold_square(const Palette *palette, const Painting *painting, int32_t square_y,
                        int32_t square_x) {
    int32_t y, x;
    for (y = 2 * square_y; y < 2 * square_y + 2 && y < painting->height; y++)
        for (x = 2 * square_x; x < 2 * square_x + 2 && x < painting->width; x++)
            painting->indices[(int64_t)y * painting->width + x] = (uint8_t)palette->transparent;
}

/* The greens of a row of pixels; beyond the frame, those of its nearest row. */
static void greens_of(const uint8_t *frame, int32_t height, int32_t width, int32_t y,
                      uint8_t *restrict greens) {
    const uint8_t *restrict row;
    int32_t x;
    y = y < 0 ? 0 : y < height ? y : height - 1;
    row = frame + 3 * (int64_t)y * width + 1;
    for (x = 0; x < width; x++) greens[x] = row[3 * x];
}

/* Five rows of greens, and the range of each column of them, for busyness_of_row. */
typedef struct {
    uint8_t *rows[5];          /* (width,) each; row y is rows[y % 5] */
    uint8_t *highest, *lowest; /* (width + 5,) each */
} Greens;

/* scratch: 7 * width + 10 bytes. */
static Greens greens_in(uint8_t *scratch, int32_t width) {
    Greens greens;
    int32_t k;
    for (k = 0; k < 5; k++) greens.rows[k] = scratch + (int64_t)k * width;
    greens.highest = scratch + 5 * (int64_t)width;
    greens.lowest = greens.highest + width + 5;
    return greens;
}

static uint8_t *greens_row(const Greens *greens, int32_t y) { return greens->rows[(y + 5) % 5]; }

static uint8_t larger(uint8_t a, uint8_t b) { return a > b ? a : b; }

static uint8_t smaller(uint8_t a, uint8_t b) { return a < b ? a : b; }

/* The range of each column of five rows. */
static void find_columns(const Greens *greens, int32_t y, int32_t width,
                         uint8_t *restrict highest, uint8_t *restrict lowest) {
    const uint8_t *restrict a = greens_row(greens, y - 2), *restrict b = greens_row(greens, y - 1);
    const uint8_t *restrict c = greens_row(greens, y), *restrict d = greens_row(greens, y + 1);
    const uint8_t *restrict e = greens_row(greens, y + 2);
    int32_t x;
    for (x = 0; x < width; x++) {
        highest[x] = larger(larger(larger(a[x], b[x]), larger(c[x], d[x])), e[x]);
        lowest[x] = smaller(smaller(smaller(a[x], b[x]), smaller(c[x], d[x])), e[x]);
    }
}

/* The range of five columns around each. high, low: from two columns before the first on. */
static void find_ranges(const uint8_t *restrict high, const uint8_t *restrict low, int32_t count,
                        uint8_t busiest, uint8_t *restrict busy) {
    int32_t x;
    for (x = 0; x < count; x++) {
        uint8_t highest = larger(larger(high[x], high[x + 1]), larger(high[x + 2], high[x + 3]));
        uint8_t lowest = smaller(smaller(low[x], low[x + 1]), smaller(low[x + 2], low[x + 3]));
        busy[x] = smaller((uint8_t)(larger(highest, high[x + 4]) - smaller(lowest, low[x + 4])),
                          busiest);
    }
}

/* The range of greens in the 5 x 5 pixels around each of a row, (width + width % 2,), the last for
a pixel beyond an odd width. The rows y - 2 to y + 1 of the greens are there already. */
static void busyness_of_row(const uint8_t *frame, int32_t height, int32_t width, int32_t y,
                            int32_t busiest, Greens *greens, uint8_t *busy) {
    uint8_t *highest = greens->highest + 2, *lowest = greens->lowest + 2;
    int32_t x;
    greens_of(frame, height, width, y + 2, greens_row(greens, y + 2));
    find_columns(greens, y, width, highest, lowest);
    for (x = -2; x < 3; x++) {
        int32_t at = x < 0 ? x : width + x, from = x < 0 ? 0 : width - 1;
        highest[at] = highest[from];
        lowest[at] = lowest[from];
    }
    find_ranges(greens->highest, greens->lowest, width + width % 2, (uint8_t)busiest, busy);
}

/* The busyness of every pixel of a frame. busy: (height, width + width % 2), to be filled in.
scratch: 7 * width + 10 bytes. */
EXPORT void busyness(const uint8_t *frame, int32_t height, int32_t width, int32_t busiest,
                     uint8_t *busy, uint8_t *scratch) {
    Greens greens = greens_in(scratch, width);
    int32_t y, across = width + width % 2;
    for (y = -2; y < 2; y++) greens_of(frame, height, width, y, greens_row(&greens, y));
    for (y = 0; y < height; y++)
        busyness_of_row(frame, height, width, y, busiest, &greens, busy + (int64_t)y * across);
}

/* Paints the rows of squares from `first` to before `last`. Squares that need a cell whose nearest
entry is not known are left out: their numbers go to `left_out`, the cells to `unknown`, which have
room for all squares. Returns how many. scratch: 9 * width + 12 bytes. extent: is extended. */
EXPORT int64_t paint_rows(const Perception *perception, const Cells *cells, const Palette *palette,
                          const Painting *painting, int32_t first, int32_t last, uint8_t *scratch,
                          int32_t *left_out, int32_t *unknown, Extent *extent) {
    int32_t height = painting->height, width = painting->width;
    int32_t squares_across = (width + 1) / 2, across = 2 * squares_across, y, square_y, square_x;
    uint8_t *busy = scratch + 7 * (int64_t)width + 10; /* of two rows */
    Greens greens = greens_in(scratch, width);
    int64_t count = 0;
    Chunk chunk;
    chunk.count = 0;
    for (y = 2 * first - 2; y < 2 * first + 2; y++)
        greens_of(painting->frame, height, width, y, greens_row(&greens, y));
    for (square_y = first; square_y < last; square_y++) {
        for (y = 0; y < 2; y++)
            busyness_of_row(painting->frame, height, width, 2 * square_y + y, painting->busiest,
                            &greens, busy + (int64_t)y * across);
        for (square_x = 0; square_x < squares_across; square_x++) {
            int64_t square = (int64_t)square_y * squares_across + square_x;
            uint8_t *old = painting->busy + 4 * square, new_[4];
            memcpy(new_, busy + 2 * square_x, 2);
            new_[2] = busy[across + 2 * square_x + 1];
            new_[3] = busy[across + 2 * square_x];
            if (painting->before && stays(painting, square_y, square_x, old, new_)) {
                hold_square(palette, painting, square_y, square_x);
                continue;
            }
            memcpy(old, new_, sizeof new_);
            add_square(painting, &chunk, (int32_t)square);
            if (chunk.count == CHUNK)
                count = paint(perception, cells, palette, painting, &chunk, left_out, unknown,
                              count, extent);
        }
    }
    return paint(perception, cells, palette, painting, &chunk, left_out, unknown, count, extent);
}

/* Paints `count` squares that were left out, which leaves out some again, as paint_rows does, at
the beginning of the same arrays. Returns how many. */
EXPORT int64_t paint_left_out(const Perception *perception, const Cells *cells,
                              const Palette *palette, const Painting *painting, int64_t count,
                              int32_t *left_out, int32_t *unknown, Extent *extent) {
    int64_t again = 0, i;
    Chunk chunk;
    chunk.count = 0;
    for (i = 0; i < count; i++) {
        add_square(painting, &chunk, left_out[i]);
        if (chunk.count == CHUNK || i == count - 1)
            again = paint(perception, cells, palette, painting, &chunk, left_out, unknown, again,
                          extent);
    }
    return again;
}

/* The cutting of colours into boxes: palette._median_cut. */

#define MOMENTS 7 /* of a colour: its weight, and its first and second moments on three axes */

/* A set of colours: `count` of the rows, from `first` on. */
typedef struct {
    double total[MOMENTS]; /* the sums of its colours' moments */
    double spread; /* the squared error of showing them all as their mean */
    int32_t first, count, axis, serial;
} Box;

/* What a cut works with. rows: the numbers (n,) of the colours, by box. sorted, merged: (n,). heap:
the boxes, (limit,). */
typedef struct {
    const double *moments; /* (n, MOMENTS) */
    const int16_t *keys;   /* (n, 3), by which colours are sorted on an axis */
    int32_t *rows;
    uint64_t *sorted, *merged;
    Box *heap;
} Cut;

static void describe(const Cut *cut, Box *box) {
    double spread[3];
    int32_t i, k;
    for (i = 0; i < box->count; i++) {
        const double *moments = cut->moments + (int64_t)MOMENTS * cut->rows[box->first + i];
        for (k = 0; k < MOMENTS; k++) box->total[k] = i ? box->total[k] + moments[k] : moments[k];
    }
    for (k = 0; k < 3; k++) {
        double mean = box->total[1 + k] / box->total[0];
        spread[k] = box->total[4 + k] - box->total[1 + k] * mean;
    }
    box->axis = spread[1] > spread[0];
    if (spread[2] > spread[box->axis]) box->axis = 2;
    box->spread = box->count > 1 ? spread[0] + spread[1] + spread[2] : 0;
}

/* Whether one box is cut before another: the one of the larger spread, or the earlier one. */
static int goes_before(const Box *one, const Box *other) {
    if (one->spread != other->spread) return one->spread > other->spread;
    return one->serial < other->serial;
}

/* heapq._siftdown: moves the box at `at` of the heap towards its root. */
static void sift_down(Box *heap, int32_t at) {
    Box box = heap[at];
    while (at > 0 && goes_before(&box, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = box;
}

/* heapq._siftup: moves the box at the root of a heap of `count` to a leaf, and from there back to
where it belongs. */
static void sift_up(Box *heap, int32_t count) {
    Box box = heap[0];
    int32_t at = 0, child;
    for (child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && !goes_before(&heap[child], &heap[child + 1])) child++;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = box;
    sift_down(heap, at);
}

/* Sorts the rows of a box by their keys on its axis; those of one key stay in order. */
static void sort_rows(const Cut *cut, const Box *box) {
    uint64_t *from = cut->sorted, *to = cut->merged;
    int32_t count = box->count, width, start, i;
    int32_t *rows = cut->rows + box->first;
    for (i = 0; i < count; i++) {
        uint64_t key = (uint64_t)(cut->keys[3 * (int64_t)rows[i] + box->axis] + 32768);
        from[i] = key << 32 | (uint32_t)rows[i];
    }
    for (width = 1; width < count; width *= 2) {
        uint64_t *swapped = from;
        for (start = 0; start < count; start += 2 * width) {
            int32_t left = start, middle = start + width < count ? start + width : count;
            int32_t right = middle, end = middle + width < count ? middle + width : count;
            for (i = start; i < end; i++) {
                int takes_left = left < middle;
                if (takes_left && right < end) takes_left = from[left] >> 32 <= from[right] >> 32;
                to[i] = from[takes_left ? left++ : right++];
            }
        }
        from = to;
        to = swapped;
    }
    for (i = 0; i < count; i++) rows[i] = (int32_t)(uint32_t)from[i];
}

/* How many of its sorted rows the first half of a box takes: where the error is lowered most. */
static int32_t best_cut(const Cut *cut, const Box *box) {
    const int32_t *rows = cut->rows + box->first;
    double left = 0, moment = 0, best = 0;
    int32_t at = 0, i;
    for (i = 0; i < box->count - 1; i++) {
        const double *moments = cut->moments + (int64_t)MOMENTS * rows[i];
        double right, rest, gain;
        left = i ? left + moments[0] : moments[0];
        moment = i ? moment + moments[1 + box->axis] : moments[1 + box->axis];
        right = box->total[0] - left;
        rest = box->total[1 + box->axis] - moment;
        gain = moment * moment / left + rest * rest / right;
        if (gain != gain) return i + 1; /* NaN, of which NumPy's argmax takes the first */
        if (i == 0 || gain > best) {
            best = gain;
            at = i;
        }
    }
    return at + 1;
}

/* Cuts `count` colours into boxes, until there are `limit`, or, from `fewest` on, until their
squared error is at most `enough`. means: (limit, 3), of each box, to be filled in. Returns how many
boxes there are. */
EXPORT int32_t cut_boxes(const Cut *cut, int32_t count, int32_t limit, int32_t fewest,
                         double enough, double *means) {
    Box *heap = cut->heap;
    int32_t boxes = 1, serial = 1, half, i, k;
    double total;
    for (i = 0; i < count; i++) cut->rows[i] = i;
    heap[0].first = heap[0].serial = 0;
    heap[0].count = count;
    describe(cut, &heap[0]);
    total = heap[0].spread;
    while (boxes < limit && (boxes < fewest || total > enough)) {
        Box widest = heap[0];
        int32_t at;
        if (!(widest.spread > 0)) break;
        heap[0] = heap[--boxes];
        if (boxes) sift_up(heap, boxes);
        total -= widest.spread;
        sort_rows(cut, &widest);
        at = best_cut(cut, &widest);
        for (half = 0; half < 2; half++) {
            Box *box = &heap[boxes];
            box->first = half ? widest.first + at : widest.first;
            box->count = half ? widest.count - at : at;
            box->serial = serial++;
            describe(cut, box);
            total += box->spread;
            sift_down(heap, boxes++);
        }
    }
    for (i = 0; i < boxes; i++)
        for (k = 0; k < 3; k++) means[3 * i + k] = heap[i].total[1 + k] / heap[i].total[0];
    return boxes;
}

#define CODES 4096 /* a code has 12 bits at most */
#define SLOTS 16384 /* of the table of codes; a power of two */

typedef struct {
    uint8_t *out;
    int64_t at, block; /* where the next byte, and the length of the block under way, go */
    uint64_t bits;
    int32_t held; /* how many bits wait */
} CodeStream;

static void put_byte(CodeStream *stream, uint8_t byte) {
    if (stream->at - stream->block == 256) { /* a block has 255 bytes at most, after its length */
        stream->out[stream->block] = 255;
        stream->block = stream->at++;
    }
    stream->out[stream->at++] = byte;
}

static void put_code(CodeStream *stream, int32_t code, int32_t width) {
    stream->bits |= (uint64_t)code << stream->held;
    stream->held += width;
    while (stream->held >= 8) {
        put_byte(stream, (uint8_t)stream->bits);
        stream->bits >>= 8;
        stream->held -= 8;
    }
}

/* Compresses palette indices (height, width), whose rows are `stride` bytes apart, as the blocks of
a GIF image, without the empty block at their end. code_bits: of an index, 2 to 8. table: SLOTS
words. out: 2 * height * width + 64 bytes. Returns how many were written. */
EXPORT int64_t compress(const uint8_t *indices, int32_t height, int32_t width, int64_t stride,
                        int32_t code_bits, uint32_t *table, uint8_t *out) {
    int32_t clear = 1 << code_bits, next = clear + 2, bits = code_bits + 1, y, x;
    int32_t prefix = -1;
    CodeStream stream = {out, 1, 0, 0, 0};
    memset(table, 0, SLOTS * sizeof *table);
    put_code(&stream, clear, bits);
    for (y = 0; y < height; y++) {
        const uint8_t *row = indices + y * stride;
        for (x = 0; x < width; x++) {
            uint32_t key, slot;
            if (prefix < 0) {
                prefix = row[x];
                continue;
            }
            /* A slot is empty (0), or has a prefix and an index, and the code for both, which is
            never 0. */
            key = (uint32_t)prefix << 8 | row[x];
            slot = (key * UINT32_C(2654435761)) >> 18;
            while (table[slot] && table[slot] >> 12 != key) slot = (slot + 1) % SLOTS;
            if (table[slot]) {
                prefix = (int32_t)(table[slot] % CODES);
                continue;
            }
            put_code(&stream, prefix, bits);
            if (next < CODES) {
                table[slot] = key << 12 | (uint32_t)next;
                if (next == 1 << bits) bits++;
                next++;
            } else {
                put_code(&stream, clear, bits);
                memset(table, 0, SLOTS * sizeof *table);
                next = clear + 2;
                bits = code_bits + 1;
            }
            prefix = row[x];
        }
    }
    put_code(&stream, prefix, bits);
    put_code(&stream, clear + 1, bits);
    if (stream.held > 0) put_byte(&stream, (uint8_t)stream.bits);
    stream.out[stream.block] = (uint8_t)(stream.at - stream.block - 1);
    return stream.at;
}
