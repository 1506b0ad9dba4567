/* SPDX-License-Identifier: MIT */
/* The codec that uses libjpeg: header facts, and regions with the bytes of a full decode.
 *
 * Every call into the library runs inside tn__libjpeg_run, the only place with a setjmp.
 *
 * libjpeg can leave out columns (jpeg_crop_scanline) and rows (jpeg_skip_scanlines). But pixels at
 * such a cut lack the neighbours that smooth upsampling uses. So the codec decodes a margin on each
 * side and drops it. */
#include "codec/jpeg/libjpeg.h"

#include <jerror.h>
#include <string.h>

#include "base/error.h"
#include "codec/exif.h"
#include "codec/jpeg/frame.h"
#include "codec/rows.h"
#include "tench.h"

static tn__libjpeg *reader_of(j_common_ptr library)
{
    return library->client_data;
}

static void leave(j_common_ptr library)
{
    longjmp(reader_of(library)->on_failure, 1);
}

/* Records how far the library has come. It reads some bytes ahead. */
static void note_place(tn__libjpeg *jpeg)
{
    const struct jpeg_decompress_struct *const library = &jpeg->library;
    const int32_t mcu_rows = (int32_t)library->input_iMCU_row; /* rows that it has passed */
    const bool began = library->output_height > 0;             /* it has begun the scans */
    const size_t left = jpeg->truncated ? 0 : jpeg->source.bytes_in_buffer;
    jpeg->first.byte = (int64_t)(jpeg->n_bytes - left);
    jpeg->first.row = began ? mcu_rows * DCTSIZE * library->max_v_samp_factor : -1;
}

/* Counts warnings (level -1) and ignores traces. */
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

/* All bytes are there from the start, so a request for more means that the file is truncated. In
 * the same case Pillow suspends the library and fails when no more data comes: the same verdict. */
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
    if (setjmp(jpeg->on_failure)) {
        if (jpeg->errors.num_warnings == 0)
            note_place(jpeg);
        return report(jpeg);
    }
    step(jpeg, argument);
    return TN_OK;
}

/* Reads the header. A file may begin with tables before its image. */
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

static bool is_buffered(const tn__libjpeg *jpeg)
{
    return jpeg->library.progressive_mode ||
           jpeg->library.comps_in_scan < jpeg->library.num_components;
}

static size_t blocks_across(JDIMENSION pixels, int factor, int max_factor)
{
    const size_t units = (size_t)max_factor * DCTSIZE;
    return ((size_t)pixels + units - 1) / units * (size_t)factor;
}

static size_t coefficient_bytes(const tn__libjpeg *jpeg)
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

int32_t tn__libjpeg_row_kind(const tn__libjpeg *jpeg)
{
    static const int32_t kinds[] = {
        [1] = TN__ROW_GREY8, [3] = TN__ROW_RGB8, [4] = TN__ROW_CMYK8_INVERTED};
    return kinds[jpeg->library.num_components];
}

/* Memory of libjpeg besides coefficients. Its tables and objects take 33 kB (measured). Its row
 * buffers hold up to 40 rows of each component and 4 rows of upsampled pixels: 57 bytes a column,
 * measured for common samplings. */
enum { LIBRARY_BYTES = 64 << 10, LIBRARY_BYTES_PER_COLUMN = 200 };

/* Columns to decode on each side of a region and drop. Smooth upsampling uses one neighbour. But
 * libjpeg does not smooth at all if fewer than three samples of a component are left (four pixels,
 * if the component is halved). */
enum { MARGIN = 8 };

typedef struct region_job {
    const tn__want *want;
    JDIMENSION left; /* the first column of a line */
    uint8_t *line;   /* space for a whole row */
    tn_px_image *out;
} region_job;

static bool sniff(tn__bytes bytes)
{
    return bytes.size >= 3 && bytes.data[0] == 0xff && bytes.data[1] == 0xd8 &&
           bytes.data[2] == 0xff;
}

static int check_channels(const tn__libjpeg *jpeg)
{
    const int n = jpeg->library.num_components;
    if (n == 1 || n == 3 || n == 4)
        return TN_OK;
    return tn__fail(TN_EDECODE, "JPEG with %d components: 1, 3 and 4 are supported", n);
}

