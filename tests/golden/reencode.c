/* SPDX-License-Identifier: MIT */
/* Writes a folder of JPEGs again, with each file coded in another way:
 *
 *     reencode --list                  the names of the ways
 *     reencode WAY FOLDER OUT          OUT has the same sub-folders and names; it must not exist
 *
 * This makes photographs with samplings, tables and processes that a collection may not have. The
 * result is a function of the source, the way and the version of libjpeg. Files that libjpeg cannot
 * read, that have four inks or that are no JPEGs are left out and counted. OUT appears when it is
 * complete. */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../c/make_jpeg.h"

#define COLOUR(q, y, cb, cr)                                                                       \
    .channels = 3, .space = JCS_YCbCr, .quality = (q), .sampling = {(y), (cb), (cr)}
static const jpeg_recipe ways[] = {
    {.name = "420", COLOUR(90, 22, 11, 11), .optimize = TRUE},
    {.name = "422", COLOUR(90, 21, 11, 11), .optimize = TRUE},
    {.name = "440", COLOUR(90, 12, 11, 11), .optimize = TRUE},
    {.name = "grey", .channels = 1, .space = JCS_GRAYSCALE, .quality = 90, .optimize = TRUE},
    {.name = "444-q75", COLOUR(75, 11, 11, 11), .optimize = TRUE},
    {.name = "444-q100-standard-tables", COLOUR(100, 11, 11, 11)},
    {.name = "420-standard-tables", COLOUR(90, 22, 11, 11)},
    {.name = "420-q8", COLOUR(8, 22, 11, 11), .optimize = TRUE},
    {.name = "420-q1-wide-quantisers", COLOUR(1, 22, 11, 11), .wide_quantisers = TRUE},
    {.name = "420-restart-row", COLOUR(90, 22, 11, 11), .optimize = TRUE, .restart_rows = 1},
    {.name = "422-restart-5", COLOUR(90, 21, 11, 11), .optimize = TRUE, .restart = 5},
    {.name = "444-restart-1", COLOUR(90, 11, 11, 11), .optimize = TRUE, .restart = 1},
    {.name = "rgb", .channels = 3, .space = JCS_RGB, .quality = 90, .optimize = TRUE},
    {.name = "luma-halved", COLOUR(90, 11, 22, 22), .optimize = TRUE},
    {.name = "one-chroma-fine", COLOUR(90, 12, 21, 11), .optimize = TRUE},
    {.name = "mixed", COLOUR(90, 22, 21, 12), .optimize = TRUE},
    {.name = "411", COLOUR(90, 41, 11, 11), .optimize = TRUE},
    {.name = "progressive", COLOUR(90, 22, 11, 11), .progressive = TRUE},
    {.name = "separate-scans", COLOUR(90, 22, 11, 11), .separate = TRUE},
};
enum { N_WAYS = sizeof ways / sizeof ways[0] };

/* libjpeg ends the process at an error by default. Here an error must end only the work on one
 * file. */
typedef struct fenced {
    struct jpeg_error_mgr errors; /* first, because libjpeg passes a pointer to it back */
    jmp_buf fence;
} fenced;

/* For the callback of nftw, which takes no argument of ours. */
static const jpeg_recipe *way;
static const char *source;
static char target[PATH_MAX];
static int n_written, n_left_out;

static void leave(j_common_ptr library)
{
    longjmp(((fenced *)library->err)->fence, 1);
}

static struct jpeg_error_mgr *fence_errors(fenced *errors)
{
    make_errors(&errors->errors)->error_exit = leave;
    return &errors->errors;
}

static void fail(const char *path)
{
    fprintf(stderr, "reencode: %s: %s\n", path, strerror(errno));
    exit(EXIT_FAILURE);
}

