/* SPDX-License-Identifier: MIT */
/* Decodes every JPEG below folders with tench's own decoder and with libjpeg, and compares:
 *
 *     compare_jpegs FOLDER…
 *
 * It compares coefficients with jpeg_read_coefficients, and the whole image and some regions, in
 * RGB and L, with libjpeg; all at every instruction set. Prints the file, region and level that
 * differ, and the first pixel. Exit code 1 if anything differs, or if there was nothing to compare.
 */
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../c/draw_region.h"
#include "../c/jpeg_compare.h"
#include "base/rng.h"
#include "codec/jpeg/frame.h"
#include "codec/jpeg/libjpeg.h"
#include "codec/jpeg/scan.h"

enum { REGIONS = 12, OPEN_FOLDERS = 16, SHOWN = 20 };

/* For the callback of nftw, which takes no argument of ours. */
static tn__arena arenas[2];
static struct counts {
    long files, taken, coefficients, differ;
} counts;

static void complain(const char *path, const char *text)
{
    if (++counts.differ <= SHOWN)
        printf("%s: %s\n", path, text);
}

/* Reads the whole file, with zero bytes after it: free() it. NULL if it cannot be read. */
static uint8_t *read_bytes(const char *path, size_t size)
{
    uint8_t *const data = calloc(1, size + TN__READ_PADDING);
    FILE *const file = fopen(path, "rb");
    const bool read = data && file && fread(data, 1, size, file) == size;
    if (file)
        fclose(file);
    if (read)
        return data;
    free(data);
    return NULL;
}

/* Coefficients from tench's own decoder, one row of MCUs at a time. */
typedef struct own_blocks {
    tn__jpeg_frame frame;
    size_t strip_at[TN__JPEG_MAX_COMPONENTS], row_size[TN__JPEG_MAX_COMPONENTS];
    size_t strip_size; /* for a row of MCUs */
    int16_t *strip;
    tn__jpeg_scan scan;
} own_blocks;

static bool open_blocks(tn__bytes bytes, own_blocks *own, tn__arena *arena)
{
    if (!tn__jpeg_frame_read(bytes, &own->frame))
        return false;
    for (int32_t c = 0; c < own->frame.n_components; c++) {
        const tn__jpeg_component *const component = &own->frame.component[c];
        const size_t groups =
            ((size_t)own->frame.mcus * (size_t)component->h + TN__JPEG_GROUP - 1) / TN__JPEG_GROUP;
        own->strip_at[c] = own->strip_size;
        own->row_size[c] = groups * TN__JPEG_GROUP_SIZE;
        own->strip_size += own->row_size[c] * (size_t)component->v;
    }
    tn__jpeg_tables *const tables = tn__arena_take(arena, sizeof *tables);
    own->strip = tn__arena_take(arena, own->strip_size * sizeof(int16_t));
    uint8_t *const memory =
        tn__arena_take(arena, tn__jpeg_scan_bytes(bytes.size - own->frame.scan_at));
    if (!tables || !own->strip || !memory)
        return false;
    tn__jpeg_tables_make(&own->frame, own->strip_at, own->row_size, false, tables);
    own->scan = tn__jpeg_scan_make(&own->frame, tables, bytes, memory);
    tn__jpeg_scan_start(&own->scan);
    return true;
}

static bool same_block(const int16_t *own, const JCOEF *theirs)
{
    for (int k = 0; k < DCTSIZE2; k++)
        if (own[k / 8 * TN__JPEG_GROUP_W + k % 8] != theirs[k])
            return false;
    return true;
}

typedef struct block_job {
    own_blocks *own;
    jvirt_barray_ptr *arrays;
    jpeg_difference *difference;
} block_job;

/* Compares one component's part of a row of MCUs. Blocks wholly outside of the image are dummies,
 * which libjpeg does not keep. */
static bool same_blocks(j_decompress_ptr library, const block_job *job, int32_t row, int32_t c)
{
    const own_blocks *const own = job->own;
    const jpeg_component_info *const info = &library->comp_info[c];
    const int32_t v = own->frame.component[c].v;
    for (int32_t k = 0; k < v && (JDIMENSION)(row * v + k) < info->height_in_blocks; k++) {
        JBLOCKARRAY line = library->mem->access_virt_barray((j_common_ptr)library, job->arrays[c],
                                                            (JDIMENSION)(row * v + k), 1, FALSE);
        const int16_t *const groups = own->strip + own->strip_at[c] + (size_t)k * own->row_size[c];
        for (JDIMENSION x = 0; x < info->width_in_blocks; x++) {
            const int16_t *const block = groups +
                                         (size_t)(x / TN__JPEG_GROUP) * TN__JPEG_GROUP_SIZE +
                                         (size_t)(x % TN__JPEG_GROUP) * 8;
            if (same_block(block, line[0][x]))
                continue;
            snprintf(job->difference->text, sizeof job->difference->text,
                     "coefficients of component %d, block %u,%d differ (%s)", c, x, row * v + k,
                     tn__cpu_level_name());
            return false;
        }
    }
    return true;
}

