/* SPDX-License-Identifier: MIT */
#include "ipc/job/image_paint.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { RGB = 3 }; /* bytes a pixel */

/*
 * All noise comes from one square tile, made once, which repeats in both
 * directions. Looked up at many scales it is clouds, rock, trees, waves and
 * grass. Its numbers, the texels, are about -256 to 256; places in it are
 * counted in 1/65536 of a texel.
 */
enum {
    TILE = 512,
    GRID = 4, /* cells of the first octave, along a side */
    CELL_MAX = TILE / GRID,
    OCTAVES = 6,
    TEXEL = 1 << 16,
};

enum hue { ZENITH, HORIZON, SUN, CLOUD, ROCK, FOREST, GRASS, SNOW, HUES };

static const uint32_t palettes[][HUES] = {
    /* noon, evening, morning, dusk */
    { 0x3468b2, 0xbad4e8, 0xfffae2, 0xf6f8fa, 0x686a7a, 0x2e4a30, 0x5c762c,
      0xeef2fa },
    { 0x46548e, 0xfabe80, 0xffe4a8, 0xfaccb0, 0x665468, 0x34382e, 0x585428,
      0xfaece4 },
    { 0x7096be, 0xf0dece, 0xfff4d6, 0xfaf0ea, 0x787a8c, 0x405846, 0x748042,
      0xf6f4f6 },
    { 0x282c5c, 0xd68084, 0xffce9e, 0xbc8496, 0x423a58, 0x1e242c, 0x2c3424,
      0xd8c4d4 },
};

enum { PALETTES = sizeof(palettes) / sizeof(palettes[0]) };

/* These stand before the sky and the lake, from back to front. */
enum { MOUNTAINS, HILLS, SHORE, BANK, RANGES };

static const struct range {
    /* How high it is above the lake, how far it rises and falls, and what
     * grows on it, in 1/1024 of the picture's height; and how fine that is. */
    struct {
        int height, relief, growth, texels;
    } outline;
    /* Its colour, that of light on it, and of the air or shadow before it;
     * and how fine it is. */
    struct {
        enum hue colour, light, veil;
        int texels_x, texels_y;
    } surface;
    /* Of 256; the last one for a picture's height below its top. */
    struct {
        int contrast, darkest, brightest, veil, more_veil;
    } strength;
} ranges[RANGES] = {
    [MOUNTAINS] = { { 250, -300, 0, 520 },
                    { ROCK, SUN, HORIZON, 1600, 1200 },
                    { 1024, 150, 130, 100, 220 } },
    [HILLS] = { { 100, 100, 5, 500 },
                { FOREST, GRASS, HORIZON, 4000, 6000 },
                { 384, 120, 200, 80, 180 } },
    [SHORE] = { { 36, 60, 14, 380 },
                { FOREST, GRASS, HORIZON, 4000, 6000 },
                { 384, 120, 200, 20, 180 } },
    [BANK] = { { -320, 70, 4, 300 },
               { GRASS, SUN, FOREST, 4000, 1500 },
               { 256, 110, 60, 40, 900 } },
};

struct landscape {
    unsigned char *rgb;
    int width;
    int height;
    int longer; /* side */
    uint32_t seed;
    uint64_t hues[HUES]; /* spread */
    int lake;            /* the row where it begins; at least 1 */
    int sun_x;
    int sun_y;
    int *tile;         /* TILE * TILE, owned; the others lie behind it */
    int *line;         /* TILE + 1, between two rows of the tile */
    int *noise;        /* by column, of one row */
    int *aside;        /* by column: from the sun, in 1/2048 of longer */
    int *tops[RANGES]; /* by column: the row where the range begins */
};

static uint32_t hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t h = a * 0x9e3779b1 ^ b * 0x85ebca77 ^ c * 0xc2b2ae3d;

    h = (h ^ h >> 15) * 0x2c1b3c6d;
    h = (h ^ h >> 12) * 0x297a2d39;
    return h ^ h >> 15;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/*
 * Painting works on a colour's red, green and blue at once: each in 16 bits
 * of a u64, so that one multiplication serves all three.
 */