/* libjpeg cannot begin in the middle of a scan. */
static int32_t why_no_aid(const tn__libjpeg *jpeg)
{
    if (jpeg->library.num_components == 4)
        return TN__AID_COLOURS;
    return is_buffered(jpeg) ? TN__AID_SCANS : TN__AID_UNCLEAN;
}

static void fill_info(const tn__libjpeg *jpeg, tn__bytes bytes, tn__info *info)
{
    *info = (tn__info){
        .w = (int32_t)jpeg->library.image_width,
        .h = (int32_t)jpeg->library.image_height,
        .channels = jpeg->library.num_components == 1 ? 1 : 3,
        .bits = 8,
        .file_channels = jpeg->library.num_components,
        .file_bits = jpeg->library.data_precision,
        .orientation = tn__exif_orientation(bytes),
        .progressive = is_buffered(jpeg),
        .format = tn__jpeg_spec.name,
        .no_aid = why_no_aid(jpeg),
    };
    if (info->progressive)
        info->own[TN__JPEG_COEFFICIENT_BYTES] = coefficient_bytes(jpeg);
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__libjpeg jpeg;
    int status = tn__libjpeg_open(&jpeg, bytes);
    if (status == TN_OK)
        status = check_channels(&jpeg);
    if (status == TN_OK)
        fill_info(&jpeg, bytes, info);
    tn__libjpeg_close(&jpeg);
    return status;
}

/* libjpeg-turbo's colour conversion writes aligned rows past the caches (movntdq). We read each
 * line right after that, and would have to fetch it from memory. */
enum { OFF_ALIGNMENT = 8 };

static size_t line_bytes(int32_t w)
{
    return (size_t)w * 4 + TN__ROWS_TAIL + OFF_ALIGNMENT;
}

static size_t library_bytes(int32_t w)
{
    return LIBRARY_BYTES + (size_t)w * LIBRARY_BYTES_PER_COLUMN;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__rows_image_bytes(info, want) + line_bytes(info->w) + TN_PX_ALIGN +
           library_bytes(info->w) + info->own[TN__JPEG_COEFFICIENT_BYTES];
}

static void set_output(tn__libjpeg *jpeg)
{
    struct jpeg_decompress_struct *const library = &jpeg->library;
    static const J_COLOR_SPACE space[] = {JCS_UNKNOWN, JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB,
                                          JCS_CMYK};
    library->out_color_space = space[library->num_components];
    library->dct_method = JDCT_ISLOW;
    library->do_fancy_upsampling = TRUE;
    /* libjpeg checks how much memory is left only for the coefficient arrays, which it allocates
     * last. */
    library->mem->max_memory_to_use =
        (long)(library_bytes((int32_t)library->image_width) + coefficient_bytes(jpeg));
}

static void start(tn__libjpeg *jpeg, void *argument)
{
    (void)argument;
    set_output(jpeg);
    (void)jpeg_start_decompress(&jpeg->library);
}

/* libjpeg smooths a progressive file without its last scans over block borders, three blocks deep.
 */
