/* SPDX-License-Identifier: MIT */
/* Making pictures smaller: compared with the same sums done in a plain way. */
#include "ipc/job/shrink.h"
#include "tests/suites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIXEL = SHRINK_PIXEL, COLOURS = 3 };

/* A picture of samples of 8 or 16 bits, each row of exactly that size, so that
 * a sanitizer sees any step beyond it. */
struct source {
    struct shrink_plan plan;
    void **rows;
};

static void make_source(struct source *s)
{
    const size_t size = (size_t)s->plan.width * PIXEL * (s->plan.deep ? 2 : 1);

    s->rows = calloc(s->plan.height, sizeof(*s->rows));
    ck_assert_ptr_nonnull(s->rows);
    for (unsigned y = 0; y < s->plan.height; y++) {
        s->rows[y] = calloc(1, size);
        ck_assert_ptr_nonnull(s->rows[y]);
    }
}

static void free_source(struct source *s)
{
    for (unsigned y = 0; y < s->plan.height; y++)
        free(s->rows[y]);
    free(s->rows);
}

static unsigned get(const struct source *s, unsigned x, unsigned y, unsigned c)
{
    const size_t at = (size_t)x * PIXEL + c;
    const uint16_t *words = s->rows[y];
    const uint8_t *bytes = s->rows[y];

    return s->plan.deep ? words[at] : bytes[at];
}

static void put(struct source *s, unsigned x, unsigned y, unsigned c,
                unsigned value)
{
    const size_t at = (size_t)x * PIXEL + c;
    uint16_t *words = s->rows[y];
    uint8_t *bytes = s->rows[y];

    if (s->plan.deep)
        words[at] = (uint16_t)value;
    else
        bytes[at] = (uint8_t)value;
}

/* The fourth sample too: it must not matter. */
static void fill(struct source *s, unsigned value)
{
    for (unsigned y = 0; y < s->plan.height; y++)
        for (unsigned x = 0; x < s->plan.width; x++)
            for (unsigned c = 0; c < PIXEL; c++)
                put(s, x, y, c, value);
}

static void fill_at_random(struct source *s)
{
    uint32_t random = 1;

    for (unsigned y = 0; y < s->plan.height; y++)
        for (unsigned x = 0; x < s->plan.width; x++)
            for (unsigned c = 0; c < PIXEL; c++) {
                random = random * 1664525 + 1013904223;
                put(s, x, y, c, random >> (s->plan.deep ? 16 : 24));
            }
}

static void add_all(struct shrink *s, const struct source *source)
{
    for (unsigned y = 0; y < source->plan.height; y++)
        shrink_add(s, &(struct shrink_row){
                          .y = y, .step = 1, .pixels = source->rows[y] });
}

/* As a PNG's seven passes come. */
static void add_passes(struct shrink *s, const struct source *source)
{
    static const struct {
        unsigned x, y, step_x, step_y;
    } passes[] = {
        { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 },
        { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 },
    };

    for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
        for (unsigned y = passes[i].y; y < source->plan.height;
             y += passes[i].step_y)
            shrink_add(s, &(struct shrink_row){ .y = y,
                                                .first = passes[i].x,
                                                .step = passes[i].step_x,
                                                .pixels = source->rows[y] });
}

static uint8_t *shrink(const struct source *source)
{
    struct shrink *s;
    uint8_t *pixels;

    ck_assert_int_eq(shrink_start(&source->plan, &s), 0);
    if (source->plan.in_order)
        add_all(s, source);
    else
        add_passes(s, source);
    pixels = shrink_finish(s);
    shrink_free(s);
    return pixels;
}

/* ------------------------------------------------------------ the plain way */

static double light_of(double code)
{
    return code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4);
}