static uint64_t spread(uint32_t rrggbb)
{
    return rrggbb >> 16 | (rrggbb & 0xff00) << 8 |
           (uint64_t)(rrggbb & 0xff) << 32;
}

/* mix is a where t is 0 or less, and b where it is 256 or more. */
static uint64_t mix(uint64_t a, uint64_t b, int t)
{
    uint64_t part = (uint64_t)clamp(t, 0, 256);

    return (a * (256 - part) + b * part) >> 8 & 0xff00ff00ff;
}

static void put(unsigned char *at, uint64_t colour)
{
    at[0] = (unsigned char)colour;
    at[1] = (unsigned char)(colour >> 16);
    at[2] = (unsigned char)(colour >> 32);
}

static uint64_t get(const unsigned char *at)
{
    return at[0] | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 32;
}

static unsigned char *pixel(const struct landscape *l, int x, int y)
{
    return l->rgb + ((size_t)y * (size_t)l->width + (size_t)x) * RGB;
}

/* blend is mix for one number, with t from 0 to 256. */
static int blend(int a, int b, int t)
{
    return a + (b - a) * t / 256;
}

/* ease bends the way from 0 to 256 so that it starts and ends softly. */
static int ease(int t)
{
    return t * t * (3 * 256 - 2 * t) / (256 * 256);
}

/* corner returns the random number at a corner of an octave's grid. */
static int corner(uint32_t seed, int octave, int x, int y)
{
    const int mask = (GRID << octave) - 1; /* so that the tile repeats */
    const uint32_t right = (uint32_t)(x & mask), down = (uint32_t)(y & mask);

    return (int)(hash(seed + (uint32_t)octave, right, down) >> 23) - 256;
}

/* add_cell adds one cell of an octave's grid to the tile: value noise, random
 * at the four corners, eased between. */
static void add_cell(const struct landscape *l, int octave, int i, int j)
{
    const int cell = TILE / (GRID << octave);
    const int weight = 1 << (OCTAVES - octave); /* of 1 << OCTAVES */
    const int top_left = corner(l->seed, octave, i, j);
    const int top_right = corner(l->seed, octave, i + 1, j);
    const int bottom_left = corner(l->seed, octave, i, j + 1);
    const int bottom_right = corner(l->seed, octave, i + 1, j + 1);
    int top[CELL_MAX], bottom[CELL_MAX];

    for (int x = 0; x < cell; x++) {
        top[x] = blend(top_left, top_right, ease(x * 256 / cell));
        bottom[x] = blend(bottom_left, bottom_right, ease(x * 256 / cell));
    }
    for (int y = 0; y < cell; y++) {
        int *texel = l->tile + (j * cell + y) * TILE + i * cell;
        const int down = ease(y * 256 / cell);

        for (int x = 0; x < cell; x++)
            texel[x] +=
                blend(top[x], bottom[x], down) * weight / (1 << OCTAVES);
    }
}

static void make_tile(const struct landscape *l)
{
    for (int octave = 0; octave < OCTAVES; octave++)
        for (int j = 0; j < GRID << octave; j++)
            for (int i = 0; i < GRID << octave; i++)
                add_cell(l, octave, i, j);
}

/*
 * look_up fills l->noise for row y. How many texels there are along the longer
 * side says how fine it is; place says where in the tile it begins.
 */
static void look_up(const struct landscape *l, int texels_x, int texels_y,
                    int y, uint32_t place)
{
    const uint32_t step = (uint32_t)((int64_t)TEXEL * texels_x / l->longer);
    const int64_t down = (int64_t)TEXEL * texels_y * y / l->longer;
    const uint32_t row = place + (uint32_t)(down / TEXEL);
    const int *above = l->tile + row % TILE * TILE;
    const int *below = l->tile + (row + 1) % TILE * TILE;
    uint32_t at = place * TILE / 3 * TEXEL;

    for (int i = 0; i < TILE; i++)
        l->line[i] = blend(above[i], below[i], (int)(down % TEXEL / 256));
    l->line[TILE] = l->line[0];
    for (int x = 0; x < l->width; x++, at += step) {
        const int *texel = l->line + at / TEXEL % TILE;

        l->noise[x] = blend(texel[0], texel[1], (int)(at % TEXEL / 256));
    }
}

