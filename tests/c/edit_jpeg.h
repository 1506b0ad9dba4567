/* SPDX-License-Identifier: MIT */
/* For tests: changes JPEG files in ways that no encoder offers. An edit takes a whole file and
 * replaces it with a new one. */
#ifndef TENCH_TESTS_EDIT_JPEG_H
#define TENCH_TESTS_EDIT_JPEG_H

#include "make_jpeg.h"

enum { M_SOF = 0xc0, M_DHT = 0xc4, M_SOI = 0xd8, M_EOI = 0xd9, M_SOS = 0xda, M_DQT = 0xdb };
enum { M_DRI = 0xdd, M_APP0 = 0xe0, M_APP14 = 0xee, M_COM = 0xfe };

/* Length of the segment whose marker is at `at`, with its marker. */
static inline size_t segment_length(const jpeg_file *file, size_t at)
{
    return 2u + ((size_t)file->bytes[at + 2] << 8 | file->bytes[at + 3]);
}

/* Where the n-th segment with this marker begins, counted from 0; 0 if there are fewer. The search
 * ends at the first scan's header. */
static inline size_t find_segment(const jpeg_file *file, int marker, int n)
{
    for (size_t at = 2; at + 4 <= file->size; at += segment_length(file, at)) {
        if (file->bytes[at + 1] == marker && n-- == 0)
            return at;
        if (file->bytes[at + 1] == M_SOS)
            return 0;
    }
    return 0;
}

/* Replaces the `removed` bytes at `at` with n others. */
static inline void splice(jpeg_file *file, size_t at, size_t removed, const void *bytes, size_t n)
{
    jpeg_file edited = {malloc(file->size - removed + n), file->size - removed + n};
    memcpy(edited.bytes, file->bytes, at);
    if (n > 0)
        memcpy(edited.bytes + at, bytes, n);
    memcpy(edited.bytes + at + n, file->bytes + at + removed, file->size - at - removed);
    free(file->bytes);
    *file = edited;
}

/* Inserts a segment before `at`. */
static inline void insert_segment(jpeg_file *file, size_t at, int marker, const void *content,
                                  size_t n)
{
    const uint8_t head[4] = {0xff, (uint8_t)marker, (uint8_t)((n + 2) >> 8), (uint8_t)(n + 2)};
    splice(file, at, 0, content, n);
    splice(file, at, 0, head, sizeof head);
}

/* Removes the n-th segment of this kind. */
static inline void remove_segment(jpeg_file *file, int marker, int n)
{
    const size_t at = find_segment(file, marker, n);
    splice(file, at, segment_length(file, at), NULL, 0);
}

/* Inserts a copy of the n-th segment of this kind before `at`. */
static inline void copy_segment(jpeg_file *file, int marker, int n, size_t to)
{
    const size_t at = find_segment(file, marker, n), length = segment_length(file, at);
    uint8_t *const copy = malloc(length);
    memcpy(copy, file->bytes + at, length);
    splice(file, to, 0, copy, length);
    free(copy);
}

/* Merges all segments of this kind into the first one. */
static inline void merge_segments(jpeg_file *file, int marker)
{
    size_t next;
    while ((next = find_segment(file, marker, 1)) != 0) {
        const size_t first = find_segment(file, marker, 0);
        const size_t length = segment_length(file, next), end = first + segment_length(file, first);
        const size_t joined = segment_length(file, first) + length - 6;
        uint8_t *const content = malloc(length);
        memcpy(content, file->bytes + next + 4, length - 4);
        splice(file, next, length, NULL, 0);
        splice(file, end, 0, content, length - 4);
        file->bytes[first + 2] = (uint8_t)(joined >> 8);
        file->bytes[first + 3] = (uint8_t)joined;
        free(content);
    }
}

/* The first entropy-coded byte. */
static inline size_t scan_begin(const jpeg_file *file)
{
    const size_t at = find_segment(file, M_SOS, 0);
    return at + segment_length(file, at);
}

/* The n-th restart marker. */
static inline size_t find_restart(const jpeg_file *file, int n)
{
    for (size_t at = scan_begin(file); at + 1 < file->size; at++)
        if (file->bytes[at] == 0xff && (file->bytes[at + 1] & 0xf8) == 0xd0 && n-- == 0)
            return at;
    return 0;
}

/* Places in a file at which no segment begins. */
enum { IN_SCAN = -1, AT_END = -2, AT_RESTART = -3 };
typedef enum edit_kind {
    NO_STEP,
    SET_BYTES,
    PUT_BYTES,
    CUT_BYTES,
    DROP_SEGMENT,
    COPY_SEGMENT
} edit_kind;

/* One change, `at` bytes after the n-th place of a kind: a segment's marker, the start of the scan,
 * the end marker, a restart marker. */
typedef struct edit_step {
    edit_kind kind;
    int place, n, at; /* COPY_SEGMENT: `at` is the marker before which the copy is inserted */
    const char *bytes;
    size_t n_bytes;
} edit_step;

#define SET(place, n, at, text)                                                                    \
    {                                                                                              \
        SET_BYTES, place, n, at, text, sizeof(text) - 1                                            \
    }
#define PUT(place, n, at, text)                                                                    \
    {                                                                                              \
        PUT_BYTES, place, n, at, text, sizeof(text) - 1                                            \
    }
#define CUT(place, n, at, count)                                                                   \
    {                                                                                              \
        CUT_BYTES, place, n, at, NULL, count                                                       \
    }
#define DROP(marker, n)                                                                            \
    {                                                                                              \
        DROP_SEGMENT, marker, n, 0, NULL, 0                                                        \
    }
#define COPY(marker, n, to)                                                                        \
    {                                                                                              \
        COPY_SEGMENT, marker, n, to, NULL, 0                                                       \
    }

static inline size_t find_place(const jpeg_file *file, int place, int n)
{
    switch (place) {
    case M_SOI: return 0;
    case IN_SCAN: return scan_begin(file);
    case AT_END: return file->size - 2;
    case AT_RESTART: return find_restart(file, n);
    default: return find_segment(file, place, n);
    }
}

static inline void take_step(jpeg_file *file, const edit_step *step)
{
    const size_t at = find_place(file, step->place, step->n) + (size_t)step->at;
    switch (step->kind) {
    case NO_STEP: break;
    case SET_BYTES: splice(file, at, step->n_bytes, step->bytes, step->n_bytes); break;
    case PUT_BYTES: splice(file, at, 0, step->bytes, step->n_bytes); break;
    case CUT_BYTES: splice(file, at, step->n_bytes, NULL, 0); break;
    case DROP_SEGMENT: remove_segment(file, step->place, step->n); break;
    case COPY_SEGMENT:
        copy_segment(file, step->place, step->n, find_place(file, step->at, 0));
        break;
    }
}

#endif
