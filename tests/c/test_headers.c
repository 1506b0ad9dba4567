/* SPDX-License-Identifier: MIT */
/* JPEG files with headers and scans that no encoder writes. Whatever tench's own decoder does with
 * one of them, its facts, status, damages and pixels equal libjpeg's, at every level.
 *
 * For a whole image the test compares everything. A region of a file with a faulty scan may have
 * less damage than with libjpeg, which reads up to one row of MCUs more than the region needs. It
 * never has more, and its pixels are the same. */
#include <check.h>

#include "edit_jpeg.h"
#include "jpeg_compare.h"
#include "suite.h"

enum { WIDTH = 83, HEIGHT = 67, MAX_STEPS = 8 };

static tn__arena arenas[2];

static void set_up(void)
{
    for (int k = 0; k < 2; k++)
        tn__arena_init(&arenas[k], 1 << 22, 0);
}

static void tear_down(void)
{
    for (int k = 0; k < 2; k++)
        tn__arena_free(&arenas[k]);
}

static void put_many_segments(jpeg_file *file)
{
    uint8_t content[2500];
    memset(content, 0xff, sizeof content);
    for (int k = 0; k < 48; k++)
        insert_segment(file, find_segment(file, M_SOF, 0), k % 17 == 16 ? M_COM : M_APP0 + k % 17,
                       content, (size_t)k * (size_t)k);
}

static void put_longest_segment(jpeg_file *file)
{
    uint8_t *const content = calloc(65533, 1);
    insert_segment(file, 2, M_COM, content, 65533);
    free(content);
}

static void put_fill_bytes(jpeg_file *file)
{
    for (size_t at = 2; file->bytes[at + 1] != M_SOS; at += segment_length(file, at)) {
        splice(file, at, 0, "\xff\xff\xff", 3);
        at += 3;
    }
}

static void merge_tables(jpeg_file *file)
{
    merge_segments(file, M_DHT);
    merge_segments(file, M_DQT);
}

/* The same quantiser, written with 16 bits. */
static void widen_quantiser(jpeg_file *file)
{
    const size_t at = find_segment(file, M_DQT, 0);
    uint8_t wide[129] = {0x10};
    for (size_t k = 0; k < 64; k++)
        wide[2 * k + 2] = file->bytes[at + 5 + k];
    splice(file, at, segment_length(file, at), NULL, 0);
    insert_segment(file, at, M_DQT, wide, sizeof wide);
}

/* An unused table with this many codes of 1, 2 and 3 bits. */
static void put_table(jpeg_file *file, const char counts[3], size_t n_symbols)
{
    uint8_t content[17 + 600] = {0x02};
    memcpy(content + 1, counts, 3);
    insert_segment(file, 2, M_DHT, content, 17 + n_symbols);
}

static void put_table_of_too_many_codes(jpeg_file *file)
{
    put_table(file, "\3\0\0", 3);
}

static void put_table_with_a_code_of_ones(jpeg_file *file)
{
    put_table(file, "\2\0\0", 2);
}

static void put_table_of_too_many_symbols(jpeg_file *file)
{
    put_table(file, "\0\310\310", 400);
}

static void put_table_without_symbols(jpeg_file *file)
{
    put_table(file, "\0\0\0", 0);
}

/* The first DC table's last symbol. */
static void set_dc_symbol(jpeg_file *file, uint8_t symbol)
{
    const size_t at = find_segment(file, M_DHT, 0);
    file->bytes[at + segment_length(file, at) - 1] = symbol;
}

static void set_dc_symbol_15(jpeg_file *file)
{
    set_dc_symbol(file, 15);
}

static void set_dc_symbol_16(jpeg_file *file)
{
    set_dc_symbol(file, 16);
}

/* Moves all tables into a stream of their own before the image, which keeps none. */
static void move_tables_in_front(jpeg_file *file)
{
    uint8_t *const tables = malloc(file->size);
    size_t size = 2;
    memcpy(tables, "\xff\xd8", 2);
    for (int pass = 0; pass < 2; pass++)
        for (size_t at; (at = find_segment(file, pass ? M_DQT : M_DHT, 0)) != 0;) {
            const size_t length = segment_length(file, at);
            memcpy(tables + size, file->bytes + at, length);
            size += length;
            splice(file, at, length, NULL, 0);
        }
    memcpy(tables + size, "\xff\xd9", 2);
    splice(file, 0, 0, tables, size + 2);
    free(tables);
}

