/* SPDX-License-Identifier: MIT */
/* libjpeg behind a fence. See libjpeg_reader.h. */
#include "codec/jpeg/libjpeg_reader.h"

#include <jerror.h>
#include <string.h>

#include "base/error.h"

static tn__libjpeg *reader_of(j_common_ptr library)
{
    return library->client_data;
}

static void leave(j_common_ptr library)
{
    longjmp(reader_of(library)->fence, 1);
}

/* Where the library stands. It reads ahead by some bytes. */
static void note_place(tn__libjpeg *jpeg)
{
    const struct jpeg_decompress_struct *const library = &jpeg->library;
    const int32_t mcu_rows = (int32_t)library->input_iMCU_row; /* that are behind it */
    const bool began = library->output_height > 0;             /* its scans */
    const size_t left = jpeg->truncated ? 0 : jpeg->source.bytes_in_buffer;
    jpeg->first.byte = (int64_t)(jpeg->n_bytes - left);
    jpeg->first.row = began ? mcu_rows * DCTSIZE * library->max_v_samp_factor : -1;
}

/* Warnings (level -1) are counted, traces dropped. */
static void count_warning(j_common_ptr library, int level)
{
    tn__libjpeg *const jpeg = reader_of(library);
    if (level >= 0 || library->err->num_warnings++ > 0)
        return;
    char message[JMSG_LENGTH_MAX];
    library->err->format_message(library, message);
    note_place(jpeg);
    snprintf(jpeg->first.what, sizeof jpeg->first.what, "%s", message);
}

static void print_nothing(j_common_ptr library)
{
    (void)library;
}

static void do_nothing(j_decompress_ptr library)
{
    (void)library;
}

/* All bytes were there from the start, so asking for more means that the file is cut off. Pillow
 * suspends the library at this point and raises when no more comes: the same verdict. */
static boolean refuse_more(j_decompress_ptr library)
{
    reader_of((j_common_ptr)library)->truncated = true;
    leave((j_common_ptr)library);
    return FALSE;
}

static void skip_bytes(j_decompress_ptr library, long n_bytes)
{
    if (n_bytes <= 0)
        return;
    if ((size_t)n_bytes > library->src->bytes_in_buffer)
        refuse_more(library);
    library->src->next_input_byte += n_bytes;
    library->src->bytes_in_buffer -= (size_t)n_bytes;
}

static void limit_scans(j_common_ptr library)
{
    tn__libjpeg *const jpeg = reader_of(library);
    if (jpeg->library.input_scan_number <= TN__LIBJPEG_MAX_SCANS)
        return;
    library->err->msg_code = 0;
    leave(library);
}

static int report(tn__libjpeg *jpeg)
{
    if (jpeg->truncated && jpeg->library.output_height == 0)
        return tn__fail(TN_EDECODE, "truncated JPEG: the data ends before its first scan");
    if (jpeg->truncated)
        return tn__fail(TN_EDECODE, "truncated JPEG: the data ends after %u of %u rows",
                        jpeg->library.output_scanline, jpeg->library.image_height);
    if (jpeg->errors.msg_code == 0)
        return tn__fail(TN_EDECODE, "JPEG with more than %d scans", TN__LIBJPEG_MAX_SCANS);
    char message[JMSG_LENGTH_MAX];
    jpeg->errors.format_message((j_common_ptr)&jpeg->library, message);
    switch (jpeg->errors.msg_code) {
    case JERR_OUT_OF_MEMORY: return tn__fail(TN_ENOMEM, "JPEG decoder: %s", message);
    case JERR_NO_BACKING_STORE:
        return tn__fail(TN_ELIMIT, "JPEG decoder: more memory needed than its limit of %ld bytes",
                        jpeg->library.mem->max_memory_to_use);
    default: return tn__fail(TN_EDECODE, "broken JPEG: %s", message);
    }
}

int tn__libjpeg_run(tn__libjpeg *jpeg, tn__libjpeg_step *step, void *argument)
{
    if (setjmp(jpeg->fence)) {
        if (jpeg->errors.num_warnings == 0)
            note_place(jpeg);
        return report(jpeg);
    }
    step(jpeg, argument);
    return TN_OK;
}

/* Tables without an image may stand in front of it. */
static void read_header(tn__libjpeg *jpeg, void *argument)
{
    const tn__bytes *const bytes = argument;
    jpeg_create_decompress(&jpeg->library);
    jpeg->library.client_data = jpeg;
    jpeg->source = (struct jpeg_source_mgr){
        .next_input_byte = bytes->data,
        .bytes_in_buffer = bytes->size,
        .init_source = do_nothing,
        .fill_input_buffer = refuse_more,
        .skip_input_data = skip_bytes,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = do_nothing,
    };
    jpeg->library.src = &jpeg->source;
    jpeg->progress.progress_monitor = limit_scans;
    jpeg->library.progress = &jpeg->progress;
    while (jpeg_read_header(&jpeg->library, FALSE) == JPEG_HEADER_TABLES_ONLY)
        continue;
}

int tn__libjpeg_open(tn__libjpeg *jpeg, tn__bytes bytes)
{
    memset(jpeg, 0, sizeof *jpeg);
    jpeg->library.err = jpeg_std_error(&jpeg->errors);
    jpeg->library.client_data = jpeg; /* creation keeps err and client_data */
    jpeg->n_bytes = bytes.size;
    jpeg->first = (tn__trouble){.byte = -1, .row = -1};
    jpeg->errors.error_exit = leave;
    jpeg->errors.emit_message = count_warning;
    jpeg->errors.output_message = print_nothing;
    return tn__libjpeg_run(jpeg, read_header, &bytes);
}

void tn__libjpeg_close(tn__libjpeg *jpeg)
{
    jpeg_destroy_decompress(&jpeg->library);
}

bool tn__libjpeg_is_buffered(const tn__libjpeg *jpeg)
{
    return jpeg->library.progressive_mode ||
           jpeg->library.comps_in_scan < jpeg->library.num_components;
}

static size_t blocks_across(JDIMENSION pixels, int factor, int max_factor)
{
    const size_t units = (size_t)max_factor * DCTSIZE;
    return ((size_t)pixels + units - 1) / units * (size_t)factor;
}

size_t tn__libjpeg_coefficient_bytes(const tn__libjpeg *jpeg)
{
    const struct jpeg_decompress_struct *const library = &jpeg->library;
    size_t n_blocks = 0;
    for (int c = 0; c < library->num_components; c++) {
        const jpeg_component_info *const component = &library->comp_info[c];
        n_blocks += blocks_across(library->image_width, component->h_samp_factor,
                                  library->max_h_samp_factor) *
                    blocks_across(library->image_height, component->v_samp_factor,
                                  library->max_v_samp_factor);
    }
    return n_blocks * sizeof(JBLOCK);
}
