/* SPDX-License-Identifier: MIT */
/* Fuzz target: decodes with random access indexes, right ones and spoiled ones.
 *
 * Building an index changes no pixel and no verdict. A built index is accepted and changes no pixel
 * of any region. A spoiled index is memory safe. If only one entry has wrong predictors, and the
 * entries around it or its restart marker prove that, the index is rejected, or the region does not
 * need the entry.
 *
 * The bytes before the tail (input.h) spoil entries, four bytes for each change. The byte before
 * the tail gives the number of changes and the columns of the index. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "codec/jpeg/compact.h"
#include "codec/jpeg/frame.h"
#include "cpu/level.h"
#include "input.h"
#include "target.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 16, PATCH_BYTES = 4 };

static answer plain, built, indexed, spoiled;

/* What an input contains besides its file. */
typedef struct orders {
    int32_t columns, n_patches;
    const uint8_t *patch; /* two bytes: the place; one: what; one: by how much */
} orders;
enum { OF_FORM = 0x80, ADDS = 0x40 }; /* change the compact form; add instead of set */

/* Reads the orders of an input that is at least as long as its whole tail. */
static orders read_orders(const uint8_t *bytes, size_t size)
{
    const uint8_t how = bytes[size - INPUT_TAIL - 1];
    return (orders){.columns = 1 + (how & 15),
                    .n_patches = how >> 4,
                    .patch = bytes + size - target_tail(bytes, size)};
}

size_t target_tail(const uint8_t *bytes, size_t size)
{
    return input_tail_of_patches(bytes, size, PATCH_BYTES);
}

static void spoil(const uint8_t *patch, tn__jpeg_entry *entry)
{
    const int32_t by = patch[3] - 128;
    int16_t *const dc = &entry->dc[patch[2] % 3];
    switch (patch[2] & 7) {
    case 0: entry->byte = (uint32_t)(entry->byte + (int64_t)by); break;
    case 1: entry->byte = (uint32_t)patch[3] << (patch[2] >> 3); break;
    case 2: entry->bit = patch[3]; break;
    case 3: entry->bit = patch[3] & 7; break;
    case 4: *dc = (int16_t)(by * 256); break;
    default: *dc = (int16_t)(*dc + by); break;
    }
}

static size_t count_entries(const tn__jpeg_index *index)
{
    return (size_t)index->rows * (size_t)index->columns + 1;
}

/* True if a decoder that uses entry `e` notices wrong predictors: the entry is at a restart marker
 * or at the scan's end, or no marker resets the predictors after it. */
static bool is_proved(tn__bytes bytes, const tn__jpeg_index *index, size_t e)
{
    tn__jpeg_frame frame;
    const size_t columns = (size_t)index->columns;
    if (!tn__jpeg_frame_read(bytes, &frame) || frame.restart_interval == 0)
        return true;
    const int64_t mcu = (int64_t)(e / columns) * frame.mcus + (int64_t)(e % columns) * index->step;
    return e + 1 == count_entries(index) || mcu % frame.restart_interval == 0;
}

/* True if exactly one entry differs, only by its predictors, and those are proved. */
static bool is_provable(tn__bytes bytes, const tn__jpeg_index *right, const tn__jpeg_entry *b)
{
    const tn__jpeg_entry *const a = right->entry;
    int32_t n_differ = 0;
    for (size_t e = 0; e < count_entries(right); e++) {
        if (a[e].byte != b[e].byte || a[e].bit != b[e].bit)
            return false;
        if (memcmp(a[e].dc, b[e].dc, sizeof a[e].dc) == 0)
            continue;
        n_differ++;
        if (!is_proved(bytes, right, e))
            return false;
    }
    return n_differ <= 1;
}

/* Copies an index to an exact allocation from another arena, and spoils it. */
static tn__jpeg_index copy_index(const tn__jpeg_index *index, const orders *given, tn__arena *arena)
{
    const size_t n = count_entries(index);
    tn__jpeg_index copy = *index;
    copy.entry = tn__arena_take(arena, n * sizeof *copy.entry);
    memcpy(copy.entry, index->entry, n * sizeof *copy.entry);
    for (int32_t p = 0; p < given->n_patches; p++) {
        const uint8_t *const patch = given->patch + (ptrdiff_t)p * PATCH_BYTES;
        if (!(patch[2] & OF_FORM))
            spoil(patch, &copy.entry[(size_t)(patch[0] << 8 | patch[1]) % n]);
    }
    return copy;
}

