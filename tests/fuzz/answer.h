/* SPDX-License-Identifier: MIT */
/* Answers of decoders, and the report of a fuzz target if two of them differ. */
#ifndef TENCH_TESTS_FUZZ_ANSWER_H
#define TENCH_TESTS_FUZZ_ANSWER_H

#include <stdbool.h>

#include "base/error.h"
#include "codec/codec.h"

typedef struct answer {
    tn__arena arena;
    int status;
    char message[TN__MESSAGE_BYTES];
    int32_t damage;
    tn_px_image image; /* in the arena, if the status is TN_OK */
} answer;

/* Empties an answer and keeps its memory. */
void answer_begin(answer *made);
void answer_note(answer *made, int status);
/* Asks the codecs of the table from `codec` on. */
void answer_decode(const tn__codec *codec, tn__bytes bytes, tn__access *access,
                   const tn__info *info, const tn__want *want, answer *made);

bool answer_same_verdict(const answer *a, const answer *b);
/* Compares a part, a rectangle of the source that both answers cover. */
bool answer_same_pixels(const answer *a, const answer *b, tn_px_rect part);
/* Ends the program so that a fuzzer records a finding. */
_Noreturn void answer_differ(const char *what, const answer *got, const answer *expected);

#endif
