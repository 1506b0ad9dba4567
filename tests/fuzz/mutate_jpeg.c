/* SPDX-License-Identifier: MIT */
/* A mutator that knows the parts of a JPEG. Flipped bits mostly break the header, and such a run
 * ends at its first branch. The changes made here leave files that can be decoded far, or
 * completely.
 *
 * An input is the file and a tail (input.h). */
#include <stdbool.h>
#include <string.h>

#include "input.h"
#include "target.h"

enum { M_SOF0 = 0xc0, M_DHT = 0xc4, M_RST0 = 0xd0, M_SOI = 0xd8, M_EOI = 0xd9, M_SOS = 0xda };
enum { M_DQT = 0xdb, M_DRI = 0xdd, M_APP0 = 0xe0, M_COM = 0xfe };
enum { MAX_SEGMENTS = 64, MAX_TAIL = 128 };

typedef struct segment {
    size_t at, size; /* including its marker */
    uint8_t marker;
} segment;

typedef struct file {
    uint8_t *bytes;
    size_t size, room; /* both without the tail */
    uint32_t random;
    size_t scan; /* start of the entropy-coded bytes; equal to size if there are none */
    int n;
    segment segments[MAX_SEGMENTS];
} file;

/* xorshift32 */
static uint32_t draw(file *f, uint32_t n)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 17;
    f->random ^= f->random << 5;
    return n ? f->random % n : 0;
}

static void parse(file *f)
{
    size_t at = 2;
    f->n = 0;
    f->scan = f->size;
    while (at + 4 <= f->size && f->bytes[at] == 0xff && f->n < MAX_SEGMENTS) {
        const uint8_t marker = f->bytes[at + 1];
        const size_t size = 2 + ((size_t)f->bytes[at + 2] << 8 | f->bytes[at + 3]);
        if (marker == 0xff) {
            at++;
            continue;
        }
        if (size < 4 || size > f->size - at)
            return;
        f->segments[f->n++] = (segment){at, size, marker};
        at += size;
        if (marker == M_SOS) {
            f->scan = at;
            return;
        }
    }
}

/* Returns one of the segments with this marker, or NULL. */
static segment *find(file *f, uint8_t marker)
{
    segment *found = NULL;
    for (int s = 0, n = 0; s < f->n; s++)
        if ((f->segments[s].marker == marker ||
             (marker == M_SOF0 &&
              (f->segments[s].marker == 0xc1 || f->segments[s].marker == 0xc2))) &&
            draw(f, (uint32_t)++n) == 0)
            found = &f->segments[s];
    return found;
}

/* Opens a gap of n bytes. False: there is no space. */
static bool insert(file *f, size_t at, size_t n)
{
    if (n > f->room - f->size || at > f->size)
        return false;
    memmove(f->bytes + at + n, f->bytes + at, f->size - at);
    f->size += n;
    return true;
}

static void erase(file *f, size_t at, size_t n)
{
    memmove(f->bytes + at, f->bytes + at + n, f->size - at - n);
    f->size -= n;
}

/* Chooses a place in the entropy-coded bytes. False: there are none. */
static bool in_scan(file *f, size_t *at)
{
    if (f->scan >= f->size)
        return false;
    *at = f->scan + draw(f, (uint32_t)(f->size - f->scan));
    return true;
}

static void flip_scan_bits(file *f)
{
    size_t at;
    for (uint32_t k = 0, n = 1 + draw(f, 4); k < n && in_scan(f, &at); k++)
        f->bytes[at] ^= (uint8_t)(1u << draw(f, 8));
}

static void put_into_scan(file *f)
{
    static const uint8_t stuff[][4] = {{0xff, 0x00}, {0xff, 0xff, 0xd0}, {0xff, 0xff, 0x00},
                                       {0xff, 0xd9}, {0xff, 0xc4, 0, 2}, {0xff, 0x01},
                                       {0x00, 0x00}, {0xff, 0xff, 0xff}};
    size_t at;
    const uint32_t which = draw(f, 10), n = 2 + draw(f, 3);
    if (!in_scan(f, &at) || !insert(f, at, n))
        return;
    const uint8_t restart[4] = {0xff, (uint8_t)(M_RST0 + draw(f, 8)), (uint8_t)draw(f, 256), 0xff};
    memcpy(f->bytes + at, which < 8 ? stuff[which] : restart, n);
}

static void cut_scan(file *f)
{
    size_t at;
    if (!in_scan(f, &at))
        return;
    const uint32_t n = 1 + draw(f, (uint32_t)(f->size - at));
    if (draw(f, 3) == 0)
        f->size = at;
    else
        erase(f, at, n < 9 || draw(f, 2) ? n : n % 8 + 1);
}

