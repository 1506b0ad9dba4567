/* SPDX-License-Identifier: MIT */
/* Decodes as much as exists. See lenient.h. */
#include "lenient.h"

#include "base/error.h"
#include "codec/jpeg/libjpeg.h"
#include "codec/rows.h"
#include "tench.h"

static boolean end_here(j_decompress_ptr library)
{
    static const JOCTET end[] = {0xff, JPEG_EOI};
    library->src->next_input_byte = end;
    library->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void skip_what_is_there(j_decompress_ptr library, long n_bytes)
{
    if (n_bytes <= 0)
        return;
    if ((size_t)n_bytes > library->src->bytes_in_buffer) {
        end_here(library);
        return;
    }
    library->src->next_input_byte += n_bytes;
    library->src->bytes_in_buffer -= (size_t)n_bytes;
}

typedef struct job {
    tn_px_image *out;
    uint8_t *line;
    tn__rows rows;
} job;

static void read_image(tn__libjpeg *jpeg, void *argument)
{
    const job *const given = argument;
    struct jpeg_decompress_struct *const library = &jpeg->library;
    library->out_color_space = library->num_components == 1   ? JCS_GRAYSCALE
                               : library->num_components == 3 ? JCS_RGB
                                                              : JCS_CMYK;
    library->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(library);
    while (library->output_scanline < library->output_height) {
        const int32_t row = (int32_t)library->output_scanline;
        JSAMPROW rows[1] = {given->line};
        jpeg_read_scanlines(library, rows, 1);
        tn__rows_put(&given->rows, given->out, row, given->line);
    }
}

int lenient_decode(tn__bytes bytes, int32_t mode, tn__arena *arena, tn_px_image *out)
{
    tn__libjpeg jpeg;
    int status = tn__libjpeg_open(&jpeg, bytes);
    if (status == TN_OK) {
        const int32_t w = (int32_t)jpeg.library.image_width, h = (int32_t)jpeg.library.image_height;
        job given = {out,
                     tn__arena_take(arena, (size_t)w * 4 + TN__ROWS_TAIL),
                     {.kind = tn__libjpeg_row_kind(&jpeg), .mode = mode}};
        jpeg.source.fill_input_buffer = end_here;
        jpeg.source.skip_input_data = skip_what_is_there;
        status =
            given.line ? tn__arena_image(arena, w, h, mode == TN_GREY ? 1 : 3, 8, out) : TN_ENOMEM;
        if (status == TN_OK)
            status = tn__libjpeg_run(&jpeg, read_image, &given);
    }
    tn__libjpeg_close(&jpeg);
    return status;
}