static bool is_incomplete(const struct jpeg_decompress_struct *library)
{
    if (!library->coef_bits)
        return false;
    for (int c = 0; c < library->num_components; c++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (library->coef_bits[c][k] != 0)
                return true;
    return false;
}

/* True if libjpeg's shortcuts are exact for this file. Lossless files (libjpeg-turbo 3) have
 * another block size and cannot be cropped. */
static bool may_cut(const struct jpeg_decompress_struct *library)
{
    return library->min_DCT_scaled_size == DCTSIZE && !is_incomplete(library);
}

/* Leaves out the columns beside the region and the rows above it. jpeg_skip_scanlines itself reads
 * the rows that the first needed row uses. */
static void cut(tn__libjpeg *jpeg, void *argument)
{
    region_job *const job = argument;
    struct jpeg_decompress_struct *const library = &jpeg->library;
    const tn_px_rect need = job->want->need;
    if (!may_cut(library))
        return;
    const JDIMENSION end = (JDIMENSION)need.x + (JDIMENSION)need.w + MARGIN;
    JDIMENSION left = need.x > MARGIN ? (JDIMENSION)need.x - MARGIN : 0;
    JDIMENSION width = (end < library->output_width ? end : library->output_width) - left;
    jpeg_crop_scanline(library, &left, &width); /* moves `left` to the border of a block */
    job->left = left;
    if (need.y > 0)
        (void)jpeg_skip_scanlines(library, (JDIMENSION)need.y);
}

static void read_row(tn__libjpeg *jpeg, uint8_t *line)
{
    JSAMPROW rows[1] = {line};
    (void)jpeg_read_scanlines(&jpeg->library, rows, 1);
}

static void read_rows(tn__libjpeg *jpeg, void *argument)
{
    const region_job *const job = argument;
    const tn_px_rect need = job->want->need;
    const int32_t channels = jpeg->library.num_components;
    const tn__rows rows = {.kind = tn__libjpeg_row_kind(jpeg), .mode = job->want->mode};
    const uint8_t *const first = job->line + ((size_t)need.x - job->left) * (size_t)channels;
    while (jpeg->library.output_scanline < (JDIMENSION)need.y)
        read_row(jpeg, job->line);
    for (int32_t row = 0; row < need.h; row++) {
        read_row(jpeg, job->line);
        tn__rows_put(&rows, job->out, row, first);
    }
}

static void finish(tn__libjpeg *jpeg, void *argument)
{
    (void)argument;
    (void)jpeg_finish_decompress(&jpeg->library);
}

/* Pillow reads up to the end marker after the last row. A fatal error there ends the decode;
 * missing data does not. */
static int check_tail(tn__libjpeg *jpeg)
{
    const int status = tn__libjpeg_run(jpeg, finish, NULL);
    return jpeg->truncated ? TN_OK : status;
}

static int decode_region(tn__libjpeg *jpeg, const tn__info *info, const tn__want *want,
                         tn__arena *arena, tn_px_image *out)
{
    const tn_px_rect need = want->need;
    region_job job = {.want = want, .out = out};
    uint8_t *const memory = tn__arena_take(arena, line_bytes((int32_t)jpeg->library.image_width));
    if (!memory)
        return tn__error_last()->code;
    job.line = memory + OFF_ALIGNMENT;
    int status = tn__rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = tn__libjpeg_run(jpeg, start, NULL);
    if (status == TN_OK)
        status = tn__libjpeg_run(jpeg, cut, &job);
    if (status == TN_OK)
        status = tn__libjpeg_run(jpeg, read_rows, &job);
    if (status == TN_OK && (JDIMENSION)(need.y + need.h) == jpeg->library.image_height)
        status = check_tail(jpeg);
    return status;
}

/* The codec reads the header again, so it must still agree with `info`. */
static int check_need(const tn__libjpeg *jpeg, const tn__want *want)
{
    const int64_t w = jpeg->library.image_width, h = jpeg->library.image_height;
    const tn_px_rect need = want->need;
    if (need.x >= 0 && need.y >= 0 && need.w > 0 && need.h > 0 && (int64_t)need.x + need.w <= w &&
        (int64_t)need.y + need.h <= h)
        return TN_OK;
    return tn__fail(TN_EINVAL, "region %d,%d %dx%d is not inside the image of %lldx%lld", need.x,
                    need.y, need.w, need.h, (long long)w, (long long)h);
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    tn__libjpeg jpeg;
    int status = tn__libjpeg_open(&jpeg, bytes);
    if (status == TN_OK)
        status = check_channels(&jpeg);
    if (status == TN_OK)
        status = check_need(&jpeg, want);
    if (status == TN_OK)
        status = decode_region(&jpeg, info, want, arena, out);
    *damage =
        (int32_t)(jpeg.errors.num_warnings > INT32_MAX ? INT32_MAX : jpeg.errors.num_warnings);
    if (access && access->trouble && (status != TN_OK || *damage > 0))
        *access->trouble = jpeg.first;
    tn__libjpeg_close(&jpeg);
    return status;
}

const tn__spec tn__jpeg_spec = {
    .name = "jpeg",
    .aliases = "jpg",
    .doc = "Photographs: baseline and progressive, grey, colour and CMYK, 8 bits.",
    .source = "Pillow 13.0 JpegImagePlugin.py, libjpeg-turbo",
    .speed = "a training epoch 4.9 times Pillow; with an index 6.3, from a pack 14",
};

const tn__codec tn__codec_libjpeg = {
    .spec = &tn__jpeg_spec,
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