static void repeat_scan(file *f)
{
    size_t from, to;
    if (!in_scan(f, &from) || !in_scan(f, &to))
        return;
    const size_t n = 1 + draw(f, (uint32_t)(f->size - from));
    uint8_t copy[256];
    const size_t kept = n < sizeof copy ? n : sizeof copy;
    memcpy(copy, f->bytes + from, kept);
    if (insert(f, to, kept))
        memcpy(f->bytes + to, copy, kept);
}

/* Changes the number of a restart marker. */
static void renumber_restart(file *f)
{
    size_t at;
    if (!in_scan(f, &at))
        return;
    for (; at + 1 < f->size; at++)
        if (f->bytes[at] == 0xff && (f->bytes[at + 1] & 0xf8) == M_RST0) {
            f->bytes[at + 1] = (uint8_t)(M_RST0 + draw(f, 8));
            return;
        }
}

static void change_size(file *f)
{
    static const uint8_t sides[] = {1,  2,  7,  8,  9,  15, 16,  17, 24,
                                    31, 32, 33, 40, 48, 64, 100, 200};
    segment *const s = find(f, M_SOF0);
    if (!s || s->size < 10)
        return;
    uint8_t *const side = f->bytes + s->at + (draw(f, 2) ? 5 : 7);
    side[0] = draw(f, 20) == 0 ? (uint8_t)draw(f, 4) : 0;
    side[1] = draw(f, 3) ? sides[draw(f, sizeof sides)] : (uint8_t)draw(f, 256);
}

static void change_components(file *f)
{
    static const uint8_t factors[] = {0x11, 0x21, 0x12, 0x22, 0x11, 0x21, 0x12, 0x22,
                                      0x41, 0x14, 0x31, 0x42, 0x00, 0x33, 0x13, 0x44};
    segment *const s = find(f, M_SOF0);
    if (!s || s->size < 13)
        return;
    const uint32_t n = (uint32_t)(s->size - 10) / 3;
    uint8_t *const component = f->bytes + s->at + 10 + (size_t)3 * draw(f, n);
    switch (draw(f, 4)) {
    case 0: component[0] = (uint8_t)draw(f, 5); break;
    case 1: component[2] = (uint8_t)draw(f, 5); break;
    default: component[1] = factors[draw(f, draw(f, 4) ? 8 : sizeof factors)]; break;
    }
}

static void change_frame(file *f)
{
    static const uint8_t markers[] = {0xc0, 0xc1, 0xc2, 0xc0, 0xc1, 0xc3, 0xc9};
    segment *const s = find(f, M_SOF0);
    if (!s || s->size < 10)
        return;
    if (draw(f, 3))
        f->bytes[s->at + 1] = markers[draw(f, sizeof markers)];
    else
        f->bytes[s->at + (draw(f, 2) ? 4 : 9)] = (uint8_t)draw(f, 16);
}

static void change_scan_header(file *f)
{
    segment *const s = find(f, M_SOS);
    if (!s || s->size < 8)
        return;
    const uint32_t at = 4 + draw(f, (uint32_t)s->size - 4);
    f->bytes[s->at + at] =
        draw(f, 2) ? (uint8_t)(draw(f, 4) << 4 | draw(f, 4)) : (uint8_t)draw(f, 64);
}

static void change_interval(file *f)
{
    segment *s = find(f, M_DRI);
    if (!s || s->size != 6 || draw(f, 8) == 0) {
        segment *const before = find(f, draw(f, 2) ? M_SOS : M_SOF0);
        if (!before || !insert(f, before->at, 6))
            return;
        memcpy(f->bytes + before->at, (const uint8_t[]){0xff, M_DRI, 0, 4, 0, 0}, 6);
        f->bytes[before->at + 5] = (uint8_t)draw(f, 12);
        return;
    }
    f->bytes[s->at + 5] = (uint8_t)draw(f, draw(f, 4) ? 16 : 256);
}

static void change_quantiser(file *f)
{
    static const uint8_t values[] = {0, 1, 2, 16, 64, 127, 128, 255};
    segment *const s = find(f, M_DQT);
    if (!s || s->size < 6)
        return;
    const uint32_t at = 4 + draw(f, (uint32_t)s->size - 4);
    f->bytes[s->at + at] = draw(f, 2) ? values[draw(f, sizeof values)] : (uint8_t)draw(f, 256);
}

/* Draws counts of codes by length that fit the code space, for n symbols of which at least one has
 * a long code. */
static void draw_counts(file *f, uint8_t counts[16], uint32_t n)
{
    uint32_t space = 2, left = n;
    memset(counts, 0, 16);
    for (int length = 0; length < 16 && left > 0; length++, space *= 2) {
        const uint32_t most = space - 1 < left ? space - 1 : left;
        uint32_t taken = length == 15 ? most : draw(f, most + 1) / (1 + draw(f, 3));
        if (draw(f, 3) == 0 && length < 15)
            taken = 0;
        counts[length] = (uint8_t)(taken < 255 ? taken : 255);
        left -= counts[length];
        space -= counts[length];
    }
}

