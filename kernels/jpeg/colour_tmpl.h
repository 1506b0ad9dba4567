/* SPDX-License-Identifier: MIT */
/* Upsampling and colour: px/ycc.h for a level's vectors. See jpeg.h.
 *
 * Bytes are widened by interleaving, the lower and the upper halves separately. Narrowing undoes
 * this order. */
#ifndef TENCH_JPEG_COLOUR_TMPL_H
#define TENCH_JPEG_COLOUR_TMPL_H

/* 16-bit numbers of the lower and the upper eight of each sixteen bytes. */
typedef struct halves {
    vec low, high;
} halves;

/* 3 × near + far. */
VEC_INLINE halves weigh(vec near, vec far)
{
    const vec weights = vec_set16(3 | 1 << 8);
    return (halves){vec_multiply_add8(vec_low8(near, far), weights),
                    vec_multiply_add8(vec_high8(near, far), weights)};
}

VEC_INLINE halves shift_down(halves a, vec bias, int32_t shift)
{
    return (halves){vec_down16(vec_add16(a.low, bias), shift),
                    vec_down16(vec_add16(a.high, bias), shift)};
}

/* Stores even and odd results alternately. */
VEC_INLINE void store_turns(halves even, halves odd, uint8_t *out)
{
    const vec low = vec_or(even.low, vec_up16(odd.low, 8));
    const vec high = vec_or(even.high, vec_up16(odd.high, 8));
    vec_store(out, vec_first(low, high));
    vec_store(out + VEC_BYTES, vec_second(low, high));
}

static void h2v1(const uint8_t *row, uint8_t *out, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += VEC_BYTES) {
        const vec here = vec_load(row + i);
        const halves even = weigh(here, vec_load(row + i - 1));
        const halves odd = weigh(here, vec_load(row + i + 1));
        store_turns(shift_down(even, vec_set16(1), 2), shift_down(odd, vec_set16(2), 2),
                    out + 2 * i);
    }
}

/* 3 × here + beside + bias, shifted down. */
VEC_INLINE halves weigh_sums(halves here, halves beside, int32_t bias)
{
    const vec three = vec_set16(3);
    const halves sum = {vec_add16(vec_mul16(here.low, three), beside.low),
                        vec_add16(vec_mul16(here.high, three), beside.high)};
    return shift_down(sum, vec_set16(bias), 4);
}

static void h2v2(const uint8_t *near, const uint8_t *far, uint8_t *out, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += VEC_BYTES) {
        const halves here = weigh(vec_load(near + i), vec_load(far + i));
        const halves before = weigh(vec_load(near + i - 1), vec_load(far + i - 1));
        const halves after = weigh(vec_load(near + i + 1), vec_load(far + i + 1));
        store_turns(weigh_sums(here, before, 8), weigh_sums(here, after, 7), out + 2 * i);
    }
}

static void h1v2(const uint8_t *near, const uint8_t *far, int32_t bias, uint8_t *out, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += VEC_BYTES) {
        const halves sum =
            shift_down(weigh(vec_load(near + i), vec_load(far + i)), vec_set16(bias), 2);
        vec_store(out + i, vec_narrow16(sum.low, sum.high));
    }
}

typedef struct pixels {
    vec red, green, blue;
} pixels;

/* 1.402 Cr = Cr + 0.402 Cr and 1.772 Cb = 2 Cb - 0.228 Cb, so the factors fit 16 bits. Products
 * with 15 fraction bits are rounded as (p + 1) >> 1. For green, 32-bit sums are needed: they use
 * the factor 1 - 0.714136 for Cr, and then Cr is subtracted again. */
VEC_INLINE pixels to_rgb(vec y, vec cb, vec cr)
{
    const vec one = vec_set16(1), half = vec_set32(1 << 15), centre = vec_set16(128);
    cb = vec_sub16(cb, centre);
    cr = vec_sub16(cr, centre);
    const vec twice_cr = vec_add16(cr, cr), twice_cb = vec_add16(cb, cb);
    const vec red = vec_mulhigh16(twice_cr, vec_set16(91881 - 65536));
    const vec blue = vec_mulhigh16(twice_cb, vec_set16(116130 - 2 * 65536));
    const vec factors = vec_set32((65536 - 46802) << 16 | (uint16_t)-22554);
    const vec low = vec_multiply_add(vec_low16(cb, cr), factors);
    const vec high = vec_multiply_add(vec_high16(cb, cr), factors);
    const vec green =
        vec_narrow32(vec_down32(vec_add32(low, half), 16), vec_down32(vec_add32(high, half), 16));
    return (pixels){
        vec_add16(y, vec_add16(cr, vec_down16(vec_add16(red, one), 1))),
        vec_add16(y, vec_sub16(green, cr)),
        vec_add16(y, vec_add16(twice_cb, vec_down16(vec_add16(blue, one), 1))),
    };
}

static void colour(const uint8_t *const ycc[3], uint8_t *const rgb[3], int32_t n)
{
    const vec zero = vec_zero();
    for (ptrdiff_t i = 0; i < n; i += VEC_BYTES) {
        const vec y = vec_load(ycc[0] + i), cb = vec_load(ycc[1] + i), cr = vec_load(ycc[2] + i);
        const pixels low = to_rgb(vec_low8(y, zero), vec_low8(cb, zero), vec_low8(cr, zero));
        const pixels high = to_rgb(vec_high8(y, zero), vec_high8(cb, zero), vec_high8(cr, zero));
        vec_store(rgb[0] + i, vec_narrow16(low.red, high.red));
        vec_store(rgb[1] + i, vec_narrow16(low.green, high.green));
        vec_store(rgb[2] + i, vec_narrow16(low.blue, high.blue));
    }
}

#endif
