/* SPDX-License-Identifier: MIT */
#include "ipc/job/shrink.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The window reaches this far, in pixels of the result; a row of the picture
 * is then part of fewer than this many rows of the result. */
enum { REACH = 2, LINES = 2 * REACH + 2 };

/* It is drawn in a little: as sharp as a window of three pixels, with half of
 * the dark seam that such a one leaves along bright edges. More so where the
 * picture is soft already. */
static const double drawn_in = 1.08, drawn_in_more = 1.2;

enum { BYTE_MAX = 255, WORD_MAX = 65535 };

/* Linear light, 0 to 1, in red, green, blue, and one more for speed. */
typedef float light __attribute__((vector_size(16)));

/* The pixels of one row or column that become one pixel. */
struct span {
    unsigned first;
    unsigned count;
};

struct axis {
    double drawn_in;
    unsigned to;
    unsigned taps;      /* weights in a row of them */
    struct span *spans; /* `to` of them */
    float *weights;     /* `to` rows */
};

struct shrink {
    struct shrink_plan plan;
    struct axis x;
    struct axis y;
    unsigned lines;                   /* of the result that are held as sums */
    unsigned done;                    /* rows of the result, from the top */
    float *linear;                    /* light by sample */
    light *row;                       /* of the picture */
    light *line;                      /* the same, as wide as the result */
    light *sums;                      /* lines of the result */
    unsigned char *pixels;            /* the result */
    unsigned char code[WORD_MAX + 1]; /* sRGB by light */
};