/* Changes the codes of a table but not their number, so that the segment stays valid. */
static void change_codes(file *f)
{
    segment *const s = find(f, M_DHT);
    if (!s || s->size < 21)
        return;
    uint8_t *const counts = f->bytes + s->at + 5;
    uint32_t n = 0, made = 0;
    for (int k = 0; k < 16; k++)
        n += counts[k];
    uint8_t drawn[16];
    draw_counts(f, drawn, n);
    for (int k = 0; k < 16; k++)
        made += drawn[k];
    if (made == n && s->size >= 21 + (size_t)n)
        memcpy(counts, drawn, 16);
}

/* Changes symbols, or counts, which may become invalid. */
static void change_table(file *f)
{
    segment *const s = find(f, M_DHT);
    if (!s || s->size < 22)
        return;
    uint8_t *const table = f->bytes + s->at + 4;
    const uint32_t n = (uint32_t)s->size - 4;
    switch (draw(f, 6)) {
    case 0: table[0] = (uint8_t)(draw(f, 2) << 4 | draw(f, 5)); break;
    case 1: table[1 + draw(f, 16)] ^= (uint8_t)(1u << draw(f, 8)); break;
    case 2: table[17 + draw(f, n - 17)] = (uint8_t)draw(f, 256); break;
    default: {
        uint8_t *const a = &table[17 + draw(f, n - 17)], *const b = &table[17 + draw(f, n - 17)];
        const uint8_t kept = *a;
        *a = *b;
        *b = kept;
    }
    }
}

static void move_segment(file *f)
{
    uint8_t copy[512];
    if (f->n < 2)
        return;
    const segment from = f->segments[draw(f, (uint32_t)f->n)];
    const segment to = f->segments[draw(f, (uint32_t)f->n)];
    if (from.size > sizeof copy)
        return;
    memcpy(copy, f->bytes + from.at, from.size);
    if (draw(f, 3) == 0) {
        erase(f, from.at, from.size);
    } else if (insert(f, to.at, from.size)) {
        memcpy(f->bytes + to.at, copy, from.size);
    }
}

static void insert_segment(file *f)
{
    static const uint8_t kinds[] = {M_APP0, 0xe1, 0xee, M_COM, 0xee, 0xef, 0xdc, 0x01};
    if (f->n == 0)
        return;
    const size_t at = f->segments[draw(f, (uint32_t)f->n)].at;
    const uint32_t n = 2 + draw(f, 14), fill = draw(f, 3);
    if (!insert(f, at, n + 2 + fill))
        return;
    uint8_t *const made = f->bytes + at;
    memset(made, 0xff, fill);
    made[fill] = 0xff;
    made[fill + 1] = kinds[draw(f, sizeof kinds)];
    made[fill + 2] = 0;
    made[fill + 3] = (uint8_t)n;
    /* An Adobe marker, which tells the colours of the components. */
    static const uint8_t adobe[12] = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    for (uint32_t k = 2; k < n; k++)
        made[fill + 2 + k] = k < 13 ? adobe[k - 2] : (uint8_t)draw(f, 3);
}

static void append_end(file *f)
{
    const size_t at = f->size;
    if (insert(f, at, 2))
        memcpy(f->bytes + at, (const uint8_t[]){0xff, M_EOI}, 2);
}

typedef void change(file *f);
static change *const changes[] = {
    flip_scan_bits, flip_scan_bits,    put_into_scan,   put_into_scan,    cut_scan,
    repeat_scan,    renumber_restart,  change_size,     change_size,      change_components,
    change_frame,   change_components, change_interval, change_interval,  change_scan_header,
    change_codes,   change_codes,      change_table,    change_quantiser, move_segment,
    insert_segment, append_end,
};
enum { N_CHANGES = sizeof changes / sizeof changes[0] };

static void change_tail(file *f, uint8_t *tail, size_t n)
{
    uint8_t *const byte = &tail[draw(f, (uint32_t)n)];
    *byte = draw(f, 4) ? (uint8_t)draw(f, 256) : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned int seed)
{
    file f = {.bytes = bytes, .random = seed * 2654435761u | 1};
    const size_t n_tail = target_tail(bytes, size);
    uint8_t tail[MAX_TAIL];
    if (size < n_tail + 4 || n_tail > MAX_TAIL || room < size || draw(&f, 8) == 0)
        return LLVMFuzzerMutate(bytes, size, room);
    f.size = size - n_tail;
    f.room = room - n_tail;
    memcpy(tail, bytes + f.size, n_tail);
    for (uint32_t k = 0, n = 1 + draw(&f, 3); k < n; k++) {
        parse(&f);
        if (draw(&f, 8) == 0)
            change_tail(&f, tail, n_tail);
        else
            changes[draw(&f, N_CHANGES)](&f);
    }
    memcpy(bytes + f.size, tail, n_tail);
    return f.size + n_tail;
}