static void compare_blocks(tn__libjpeg *jpeg, void *argument)
{
    block_job *const job = argument;
    own_blocks *const own = job->own;
    job->arrays = jpeg_read_coefficients(&jpeg->library);
    for (int32_t row = 0; row < own->frame.mcu_rows; row++) {
        memset(own->strip, 0, own->strip_size * sizeof(int16_t));
        tn__jpeg_scan_keep(&own->scan, own->strip, 0, own->frame.mcus);
        for (int32_t c = 0; c < own->frame.n_components; c++)
            if (!same_blocks(&jpeg->library, job, row, c))
                return;
    }
    if (!tn__jpeg_scan_has_ended(&own->scan))
        snprintf(job->difference->text, sizeof job->difference->text,
                 "the own decoder does not find the scan's end (%s)", tn__cpu_level_name());
}

static void compare_coefficients(const char *path, tn__bytes bytes)
{
    jpeg_difference difference = {{0}};
    own_blocks own = {0};
    tn__libjpeg jpeg;
    tn__arena_reset(&arenas[1]);
    if (!open_blocks(bytes, &own, &arenas[1]))
        return;
    block_job job = {.own = &own, .difference = &difference};
    if (tn__libjpeg_open(&jpeg, bytes) != TN_OK ||
        tn__libjpeg_run(&jpeg, compare_blocks, &job) != TN_OK)
        complain(path, tn__error_last()->message);
    else if (difference.text[0] != '\0')
        complain(path, difference.text);
    else
        counts.coefficients++;
    tn__libjpeg_close(&jpeg);
}

/* Checks that the whole image and regions are libjpeg's; for a damaged file a region may be better.
 */
static void compare_pixels(const char *path, tn__bytes bytes, const tn__info *info, bool taken)
{
    tn__draws draws;
    jpeg_difference difference;
    tn__want want = {{0, 0, info->w, info->h}, TN_RGB};
    tn__draws_begin(&draws, tn__key_make(1, 0, TN__DOMAIN_SAMPLE), counts.files, 0, 0, 0);
    for (int turn = -2; turn < REGIONS; turn++) {
        want.mode = turn & 1 ? TN_GREY : TN_RGB;
        if (turn >= 0)
            want.need = draw_region(&draws, info->w, info->h);
        const bool same = turn < 0 || taken ? jpeg_check_want(bytes, &want, arenas, &difference)
                                            : jpeg_check_damaged(bytes, &want, arenas, &difference);
        if (!same) {
            complain(path, difference.text);
            return;
        }
    }
}

static void compare_file(const char *path, tn__bytes bytes)
{
    jpeg_difference difference;
    tn__info info;
    const bool known = jpeg_check_info(bytes, &info, &difference);
    if (difference.text[0] != '\0')
        complain(path, difference.text);
    counts.files++;
    if (!known || (int64_t)info.w * info.h > JPEG_MAX_PIXELS)
        return;
    const tn__want whole = {{0, 0, info.w, info.h}, TN_RGB};
    tn__arena_reset(&arenas[1]);
    const bool taken =
        jpeg_decode_alone(tn__codec_find(bytes), bytes, &whole, &arenas[1]).status == TN_OK;
    counts.taken += taken;
    compare_pixels(path, bytes, &info, taken);
    for (int32_t level = tn__cpu_lower(TN__CPU_LEVELS); taken && level >= 0; level--) {
        tn__cpu_lower(level);
        compare_coefficients(path, bytes);
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}

static int visit(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)place;
    if (kind != FTW_F)
        return 0;
    uint8_t *const data = read_bytes(path, (size_t)facts->st_size);
    const tn__bytes bytes = {data, (size_t)facts->st_size};
    if (data && tn__codec_libjpeg.sniff(bytes))
        compare_file(path, bytes);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    for (int k = 0; k < 2; k++)
        tn__arena_init(&arenas[k], (size_t)1 << 26, 0);
    printf("levels: %s and below\n", tn__cpu_level_name());
    for (int k = 1; k < argc; k++)
        nftw(argv[k], visit, OPEN_FOLDERS, FTW_PHYS);
    for (int k = 0; k < 2; k++)
        tn__arena_free(&arenas[k]);
    printf("%ld JPEGs, %ld of them decoded by ourselves; coefficients equal in %ld passes; "
           "%ld differences\n",
           counts.files, counts.taken, counts.coefficients, counts.differ);
    return counts.files == 0 || counts.differ > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