static double linear_from_srgb(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static int make_linear(struct shrink *s)
{
    const unsigned most = s->plan.deep ? WORD_MAX : BYTE_MAX;

    s->linear = malloc((most + 1) * sizeof(*s->linear));
    if (!s->linear)
        return -ENOMEM;
    for (unsigned i = 0; i <= most; i++)
        s->linear[i] = (float)linear_from_srgb((double)i / most);
    return 0;
}

/* make_code finds where each code ends, half way to the next one. */
static void make_code(struct shrink *s)
{
    unsigned at = 0, end;

    for (unsigned code = 0; code < BYTE_MAX; code++) {
        end = (unsigned)ceil(WORD_MAX *
                             linear_from_srgb((code + 0.5) / BYTE_MAX));
        memset(s->code + at, (int)code, end - at);
        at = end;
    }
    memset(s->code + at, BYTE_MAX, WORD_MAX + 1 - at);
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
}

static double lanczos(double x)
{
    return fabs(x) < REACH ? sinc(x) * sinc(x / REACH) : 0;
}

/* weigh makes the weights of one pixel; their sum is 1 also at the edges. */
static void weigh(struct axis *axis, unsigned i, unsigned from)
{
    const double scale = (double)from / axis->to, unit = scale / axis->drawn_in;
    const double reach = from > axis->to ? REACH * unit : 0;
    const double centre = (i + 0.5) * scale - 0.5;
    const double least = ceil(centre - reach), most = floor(centre + reach);
    const unsigned first = least > 0 ? (unsigned)least : 0;
    const unsigned last = most < from - 1 ? (unsigned)most : from - 1;
    float *weights = axis->weights + (size_t)i * axis->taps;
    double sum = 0;

    axis->spans[i] = (struct span){ first, last - first + 1 };
    for (unsigned at = first; at <= last; at++)
        sum += lanczos((at - centre) / unit);
    for (unsigned at = first; at <= last; at++)
        weights[at - first] = (float)(lanczos((at - centre) / unit) / sum);
}

static int make_axis(struct axis *axis, unsigned from, unsigned to)
{
    const double taps = ceil(2.0 * REACH * from / to) + 1;

    axis->to = to;
    axis->taps = taps < from ? (unsigned)taps : from;
    axis->spans = calloc(to, sizeof(*axis->spans));
    axis->weights = calloc((size_t)to * axis->taps, sizeof(*axis->weights));
    if (!axis->spans || !axis->weights)
        return -ENOMEM;
    for (unsigned i = 0; i < to; i++)
        weigh(axis, i, from);
    return 0;
}

/* A picture that keeps its size needs no sums. */
static bool is_copy(const struct shrink_plan *p)
{
    return p->width == p->to_width && p->height == p->to_height;
}

static unsigned lines_of(const struct shrink_plan *p)
{
    if (is_copy(p))
        return 1;
    return p->in_order && p->to_height > LINES ? LINES : p->to_height;
}

uint64_t shrink_memory(const struct shrink_plan *plan)
{
    return plan->to_width * (lines_of(plan) * (uint64_t)sizeof(light) +
                             plan->to_height * (uint64_t)SHRINK_PIXEL);
}

static int make_rows(struct shrink *s)
{
    const struct shrink_plan *p = &s->plan;

    s->lines = lines_of(p);
    s->row = calloc(p->width, sizeof(light));
    s->line = calloc(p->to_width, sizeof(light));
    s->sums = calloc((size_t)s->lines * p->to_width, sizeof(light));
    s->pixels = calloc((size_t)p->to_height * p->to_width, SHRINK_PIXEL);
    return s->row && s->line && s->sums && s->pixels ? 0 : -ENOMEM;
}

int shrink_start(const struct shrink_plan *plan, struct shrink **ret_shrink)
{
    struct shrink *s;
    int r;

    s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->plan = *plan;
    s->x.drawn_in = plan->softened ? drawn_in_more : drawn_in;
    s->y.drawn_in = s->x.drawn_in;
    make_code(s);
    r = make_linear(s);
    if (r == 0)
        r = make_axis(&s->x, plan->width, plan->to_width);
    if (r == 0)
        r = make_axis(&s->y, plan->height, plan->to_height);
    if (r == 0)
        r = make_rows(s);
    if (r < 0) {
        shrink_free(s);
        return r;
    }
    *ret_shrink = s;
    return 0;
}

static void light_row(struct shrink *s, const struct shrink_row *row)
{
    const uint8_t *bytes = row->pixels;
    const uint16_t *words = row->pixels;
    const float *linear = s->linear;
    const size_t width = s->plan.width;

    if (row->step > 1)
        memset(s->row, 0, width * sizeof(light));
    for (size_t x = row->first; x < width; x += row->step) {
        const size_t at = x * SHRINK_PIXEL;

        if (s->plan.deep)
            s->row[x] = (light){ linear[words[at]], linear[words[at + 1]],
                                 linear[words[at + 2]], 0 };
        else
            s->row[x] = (light){ linear[bytes[at]], linear[bytes[at + 1]],
                                 linear[bytes[at + 2]], 0 };
    }
}

static void narrow_row(struct shrink *s)
{
    const struct axis *x = &s->x;

    for (size_t i = 0; i < x->to; i++) {
        const light *from = s->row + x->spans[i].first;
        const float *weights = x->weights + i * x->taps;
        light sum = { 0 };

        for (size_t tap = 0; tap < x->spans[i].count; tap++)
            sum += weights[tap] * from[tap];
        s->line[i] = sum;
    }
}

/* The first row of the result that row y of the picture, or one below it, is
 * a part of. */
static size_t first_touched(const struct axis *axis, unsigned y)
{
    size_t low = 0, high = axis->to;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        const struct span *span = axis->spans + middle;

        if (span->first + span->count > y)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static light *sums_of(const struct shrink *s, size_t line)
{
    return s->sums + line % s->lines * s->x.to;
}

static void add_line(struct shrink *s, unsigned y)
{
    const struct axis *axis = &s->y;
    size_t i = first_touched(axis, y);

    for (; i < axis->to && axis->spans[i].first <= y; i++) {
        const float *weights = axis->weights + i * axis->taps;
        const float weight = weights[y - axis->spans[i].first];
        light *sums = sums_of(s, i);

        for (size_t x = 0; x < s->x.to; x++)
            sums[x] += weight * s->line[x];
    }
}

static unsigned char encode(const struct shrink *s, float sum)
{
    /* The window has negative weights: a sum may lie outside of 0 to 1. */
    const float bounded = sum <= 0 ? 0 : sum >= 1 ? 1 : sum;

    return s->code[(unsigned)(bounded * WORD_MAX + 0.5F)];
}

static void write_pixel(const struct shrink *s, light sum, unsigned char *to)
{
    for (size_t c = 0; c < SHRINK_PIXEL - 1; c++)
        to[c] = encode(s, sum[c]);
    to[SHRINK_PIXEL - 1] = BYTE_MAX;
}

static void copy_row(struct shrink *s, const struct shrink_row *row)
{
    const size_t width = s->plan.width;
    unsigned char *to = s->pixels + row->y * width * SHRINK_PIXEL;

    for (size_t x = row->first; x < width; x += row->step)
        write_pixel(s, s->row[x], to + x * SHRINK_PIXEL);
}

/* end_line turns sums into pixels, and begins the line that comes next in
 * their place. */
static void end_line(struct shrink *s)
{
    const size_t width = s->x.to;
    unsigned char *to = s->pixels + s->done * width * SHRINK_PIXEL;
    light *sums = sums_of(s, s->done);

    for (size_t x = 0; x < width; x++)
        write_pixel(s, sums[x], to + x * SHRINK_PIXEL);
    memset(sums, 0, width * sizeof(light));
    s->done++;
}

void shrink_add(struct shrink *s, const struct shrink_row *row)
{
    const struct span *spans = s->y.spans;

    light_row(s, row);
    if (is_copy(&s->plan)) {
        copy_row(s, row);
        return;
    }
    narrow_row(s);
    add_line(s, row->y);
    if (!s->plan.in_order)
        return;
    while (s->done < s->y.to &&
           spans[s->done].first + spans[s->done].count <= row->y + 1)
        end_line(s);
}

unsigned char *shrink_finish(struct shrink *s)
{
    unsigned char *pixels;

    while (!is_copy(&s->plan) && s->done < s->y.to)
        end_line(s);
    pixels = s->pixels;
    s->pixels = NULL;
    return pixels;
}

static void free_axis(struct axis *axis)
{
    free(axis->spans);
    free(axis->weights);
}

void shrink_free(struct shrink *s)
{
    if (!s)
        return;
    free_axis(&s->x);
    free_axis(&s->y);
    free(s->linear);
    free(s->row);
    free(s->line);
    free(s->sums);
    free(s->pixels);
    free(s);
}