static void copy_rows(struct jpeg_decompress_struct *decoder, struct jpeg_compress_struct *encoder)
{
    const size_t row_bytes = (size_t)decoder->output_width * (size_t)decoder->output_components;
    JSAMPARRAY rows =
        decoder->mem->alloc_sarray((j_common_ptr)decoder, JPOOL_IMAGE, (JDIMENSION)row_bytes, 1);
    while (decoder->output_scanline < decoder->output_height) {
        jpeg_read_scanlines(decoder, rows, 1);
        jpeg_write_scanlines(encoder, rows, 1);
    }
}

static void start_encoder(struct jpeg_compress_struct *encoder,
                          const struct jpeg_decompress_struct *decoder, jpeg_scan_info scans[4])
{
    encoder->image_width = decoder->output_width;
    encoder->image_height = decoder->output_height;
    set_encoder(encoder, way, scans);
    jpeg_start_compress(encoder, TRUE);
}

/* False if libjpeg cannot read it. The caller owns the objects, so they survive a longjmp. */
static boolean transcode(FILE *in, FILE *out, struct jpeg_decompress_struct *decoder,
                         struct jpeg_compress_struct *encoder, fenced *errors)
{
    jpeg_scan_info scans[4];
    if (setjmp(errors->fence))
        return FALSE;
    jpeg_create_compress(encoder);
    jpeg_create_decompress(decoder);
    jpeg_stdio_src(decoder, in);
    jpeg_stdio_dest(encoder, out);
    jpeg_read_header(decoder, TRUE);
    decoder->out_color_space = way->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(decoder);
    start_encoder(encoder, decoder, scans);
    copy_rows(decoder, encoder);
    jpeg_finish_compress(encoder);
    jpeg_finish_decompress(decoder);
    return TRUE;
}

static boolean reencode_file(const char *from, const char *to)
{
    struct jpeg_decompress_struct decoder = {0};
    struct jpeg_compress_struct encoder = {0};
    FILE *const in = fopen(from, "rb");
    FILE *const out = fopen(to, "wb");
    if (!in || !out)
        fail(in ? to : from);
    fenced errors;
    decoder.err = encoder.err = fence_errors(&errors);
    const boolean done = transcode(in, out, &decoder, &encoder, &errors);
    jpeg_destroy_decompress(&decoder);
    jpeg_destroy_compress(&encoder);
    fclose(in);
    if (fclose(out) != 0)
        fail(to);
    return done;
}

static int visit(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)place;
    char to[2 * PATH_MAX];
    snprintf(to, sizeof to, "%s%s", target, path + strlen(source));
    if (kind == FTW_D && mkdir(to, 0777) != 0)
        fail(to);
    if (kind != FTW_F)
        return 0;
    if (reencode_file(path, to)) {
        n_written++;
        return 0;
    }
    n_left_out++;
    return unlink(to);
}

static int list_ways(void)
{
    for (int k = 0; k < N_WAYS; k++)
        puts(ways[k].name);
    return EXIT_SUCCESS;
}

static const jpeg_recipe *find_way(const char *name)
{
    for (int k = 0; k < N_WAYS; k++)
        if (strcmp(ways[k].name, name) == 0)
            return &ways[k];
    return NULL;
}

static const char *without_slashes(char *path)
{
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    return path;
}

int main(int argc, char **argv)
{
    enum { OPEN_FOLDERS = 16 };
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list_ways();
    way = argc == 4 ? find_way(argv[1]) : NULL;
    if (!way) {
        fputs("usage: reencode --list | reencode WAY FOLDER OUT\n", stderr);
        return EXIT_FAILURE;
    }
    source = without_slashes(argv[2]);
    snprintf(target, sizeof target, "%s.part-%ld", argv[3], (long)getpid());
    if (nftw(source, visit, OPEN_FOLDERS, 0) != 0)
        fail(source);
    if (rename(target, argv[3]) != 0)
        fail(argv[3]);
    printf("%s: %d files, %d left out\n", way->name, n_written, n_left_out);
    return EXIT_SUCCESS;
}