static void draw_outline(const struct landscape *l, int which)
{
    const struct range *range = &ranges[which];
    const uint32_t place = 10 + 50 * (uint32_t)which;
    int *top = l->tops[which];

    look_up(l, range->outline.texels, 0, 0, place);
    for (int x = 0; x < l->width; x++) {
        /* Sharp peaks where the noise passes through 0. */
        int rise = which == MOUNTAINS ? abs(l->noise[x]) : l->noise[x];

        top[x] = range->outline.height * 256 + range->outline.relief * rise;
    }
    look_up(l, 3000, 0, 0, place + 10);
    for (int x = 0; x < l->width; x++) {
        int64_t height = top[x] + range->outline.growth * abs(l->noise[x]);

        top[x] = l->lake - (int)(height * l->height / (256 * 1024));
    }
}

/* is_reached is true from the first row on in which a range shows. */
static bool is_reached(const struct landscape *l, int which, int y)
{
    const int *top = l->tops[which];

    for (int x = 0; x < l->width; x++)
        if (top[x] <= y)
            return true;
    return false;
}

/* Light falls on what rises towards the sun: seen in the noise's slope. */
static int slope(const struct landscape *l, int x, int reach)
{
    int towards = x < l->sun_x ? x + reach : x - reach;

    return l->noise[x] - l->noise[clamp(towards, 0, l->width - 1)];
}

/* lit is a place's colour in the light that falls on it. */
static uint64_t lit(const struct landscape *l, const struct range *range,
                    uint64_t colour, int light)
{
    if (light < 0)
        return mix(colour, 0, clamp(-light, 0, range->strength.darkest));
    return mix(colour, l->hues[range->surface.light],
               clamp(light, 0, range->strength.brightest));
}

static void paint_range(const struct landscape *l, int which, int y)
{
    const struct range range = ranges[which];
    const int *top = l->tops[which], reach = l->longer / 800 + 1;
    const int above = (l->lake - y) * 1024 / l->height;

    look_up(l, range.surface.texels_x, range.surface.texels_y, y,
            (uint32_t)which);
    for (int x = 0; x < l->width; x++) {
        uint64_t colour = l->hues[range.surface.colour];
        int light = slope(l, x, reach) * range.strength.contrast / 256;
        int veil = (y - top[x]) * range.strength.more_veil / l->height;

        if (y < top[x])
            continue;
        if (which == MOUNTAINS)
            colour =
                mix(colour, l->hues[SNOW], (above - 150) * 2 + l->noise[x]);
        colour = lit(l, &range, colour, light);
        put(pixel(l, x, y), mix(colour, l->hues[range.surface.veil],
                                range.strength.veil + veil));
    }
}

static void paint_sky(const struct landscape *l, int y)
{
    const uint64_t sun = l->hues[SUN], cloud = l->hues[CLOUD];
    const uint64_t air =
        mix(l->hues[ZENITH], l->hues[HORIZON], ease(y * 256 / l->lake));
    const int down = (y - l->sun_y) * 2048 / l->longer;

    look_up(l, 340, 1200, y, 0);
    for (int x = 0; x < l->width; x++) {
        int distance = l->aside[x] * l->aside[x] + down * down; /* squared */
        int cover = clamp((l->noise[x] + 10) * 3 / 2, 0, 220);
        uint64_t colour;

        colour = mix(air, sun, 150 * 150000 / (150000 + distance));
        colour = mix(colour, mix(cloud, 0, cover / 5), cover);
        put(pixel(l, x, y), mix(colour, sun, 1600 - distance / 2));
    }
}