static void double_file(jpeg_file *file)
{
    jpeg_file copy = {malloc(file->size), file->size};
    memcpy(copy.bytes, file->bytes, file->size);
    splice(file, file->size, 0, copy.bytes, copy.size);
    free(copy.bytes);
}

/* Appends a second copy of the whole scan. */
static void repeat_scan(jpeg_file *file)
{
    const size_t begin = find_segment(file, M_SOS, 0), n = file->size - 2 - begin;
    uint8_t *const copy = malloc(n);
    memcpy(copy, file->bytes + begin, n);
    splice(file, file->size - 2, 0, copy, n);
    free(copy);
}

static void stuff_with_two_fills(jpeg_file *file)
{
    for (size_t at = scan_begin(file); at + 1 < file->size; at++)
        if (file->bytes[at] == 0xff && file->bytes[at + 1] == 0) {
            splice(file, at, 0, "\xff\xff", 2);
            return;
        }
}

typedef enum fate { EQUAL, EQUAL_AND_TAKEN } fate;

typedef struct jpeg_edit {
    const char *name;
    fate fate;
    edit_step steps[MAX_STEPS];
    void (*apply)(jpeg_file *file); /* before the steps */
    int restart;                    /* MCUs of the file that is edited */
} jpeg_edit;

#define NAMES(a, b, c)                                                                             \
    SET(M_SOF, 0, 10, a), SET(M_SOF, 0, 13, b), SET(M_SOF, 0, 16, c), SET(M_SOS, 0, 5, a),         \
        SET(M_SOS, 0, 7, b), SET(M_SOS, 0, 9, c)
#define JFIF(text) "\xff\xe0\0\x10" text
#define ADOBE(text)                                                                                \
    PUT(M_SOF, 0, 0,                                                                               \
        "\xff\xee\0\x0e"                                                                           \
        "Adobe\0\x64\0\0\0\0" text)
#define NAMES_RGB NAMES("R", "G", "B")

