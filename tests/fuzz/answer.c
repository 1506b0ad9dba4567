/* SPDX-License-Identifier: MIT */
/* Compares the answers of decoders. See answer.h. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cpu/level.h"
#include "tench.h"

enum { KEPT = 1 << 22 };

void answer_begin(answer *made)
{
    if (!made->arena.keep)
        tn__arena_init(&made->arena, KEPT, 0);
    tn__arena_reset(&made->arena);
    made->status = TN_OK;
    made->message[0] = '\0';
    made->damage = 0;
}

void answer_note(answer *made, int status)
{
    made->status = status;
    if (status != TN_OK)
        snprintf(made->message, sizeof made->message, "%s", tn__error_last()->message);
}

void answer_decode(const tn__codec *codec, tn__bytes bytes, tn__access *access,
                   const tn__info *info, const tn__want *want, answer *made)
{
    answer_begin(made);
    answer_note(made, tn__codec_decode(codec, bytes, access, info, want, &made->arena, &made->image,
                                       &made->damage));
    const tn_px_image *const image = &made->image;
    const tn_px_rect need = want->need;
    if (made->status == TN_OK &&
        (image->x0 != need.x || image->y0 != need.y || image->w != need.w || image->h != need.h ||
         image->channels != tn__info_channels(info, want->mode) ||
         image->bits != tn__info_bits(info, want->mode)))
        answer_differ("shape", made, made);
}

bool answer_same_verdict(const answer *a, const answer *b)
{
    return a->status == b->status && strcmp(a->message, b->message) == 0;
}

static const uint8_t *pixel_at(const tn_px_image *image, int32_t channel, tn_px_rect part,
                               int32_t row)
{
    return image->plane[channel] + (part.y + row - image->y0) * image->stride +
           (part.x - image->x0) * (image->bits / 8);
}

bool answer_same_pixels(const answer *a, const answer *b, tn_px_rect part)
{
    if (a->image.channels != b->image.channels || a->image.bits != b->image.bits)
        return false;
    for (int32_t c = 0; c < a->image.channels; c++)
        for (int32_t row = 0; row < part.h; row++)
            if (memcmp(pixel_at(&a->image, c, part, row), pixel_at(&b->image, c, part, row),
                       (size_t)part.w * (size_t)(a->image.bits / 8)) != 0)
                return false;
    return true;
}

void answer_differ(const char *what, const answer *got, const answer *expected)
{
    fprintf(stderr, "fuzz: %s: level %s, got %d (%s, %d warnings), expected %d (%s, %d warnings)\n",
            what, tn__cpu_level_name(), got->status, got->message, got->damage, expected->status,
            expected->message, expected->damage);
    abort();
}