static double code_of(double light)
{
    if (light <= 0)
        return 0;
    if (light >= 1)
        return 1;
    return light <= 0.0031308 ? light * 12.92
                              : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

static double window(double x)
{
    if (x == 0)
        return 1;
    return fabs(x) >= 2
               ? 0
               : 2 * sin(M_PI * x) * sin(M_PI * x / 2) / (M_PI * M_PI * x * x);
}

/* The weight of pixel `from` for pixel `to`; their sum is not 1. */
static double weight(unsigned from, unsigned from_size, unsigned to,
                     unsigned to_size, bool softened)
{
    const double scale = (double)from_size / to_size;

    if (from_size == to_size)
        return from == to;
    return window(((from + 0.5) / scale - (to + 0.5)) *
                  (softened ? 1.2 : 1.08));
}

static double expected(const struct source *s, unsigned to_x, unsigned to_y,
                       unsigned c)
{
    const struct shrink_plan *p = &s->plan;
    double sum = 0, weights = 0;

    for (unsigned y = 0; y < p->height; y++)
        for (unsigned x = 0; x < p->width; x++) {
            const double w =
                weight(x, p->width, to_x, p->to_width, p->softened) *
                weight(y, p->height, to_y, p->to_height, p->softened);

            weights += w;
            sum += w * light_of(get(s, x, y, c) / (p->deep ? 65535.0 : 255));
        }
    return 255 * code_of(sum / weights);
}

static const struct shrink_plan plans[] = {
    { .width = 16, .height = 16, .to_width = 8, .to_height = 8 },
    { .width = 40, .height = 27, .to_width = 6, .to_height = 4 },
    { .width = 40, .height = 27, .to_width = 39, .to_height = 26 },
    { .width = 64, .height = 3, .to_width = 21, .to_height = 1 },
    { .width = 3, .height = 64, .to_width = 1, .to_height = 21 },
    { .width = 9, .height = 12, .to_width = 9, .to_height = 5 },
    { .width = 5, .height = 9, .to_width = 1, .to_height = 1 },
    { .width = 11, .height = 7, .to_width = 11, .to_height = 7 },
    { .width = 1, .height = 1, .to_width = 1, .to_height = 1 },
};

enum { PLANS = sizeof(plans) / sizeof(plans[0]), KINDS = 8 };

START_TEST(test_plain)
{
    struct source s = { .plan = plans[_i / KINDS] };
    uint8_t *pixels, *at;

    s.plan.deep = _i & 1;
    s.plan.in_order = _i & 2;
    s.plan.softened = _i & 4;
    make_source(&s);
    fill_at_random(&s);
    pixels = at = shrink(&s);
    for (unsigned y = 0; y < s.plan.to_height; y++)
        for (unsigned x = 0; x < s.plan.to_width; x++, at += PIXEL) {
            for (unsigned c = 0; c < COLOURS; c++)
                ck_assert_double_eq_tol(at[c], expected(&s, x, y, c), 0.55);
            ck_assert_uint_eq(at[COLOURS], 255);
        }
    free(pixels);
    free_source(&s);
}
END_TEST

/* --------------------------------------------------------- what shows where */

static void expect_everywhere(const struct source *s, int value, int within)
{
    const size_t count = (size_t)s->plan.to_width * s->plan.to_height;
    uint8_t *pixels = shrink(s);

    for (size_t i = 0; i < count; i++)
        for (unsigned c = 0; c < COLOURS; c++)
            ck_assert_int_le(abs(pixels[i * PIXEL + c] - value), within);
    free(pixels);
}

/* One colour stays that colour, at the edges too, from the largest side. */
START_TEST(test_one_colour)
{
    static const struct shrink_plan wide[] = {
        { .width = 65500, .height = 1, .to_width = 1, .to_height = 1 },
        { .width = 65500, .height = 2, .to_width = 65499, .to_height = 1 },
        { .width = 1, .height = 65500, .to_width = 1, .to_height = 1000 },
        { .width = 300, .height = 200, .to_width = 31, .to_height = 21 },
    };
    struct source s = { .plan = wide[_i] };

    for (int value = 0; value < 256; value += 85) {
        s.plan.in_order = value % 2;
        make_source(&s);
        fill(&s, (unsigned)value);
        expect_everywhere(&s, value, 0);
        free_source(&s);
    }
}
END_TEST

/* Every code is its own after a copy; of 16 bits the nearest one. */
START_TEST(test_copy)
{
    const unsigned most = _i ? 65535 : 255;
    struct source s = { .plan = { .height = 1, .to_height = 1, .deep = _i } };
    uint8_t *pixels;

    s.plan.width = s.plan.to_width = most + 1;
    make_source(&s);
    for (unsigned x = 0; x <= most; x++)
        for (unsigned c = 0; c < COLOURS; c++)
            put(&s, x, 0, c, x);
    pixels = shrink(&s);
    for (unsigned x = 0; x <= most; x++)
        ck_assert_double_le(fabs(pixels[(size_t)x * PIXEL] - 255.0 * x / most),
                            0.53);
    free(pixels);
    free_source(&s);
}
END_TEST

/* Half of the light is not half of the code. */
START_TEST(test_lines)
{
    struct source s = { .plan = plans[0] };

    s.plan.deep = _i;
    s.plan.width = s.plan.height = 64;
    make_source(&s);
    for (unsigned y = 0; y < 64; y++)
        for (unsigned x = 0; x < 64; x++)
            for (unsigned c = 0; c < COLOURS; c++)
                put(&s, x, y, c, (x + y) % 2 ? 0 : _i ? 65535 : 255);
    expect_everywhere(&s, 188, 1);
    free_source(&s);
}
END_TEST

/* Where between two pixels of `step` the value is passed. */
static double where(const double *step, unsigned count, double value)
{
    unsigned i = count / 2;

    while (i > 0 && step[i] > value)
        i--;
    while (i < count - 2 && step[i + 1] < value)
        i++;
    return i + (value - step[i]) / (step[i + 1] - step[i]);
}

/* How wide an edge becomes, from 10 to 90 %. It lies a pixel of the source
 * further to the right in every band: together they show it finely. */
START_TEST(test_sharpness)
{
    enum { FACTOR = 8, TO = 40, BAND = 16 * FACTOR };
    struct source s = { .plan = { .width = TO * FACTOR,
                                  .height = FACTOR * BAND,
                                  .to_width = TO,
                                  .to_height = BAND,
                                  .in_order = true,
                                  .softened = _i } };
    double step[TO * FACTOR], wide;
    uint8_t *pixels;

    make_source(&s);
    for (unsigned y = 0; y < s.plan.height; y++)
        for (unsigned x = 0; x < s.plan.width; x++)
            memset((uint8_t *)s.rows[y] + (size_t)x * PIXEL,
                   x < s.plan.width / 2 + y / BAND ? 60 : 220, PIXEL);
    pixels = shrink(&s);
    for (unsigned band = 0; band < FACTOR; band++)
        for (unsigned x = 0; x < TO; x++) {
            const size_t at = (size_t)(band * 16 + 8) * TO + x;

            step[x * FACTOR + FACTOR - 1 - band] =
                (pixels[at * PIXEL] - 60.0) / 160;
        }
    wide = (where(step, TO * FACTOR, 0.9) - where(step, TO * FACTOR, 0.1)) /
           FACTOR;
    ck_assert_msg(wide > (_i ? 0.7 : 0.8) && wide < (_i ? 0.83 : 0.92),
                  "%g pixels", wide);
    free(pixels);
    free_source(&s);
}
END_TEST

Suite *shrink_suite(void)
{
    Suite *suite = suite_create("shrink");
    TCase *tc = tcase_create("shrink");

    tcase_add_loop_test(tc, test_plain, 0, PLANS * KINDS);
    tcase_add_loop_test(tc, test_one_colour, 0, 4);
    tcase_add_loop_test(tc, test_copy, 0, 2);
    tcase_add_loop_test(tc, test_lines, 0, 2);
    tcase_add_loop_test(tc, test_sharpness, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}