static const jpeg_edit edits[] = {
    {"nothing", EQUAL_AND_TAKEN, .apply = NULL},
    {"many segments", EQUAL_AND_TAKEN, .apply = put_many_segments},
    {"the longest segment", EQUAL_AND_TAKEN, .apply = put_longest_segment},
    {"fill bytes", EQUAL_AND_TAKEN, .apply = put_fill_bytes},
    {"merged tables", EQUAL_AND_TAKEN, .apply = merge_tables},
    {"junk before a segment", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\0\x11\x22")}},
    {"a stuffed byte before a segment", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\0")}},
    {"empty table segments", EQUAL,
     .steps = {PUT(M_SOF, 0, 0, "\xff\xc4\0\2"), PUT(M_SOF, 0, 0, "\xff\xdb\0\2")}},
    {"the frame first", EQUAL_AND_TAKEN, .steps = {COPY(M_SOF, 0, M_APP0), DROP(M_SOF, 1)}},
    {"tables twice", EQUAL_AND_TAKEN,
     .steps = {COPY(M_DHT, 0, M_SOS), COPY(M_DHT, 1, M_SOS), COPY(M_DHT, 2, M_SOS),
               COPY(M_DQT, 0, M_SOS)}},
    {"another quantiser later", EQUAL_AND_TAKEN,
     .steps = {COPY(M_DQT, 1, M_SOS), SET(M_DQT, 2, 4, "\0")}},
    {"another quantiser before", EQUAL_AND_TAKEN,
     .steps = {COPY(M_DQT, 1, M_APP0), SET(M_DQT, 0, 4, "\0")}},
    {"another Huffman table before", EQUAL_AND_TAKEN,
     .steps = {COPY(M_DHT, 1, M_APP0), SET(M_DHT, 0, 4, "\x11")}},
    {"another Huffman table later", EQUAL,
     .steps = {COPY(M_DHT, 1, M_SOS), SET(M_DHT, 4, 4, "\x11")}},
    {"tables of number 3", EQUAL_AND_TAKEN,
     .steps = {SET(M_DHT, 0, 4, "\3"), SET(M_DHT, 1, 4, "\x13"), SET(M_DQT, 0, 4, "\3"),
               SET(M_SOF, 0, 12, "\3"), SET(M_SOS, 0, 6, "\x33")}},
    {"a wide quantiser", EQUAL_AND_TAKEN, .apply = widen_quantiser},
    {"quantisers of 0", EQUAL, .steps = {SET(M_DQT, 0, 5, "\0"), SET(M_DQT, 0, 14, "\0")}},
    {"quantisers of 255", EQUAL, .steps = {SET(M_DQT, 0, 5, "\xff\xff\xff\xff")}},
    {"a quantiser of precision 2", EQUAL, .steps = {SET(M_DQT, 0, 4, "\x20")}},
    {"a quantiser of number 4", EQUAL, .steps = {SET(M_DQT, 0, 4, "\4")}},
    {"a Huffman table of number 4", EQUAL, .steps = {SET(M_DHT, 0, 4, "\4")}},
    {"a Huffman table of class 2", EQUAL, .steps = {SET(M_DHT, 0, 4, "\x20")}},
    {"no quantiser", EQUAL, .steps = {DROP(M_DQT, 0)}},
    {"no chroma quantiser", EQUAL, .steps = {DROP(M_DQT, 1)}},
    {"no Huffman tables, as in Motion JPEG", EQUAL,
     .steps = {DROP(M_DHT, 0), DROP(M_DHT, 0), DROP(M_DHT, 0), DROP(M_DHT, 0)}},
    {"no AC table", EQUAL, .steps = {DROP(M_DHT, 1)}},
    {"a quantiser's segment too long", EQUAL,
     .steps = {SET(M_DQT, 0, 3, "\x46"), PUT(M_DQT, 0, 69, "\1\2\3")}},
    {"a quantiser's segment too short", EQUAL,
     .steps = {SET(M_DQT, 0, 3, "\x42"), CUT(M_DQT, 0, 68, 1)}},
    {"a Huffman table's segment too long", EQUAL,
     .steps = {SET(M_DHT, 0, 3, "\x22"), PUT(M_DHT, 0, 33, "\1\2\3")}},
    {"a Huffman table's segment too short", EQUAL,
     .steps = {SET(M_DHT, 0, 3, "\x1e"), CUT(M_DHT, 0, 32, 1)}},
    {"too many codes", EQUAL, .apply = put_table_of_too_many_codes},
    {"a code of ones", EQUAL, .apply = put_table_with_a_code_of_ones},
    {"too many symbols", EQUAL, .apply = put_table_of_too_many_symbols},
    {"no symbols", EQUAL_AND_TAKEN, .apply = put_table_without_symbols},
    {"a DC symbol of 15", EQUAL, .apply = set_dc_symbol_15},
    {"a DC symbol of 16", EQUAL, .apply = set_dc_symbol_16},
    {"12 bits", EQUAL, .steps = {SET(M_SOF, 0, 4, "\x0c")}},
    {"no height", EQUAL, .steps = {SET(M_SOF, 0, 5, "\0\0")}},
    {"no height, but a number of lines", EQUAL,
     .steps = {SET(M_SOF, 0, 5, "\0\0"), PUT(AT_END, 0, 0, "\xff\xdc\0\4\0\x43")}},
    {"lines after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\xdc\0\4\0\x43")}},
    {"no width", EQUAL, .steps = {SET(M_SOF, 0, 7, "\0\0")}},
    {"more height", EQUAL, .steps = {SET(M_SOF, 0, 6, "\x90")}},
    {"less height", EQUAL, .steps = {SET(M_SOF, 0, 6, "\x20")}},
    {"more width", EQUAL, .steps = {SET(M_SOF, 0, 8, "\x90")}},
    {"less width", EQUAL, .steps = {SET(M_SOF, 0, 8, "\x20")}},
    {"the largest size", EQUAL, .steps = {SET(M_SOF, 0, 5, "\xff\xff\xff\xff")}},
    {"the largest width", EQUAL, .steps = {SET(M_SOF, 0, 5, "\0\1\xff\xdc")}},
    {"a width too large", EQUAL, .steps = {SET(M_SOF, 0, 5, "\0\1\xff\xdd")}},
    {"a height too large", EQUAL, .steps = {SET(M_SOF, 0, 5, "\xff\xdd\0\1")}},
    {"the extended process", EQUAL_AND_TAKEN, .steps = {SET(M_SOF, 0, 1, "\xc1")}},
    {"the progressive process", EQUAL, .steps = {SET(M_SOF, 0, 1, "\xc2")}},
    {"the lossless process", EQUAL, .steps = {SET(M_SOF, 0, 1, "\xc3")}},
    {"the arithmetic process", EQUAL, .steps = {SET(M_SOF, 0, 1, "\xc9")}},
    {"two frames", EQUAL, .steps = {COPY(M_SOF, 0, M_SOS)}},
    {"no frame", EQUAL, .steps = {DROP(M_SOF, 0)}},
    {"no components", EQUAL, .steps = {SET(M_SOF, 0, 9, "\0")}},
    {"two components", EQUAL, .steps = {SET(M_SOF, 0, 9, "\2")}},
    {"a frame too long", EQUAL, .steps = {SET(M_SOF, 0, 3, "\x14"), PUT(M_SOF, 0, 19, "\1\2\3")}},
    {"factor 0", EQUAL, .steps = {SET(M_SOF, 0, 11, "\1")}},
    {"factor 3", EQUAL, .steps = {SET(M_SOF, 0, 11, "\x31")}},
    {"factor 5", EQUAL, .steps = {SET(M_SOF, 0, 11, "\x51")}},
    {"other factors", EQUAL, .steps = {SET(M_SOF, 0, 11, "\x11"), SET(M_SOF, 0, 14, "\x12")}},
    {"too many blocks", EQUAL,
     .steps = {SET(M_SOF, 0, 11, "\x22"), SET(M_SOF, 0, 14, "\x22"), SET(M_SOF, 0, 17, "\x22")}},
    {"quantiser 5", EQUAL, .steps = {SET(M_SOF, 0, 12, "\5")}},
    {"one quantiser for all", EQUAL_AND_TAKEN,
     .steps = {SET(M_SOF, 0, 15, "\0"), SET(M_SOF, 0, 18, "\0")}},
    {"components 0, 1, 2", EQUAL_AND_TAKEN, .steps = {NAMES("\0", "\1", "\2")}},
    {"components R, G, B and JFIF", EQUAL_AND_TAKEN, .steps = {NAMES_RGB}},
    {"components 1, 34, 35", EQUAL_AND_TAKEN, .steps = {NAMES("\1", "\x22", "\x23")}},
    {"components 7, 7, 7", EQUAL, .steps = {NAMES("\7", "\7", "\7")}},
    {"components 1, 1, 2", EQUAL, .steps = {NAMES("\1", "\1", "\2")}},
    {"no JFIF", EQUAL_AND_TAKEN, .steps = {DROP(M_APP0, 0)}},
    {"components R, G, B", EQUAL_AND_TAKEN, .steps = {DROP(M_APP0, 0), NAMES_RGB}},
    {"components r, g, b", EQUAL_AND_TAKEN, .steps = {DROP(M_APP0, 0), NAMES("r", "g", "b")}},
    {"components 0, 1, 2 without JFIF", EQUAL_AND_TAKEN,
     .steps = {DROP(M_APP0, 0), NAMES("\0", "\1", "\2")}},
    {"JFIF 2", EQUAL, .steps = {SET(M_APP0, 0, 9, "\2")}},
    {"JFIF 1.255", EQUAL_AND_TAKEN, .steps = {SET(M_APP0, 0, 10, "\xff")}},
    {"JFIF 2 before JFIF 1", EQUAL, .steps = {COPY(M_APP0, 0, M_DQT), SET(M_APP0, 0, 9, "\2")}},
    {"JFIF too short", EQUAL_AND_TAKEN,
     .steps = {SET(M_APP0, 0, 3, "\x0f"), CUT(M_APP0, 0, 17, 1), NAMES_RGB}},
    {"JFIF longer", EQUAL_AND_TAKEN,
     .steps = {SET(M_APP0, 0, 3, "\x13"), PUT(M_APP0, 0, 18, "abc"), NAMES_RGB}},
    {"JFIF late", EQUAL_AND_TAKEN, .steps = {NAMES_RGB, COPY(M_APP0, 0, M_SOS), DROP(M_APP0, 0)}},
    {"JFXX", EQUAL_AND_TAKEN, .steps = {SET(M_APP0, 0, 4, "JFXX"), NAMES_RGB}},
    {"JFIF and Adobe 0", EQUAL_AND_TAKEN, .steps = {ADOBE("\0")}},
    {"Adobe 0", EQUAL_AND_TAKEN, .steps = {DROP(M_APP0, 0), ADOBE("\0")}},
    {"Adobe 1", EQUAL_AND_TAKEN, .steps = {DROP(M_APP0, 0), NAMES_RGB, ADOBE("\1")}},
    {"Adobe 2", EQUAL, .steps = {DROP(M_APP0, 0), ADOBE("\2")}},
    {"Adobe 9", EQUAL, .steps = {DROP(M_APP0, 0), ADOBE("\x09")}},
    {"Adobe 1 before Adobe 0", EQUAL_AND_TAKEN,
     .steps = {DROP(M_APP0, 0), ADOBE("\1"), ADOBE("\0")}},
    {"Adobe 9 before Adobe 0", EQUAL, .steps = {DROP(M_APP0, 0), ADOBE("\x09"), ADOBE("\0")}},
    {"Adobe 0, too short", EQUAL_AND_TAKEN,
     .steps = {DROP(M_APP0, 0), ADOBE("\0"), CUT(M_APP14, 0, 15, 1), SET(M_APP14, 0, 3, "\x0d")}},
    {"Adobe 0, longer", EQUAL_AND_TAKEN,
     .steps = {DROP(M_APP0, 0), ADOBE("\0"), PUT(M_APP14, 0, 16, "xy"),
               SET(M_APP14, 0, 3, "\x10")}},
    {"interval 0", EQUAL_AND_TAKEN, .steps = {PUT(M_SOS, 0, 0, "\xff\xdd\0\4\0\0")}},
    {"interval 7, then 0", EQUAL_AND_TAKEN,
     .steps = {PUT(M_SOS, 0, 0, "\xff\xdd\0\4\0\7\xff\xdd\0\4\0\0")}},
    {"an interval without restart markers", EQUAL, .steps = {PUT(M_SOS, 0, 0, "\xff\xdd\0\4\0\3")}},
    {"an interval's segment too long", EQUAL, .steps = {PUT(M_SOS, 0, 0, "\xff\xdd\0\5\0\0\0")}},
    {"an interval's segment too short", EQUAL, .steps = {PUT(M_SOS, 0, 0, "\xff\xdd\0\3\0")}},
    {"marker 01", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\1")}},
    {"a restart in the header", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xd3")}},
    {"a second start", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xd8")}},
    {"an end in the header", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xd9")}},
    {"a reserved marker", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\2\0\4ab")}},
    {"an extension's marker", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xf7\0\4ab")}},
    {"lines in the header", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xdc\0\4\0\x10")}},
    {"conditions for arithmetic coding", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xcc\0\4\0\x10")}},
    {"a segment of length 0", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xe5\0\0")}},
    {"a segment of length 1", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xe5\0\1")}},
    {"a segment past the end", EQUAL, .steps = {PUT(M_SOF, 0, 0, "\xff\xe5\xff\xff")}},
    {"tables in front", EQUAL, .apply = move_tables_in_front},
    {"a spectrum from 1", EQUAL, .steps = {SET(M_SOS, 0, 11, "\1")}},
    {"a spectrum to 5", EQUAL, .steps = {SET(M_SOS, 0, 12, "\5")}},
    {"successive bits", EQUAL, .steps = {SET(M_SOS, 0, 13, "\x10")}},
    {"components in another order", EQUAL,
     .steps = {SET(M_SOS, 0, 7, "\3"), SET(M_SOS, 0, 9, "\2")}},
    {"a component twice", EQUAL, .steps = {SET(M_SOS, 0, 7, "\1")}},
    {"an unknown component", EQUAL, .steps = {SET(M_SOS, 0, 7, "\x77")}},
    {"no such DC table", EQUAL, .steps = {SET(M_SOS, 0, 6, "\x20")}},
    {"no such AC table", EQUAL, .steps = {SET(M_SOS, 0, 6, "\x09")}},
    {"tables exchanged", EQUAL, .steps = {SET(M_SOS, 0, 6, "\x11")}},
    {"two components of three", EQUAL,
     .steps = {SET(M_SOS, 0, 3, "\x0a"), SET(M_SOS, 0, 4, "\2"), CUT(M_SOS, 0, 9, 2)}},
    {"no components in the scan", EQUAL,
     .steps = {SET(M_SOS, 0, 3, "\6"), SET(M_SOS, 0, 4, "\0"), CUT(M_SOS, 0, 5, 6)}},
    {"a scan's header too long", EQUAL,
     .steps = {SET(M_SOS, 0, 3, "\x0d"), PUT(M_SOS, 0, 14, "\0")}},
    {"zero bytes before the end", EQUAL, .steps = {PUT(AT_END, 0, 0, "\0\0\0")}},
    {"junk before the end", EQUAL, .steps = {PUT(AT_END, 0, 0, "\x12\x34\xff\0\x56")}},
    {"fill bytes before the end", EQUAL_AND_TAKEN, .steps = {PUT(AT_END, 0, 0, "\xff\xff\xff")}},
    {"no end", EQUAL, .steps = {CUT(AT_END, 0, 0, 2)}},
    {"half an end", EQUAL, .steps = {CUT(AT_END, 0, 1, 1)}},
    {"junk after the end", EQUAL_AND_TAKEN,
     .steps = {PUT(AT_END, 0, 2, "\x12\x34\xff\xd8\xff\0\x56")}},
    {"a second image", EQUAL_AND_TAKEN, .apply = double_file},
    {"a second scan", EQUAL, .apply = repeat_scan},
    {"a comment after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\xfe\0\4ab")}},
    {"a cut comment after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\xfe\0\x44xy")}},
    {"a JFIF 2 after the scan", EQUAL,
     .steps = {PUT(AT_END, 0, 0, JFIF("JFIF\0\2\1\0\0\1\0\1\0\0"))}},
    {"a frame after the scan", EQUAL,
     .steps = {PUT(AT_END, 0, 0, "\xff\xc0\0\x0b\x08\0\x09\0\x11\1\1\x11\0")}},
    {"a start after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\xd8")}},
    {"a restart after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\xd0")}},
    {"an unknown marker after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\2")}},
    {"a quantiser after the scan", EQUAL, .steps = {PUT(AT_END, 0, 0, "\xff\xdb\0\3\x20")}},
    {"an unknown marker in the scan", EQUAL, .steps = {PUT(IN_SCAN, 0, 300, "\xff\2")}},
    {"an end in the scan", EQUAL, .steps = {PUT(IN_SCAN, 0, 300, "\xff\xd9")}},
    {"an end without data", EQUAL, .steps = {PUT(IN_SCAN, 0, 0, "\xff\xd9")}},
    {"a restart in the scan", EQUAL, .steps = {PUT(IN_SCAN, 0, 300, "\xff\xd0")}},
    {"zero bytes in the scan", EQUAL, .steps = {SET(IN_SCAN, 0, 300, "\0\0\0\0\0\0\0\0")}},
    {"ones in the scan", EQUAL, .steps = {SET(IN_SCAN, 0, 300, "\xff\0\xff\0\xff\0\xff\0")}},
    {"fill bytes before a stuffed byte", EQUAL, .apply = stuff_with_two_fills},
    {"restarts", EQUAL_AND_TAKEN, .restart = 4},
    {"fill bytes before a restart", EQUAL_AND_TAKEN,
     .steps = {PUT(AT_RESTART, 1, 0, "\xff\xff\xff")}, .restart = 4},
    {"a restart with another number", EQUAL, .steps = {SET(AT_RESTART, 1, 1, "\xd5")},
     .restart = 4},
    {"a restart with the previous number", EQUAL, .steps = {SET(AT_RESTART, 2, 1, "\xd1")},
     .restart = 4},
    {"a restart with the next number", EQUAL, .steps = {SET(AT_RESTART, 2, 1, "\xd3")},
     .restart = 4},
    {"no restart", EQUAL, .steps = {CUT(AT_RESTART, 1, 0, 2)}, .restart = 4},
    {"a repeated restart", EQUAL, .steps = {PUT(AT_RESTART, 1, 0, "\xff\xd1")}, .restart = 4},
    {"bytes before a restart", EQUAL, .steps = {PUT(AT_RESTART, 1, 0, "\x12\x34")}, .restart = 4},
    {"bytes missing before a restart", EQUAL, .steps = {CUT(AT_RESTART, 1, -3, 3)}, .restart = 4},
    {"an end in place of a restart", EQUAL, .steps = {SET(AT_RESTART, 1, 1, "\xd9")}, .restart = 4},
    {"a comment in place of a restart", EQUAL, .steps = {SET(AT_RESTART, 1, 1, "\xfe")},
     .restart = 4},
    {"restarts without an interval", EQUAL, .steps = {DROP(M_DRI, 0)}, .restart = 4},
    {"restarts at shorter intervals than announced", EQUAL, .steps = {SET(M_DRI, 0, 5, "\5")},
     .restart = 4},
    {"restarts at longer intervals than announced", EQUAL, .steps = {SET(M_DRI, 0, 5, "\3")},
     .restart = 4},
};
enum { N_EDITS = sizeof edits / sizeof edits[0] };