/* The lake mirrors what is painted already; waves displace it, and glitter
 * below the sun. */
static void paint_lake(const struct landscape *l, int y)
{
    const uint64_t sun = l->hues[SUN], deep = mix(l->hues[ZENITH], 0, 110);
    const int depth = y - l->lake, all = l->height - l->lake;
    const int far = 12000 * all / (4 * depth + all / 8 + 1);
    const int lift = depth + l->height / 60, push = depth / 8 + l->height / 100;
    const int mirror = l->lake - 1 - depth * 9 / 8;
    const int tint = 40 + 90 * depth / all;

    look_up(l, 1100, l->longer / 2, far, 5);
    for (int x = 0; x < l->width; x++) {
        int wave = l->noise[x];
        int from_x = clamp(x + wave * push / 2000, 0, l->width - 1);
        int from_y = clamp(mirror + wave * lift / 1400, 0, l->lake - 1);
        uint64_t colour;

        colour = mix(get(pixel(l, from_x, from_y)), deep, tint);
        colour =
            mix(colour, sun, clamp(wave * 2 - l->aside[x] * 3 / 4, 0, 200));
        put(pixel(l, x, y), mix(colour, wave > 0 ? sun : 0, abs(wave) / 10));
    }
}

static void paint_row(const struct landscape *l, int y)
{
    if (y < l->lake) {
        paint_sky(l, y);
        for (int which = MOUNTAINS; which <= SHORE; which++)
            if (is_reached(l, which, y))
                paint_range(l, which, y);
    } else {
        paint_lake(l, y);
    }
    if (is_reached(l, BANK, y))
        paint_range(l, BANK, y);
}

/* Noise as of a sensor. Last: the lake must not mirror it. */
static void add_grain(const struct landscape *l)
{
    unsigned char *at = l->rgb, *end = pixel(l, 0, l->height);
    uint32_t random = l->seed | 1;
    int grain;

    for (; at < end; at += RGB) {
        /* xorshift32 (Marsaglia 2003) */
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        grain = (int)(random & 7) - (int)(random >> 3 & 7);
        for (int i = 0; i < RGB; i++)
            at[i] = (unsigned char)clamp(at[i] + grain, 0, 255);
    }
}

static void compose(struct landscape *l, unsigned variant)
{
    l->longer = l->width > l->height ? l->width : l->height;
    l->seed = hash(variant, 1, 2);
    l->lake = l->height * (int)(58 + l->seed % 8) / 100;
    l->lake = l->lake > 0 ? l->lake : 1;
    l->sun_x = l->width * (int)(20 + hash(l->seed, 1, 0) % 60) / 100;
    l->sun_y = l->height * (int)(12 + hash(l->seed, 2, 0) % 18) / 100;
    for (int i = 0; i < HUES; i++)
        l->hues[i] = spread(palettes[variant % PALETTES][i]);
    for (int x = 0; x < l->width; x++)
        l->aside[x] = abs(x - l->sun_x) * 2048 / l->longer;
    make_tile(l);
    for (int which = MOUNTAINS; which <= BANK; which++)
        draw_outline(l, which);
}

int paint_landscape(unsigned char *rgb, unsigned width, unsigned height,
                    unsigned variant)
{
    struct landscape l = {
        .rgb = rgb,
        .width = (int)width,
        .height = (int)height,
    };
    int *next;

    next = calloc(TILE * TILE + TILE + 1 + (2 + RANGES) * (size_t)width,
                  sizeof(*next));
    if (!next)
        return -ENOMEM;
    l.tile = next;
    l.line = next += TILE * TILE;
    l.noise = next += TILE + 1;
    l.aside = next += width;
    for (int which = MOUNTAINS; which <= BANK; which++)
        l.tops[which] = next += width;
    compose(&l, variant);
    for (int y = 0; y < l.height; y++)
        paint_row(&l, y);
    add_grain(&l);
    free(l.tile);
    return 0;
}