static void check_region(const tn__codec *codec, tn__bytes bytes, const tn__info *info,
                         const tn__want *want, const tn__jpeg_index *index, const orders *given)
{
    answer_begin(&spoiled);
    const tn__jpeg_index copy = copy_index(index, given, &spoiled.arena);
    tn__access access = {.aid = tn__jpeg_aid(&copy)};
    answer_decode(codec, bytes, &access, info, want, &indexed);
    const bool provable = is_provable(bytes, index, copy.entry);
    if (!answer_same_verdict(&indexed, &plain))
        answer_differ("verdict with an index", &indexed, &plain);
    if ((provable || access.rejected) && !answer_same_pixels(&indexed, &plain, want->need))
        answer_differ("pixels with an index", &indexed, &plain);
    if (given->n_patches == 0 && access.rejected)
        answer_differ("a built index is rejected", &indexed, &plain);
}

static bool is_same_index(const tn__jpeg_index *a, const tn__jpeg_index *b)
{
    if (a->rows != b->rows || a->columns != b->columns || a->step != b->step)
        return false;
    for (size_t e = 0; e < count_entries(a); e++)
        if (a->entry[e].byte != b->entry[e].byte || a->entry[e].bit != b->entry[e].bit ||
            memcmp(a->entry[e].dc, b->entry[e].dc, sizeof a->entry[e].dc) != 0)
            return false;
    return true;
}

/* Writes a compact form to an exact allocation, with the bytes that may be read after it. */
static uint8_t *write_form(const tn__jpeg_index *index, size_t *n_form)
{
    const size_t bound = tn__compact_bound(count_entries(index));
    uint8_t *const room = malloc(bound);
    if (!room)
        abort();
    *n_form = tn__compact_write(index, room);
    uint8_t *const form = malloc(*n_form + TN__COMPACT_READ_PADDING);
    if (!form)
        abort();
    memcpy(form, room, *n_form);
    memset(form + *n_form, 0, TN__COMPACT_READ_PADDING);
    free(room);
    return form;
}

static void spoil_form(const orders *given, uint8_t *form, size_t n_form)
{
    for (int32_t p = 0; p < given->n_patches; p++) {
        const uint8_t *const patch = given->patch + (ptrdiff_t)p * PATCH_BYTES;
        uint8_t *const byte = &form[(size_t)(patch[0] << 8 | patch[1]) % n_form];
        if (patch[2] & OF_FORM)
            *byte = (uint8_t)((patch[2] & ADDS ? *byte : 0) + patch[3]);
    }
}

static void check_form(const tn__codec *codec, tn__bytes bytes, const tn__info *info,
                       const tn__want *want, const tn__jpeg_index *index, const orders *given)
{
    const tn__compact_facts facts = {(int64_t)bytes.size, info->w, info->h};
    tn__jpeg_index back;
    size_t n_form;
    uint8_t *const form = write_form(index, &n_form);
    answer_begin(&spoiled);
    if (n_form > 0) {
        answer_note(&spoiled, tn__compact_read(form, n_form, &facts, &spoiled.arena, &back));
        if (spoiled.status != TN_OK || !is_same_index(&back, index))
            answer_differ("a compact form", &spoiled, &plain);
        spoil_form(given, form, n_form);
        answer_begin(&spoiled);
        if (tn__compact_read(form, n_form, &facts, &spoiled.arena, &back) == TN_OK) {
            tn__access access = {.aid = tn__jpeg_aid(&back)};
            answer_decode(codec, bytes, &access, info, want, &indexed);
            if (!answer_same_verdict(&indexed, &plain))
                answer_differ("verdict with a spoiled form", &indexed, &plain);
        }
    }
    free(form);
}

static void compare(const tn__codec *codec, tn__bytes bytes, const tn__info *info,
                    const tn__want *want, const orders *given)
{
    tn__access access = {.build = given->columns};
    answer_decode(codec, bytes, NULL, info, want, &plain);
    answer_decode(codec, bytes, &access, info, want, &built);
    if (!answer_same_verdict(&built, &plain))
        answer_differ("verdict while building", &built, &plain);
    if (plain.status == TN_OK && !answer_same_pixels(&built, &plain, want->need))
        answer_differ("pixels while building", &built, &plain);
    if (plain.status == TN_OK && access.built) {
        const tn__jpeg_index *const index = tn__jpeg_index_of(access.built);
        check_region(codec, bytes, info, want, index, given);
        check_form(codec, bytes, info, want, index, given);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const size_t tail = target_tail(bytes, size);
    input opened = input_open(bytes, size);
    if (!opened.file.data || tail >= size) {
        input_close(&opened);
        return 0;
    }
    const orders given = read_orders(bytes, size);
    tn__cpu_lower(input_level(&opened));
    tn__info info;
    const tn__codec *const codec = tn__codec_probe(opened.file, NULL, MAX_PIXELS, &info);
    if (codec) {
        const tn__want want = {.need = input_region(&opened, info.w, info.h),
                               .mode = input_mode(&opened)};
        compare(codec, opened.file, &info, &want, &given);
    }
    input_close(&opened);
    return 0;
}