static jpeg_file make_edited(const jpeg_edit *edit)
{
    const jpeg_recipe recipe = {
        .w = WIDTH, .h = HEIGHT, .channels = 3, .space = JCS_YCbCr, .restart = edit->restart};
    jpeg_file file = make_jpeg(&recipe);
    if (edit->apply)
        edit->apply(&file);
    for (int k = 0; k < MAX_STEPS; k++)
        take_step(&file, &edit->steps[k]);
    return file;
}

/* True if tench's own decoder decodes this region itself. */
static bool is_taken(tn__bytes bytes, const tn__want *want)
{
    const tn__codec *const first = tn__codec_find(bytes);
    return first != &tn__codec_libjpeg &&
           jpeg_decode_alone(first, bytes, want, &arenas[1]).status == TN_OK;
}

START_TEST(whole_images_equal_libjpeg)
{
    const jpeg_edit *const edit = &edits[_i];
    const jpeg_file file = make_edited(edit);
    const tn__bytes bytes = {file.bytes, file.size};
    jpeg_difference difference;
    tn__info info;
    const bool known = jpeg_check_info(bytes, &info, &difference);
    ck_assert_msg(difference.text[0] == '\0', "%s: %s", edit->name, difference.text);
    ck_assert_msg(known || edit->fate != EQUAL_AND_TAKEN, "%s: not taken", edit->name);
    for (int m = 0; m < 2 && known && (int64_t)info.w * info.h < 1 << 20; m++) {
        const tn__want want = {{0, 0, info.w, info.h}, m ? TN_GREY : TN_RGB};
        ck_assert_msg(jpeg_check_want(bytes, &want, arenas, &difference), "%s: %s", edit->name,
                      difference.text);
        ck_assert_msg(edit->fate != EQUAL_AND_TAKEN || is_taken(bytes, &want), "%s: not taken",
                      edit->name);
    }
    free(file.bytes);
}
END_TEST

START_TEST(regions_have_no_more_damage_than_with_libjpeg)
{
    static const tn_px_rect regions[] = {{0, 0, 30, 5},   {3, 2, 20, 14},  {40, 0, 43, 16},
                                         {17, 9, 1, 8},   {0, 30, 83, 20}, {50, 31, 33, 17},
                                         {80, 50, 3, 14}, {7, 64, 60, 2},  {5, 60, 70, 7}};
    const jpeg_edit *const edit = &edits[_i];
    const jpeg_file file = make_edited(edit);
    const tn__bytes bytes = {file.bytes, file.size};
    jpeg_difference difference;
    jpeg_expect_wild_coefficients(); /* other sampling factors would put blocks in wrong places */
    for (size_t k = 0; k < sizeof regions / sizeof regions[0]; k++) {
        const tn__want want = {regions[k], k & 1 ? TN_GREY : TN_RGB};
        ck_assert_msg(jpeg_check_damaged(bytes, &want, arenas, &difference), "%s: %s", edit->name,
                      difference.text);
    }
    free(file.bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("headers");
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, whole_images_equal_libjpeg, 0, N_EDITS);
    tcase_add_loop_test(all, regions_have_no_more_damage_than_with_libjpeg, 0, N_EDITS);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
