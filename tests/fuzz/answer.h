/* SPDX-License-Identifier: MIT */
/* Answers of decoders, and how a fuzz target says that two of them are not the same. */
#ifndef TENCH_TESTS_FUZZ_ANSWER_H
#define TENCH_TESTS_FUZZ_ANSWER_H

#include <stdbool.h>

#include "base/error.h"
#include "codec/codec.h"

typedef struct answer {
    tn__arena arena;
    int code;
    char message[TN__MESSAGE_BYTES];
    int32_t damage;
    tn_px_image image; /* in the arena, if the code is TN_OK */
} answer;

/* Empties it; its memory is kept. */
void answer_begin(answer *made);
void answer_note(answer *made, int code);
/* Asks the codecs from `codec` on. */
void answer_decode(const tn__codec *codec, tn__bytes bytes, tn__access *access,
                   const tn__info *info, const tn__want *want, answer *made);

bool answer_same_verdict(const answer *a, const answer *b);
/* Both hold the part, a rectangle of the source. */
bool answer_same_pixels(const answer *a, const answer *b, tn_px_rect part);
/* Ends the program, in the way that a fuzzer takes for a finding. */
_Noreturn void answer_differ(const char *what, const answer *got, const answer *expected);

#endif
