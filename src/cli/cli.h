/* SPDX-License-Identifier: MIT */
/* The C functions that the program adds to the library, for its own Lua files (lua/tench/cli).
 *
 * They do what needs C: the terminal, signals, the process's use of time and memory, files that
 * appear complete or not at all, the contact sheet. The build embeds the region between the marks,
 * as it does for tench.h, and Lua passes it to ffi.cdef (tncli_cdef). A function that fails returns
 * a negative tn_ status or NULL, and tncli_error() says why. Like any other program, this one uses
 * tench.h alone. */
#ifndef TENCH_CLI_CLI_H
#define TENCH_CLI_CLI_H

#include "tench.h"

#pragma GCC visibility push(default)
/* The text between the marks. Static. */
const char *tncli_cdef(void);
/* cdef:begin */
/* Why the last call of a tncli_ function failed. Valid until the next failure. */
const char *tncli_error(void);

/* Terminal. */
int32_t tncli_is_terminal(int32_t fd); /* 1 or 0 */
int32_t tncli_columns(int32_t fd);     /* 80 if the width is unknown */

/* From now on the first SIGINT or SIGTERM is only recorded; the second one kills the program. */
void tncli_catch_signals(void);
/* Restores what these signals did before they were caught. */
void tncli_release_signals(void);
/* A number that is 0 until a signal is recorded: for `stop` in a data set's options. Static. */
const int32_t *tncli_stop(void);
/* Number of the recorded signal, 0 if none. */
int32_t tncli_signal(void);

/* The process: seconds since main began, CPU seconds of all its threads, peak resident memory. */
double tncli_seconds(void);
double tncli_cpu_seconds(void);
double tncli_peak_bytes(void);
/* Path of the program file, "" if the system does not say. Static. */
const char *tncli_program_path(void);
/* Version of libjpeg-turbo that the program was built with. Static. */
const char *tncli_jpeg_version(void);

/* Flushes standard output. TN_EIO if any output could not be written. */
int32_t tncli_flush(void);

/* Files. A writer writes beside the file and renames: the file appears complete or not at all. */
int32_t tncli_write_text(const char *path, const char *text, int64_t n_bytes);
/* Writes NumPy's .npy, version 1.0; stores bf16 as its bits, <u2. Replaces a link at the path, and
 * does not follow it. */
int32_t tncli_write_npy(const char *path, const tn_tensor *tensor);
/* Removes the files of batch `first` and all later ones that an earlier run --dump wrote into the
 * folder, and links with such names. If `first` is 0, also removes its samples.jsonl. Touches
 * nothing else. */
int32_t tncli_remove_dump(const char *path, int64_t first);
/* Makes the folder, and the missing folders above it. */
int32_t tncli_make_folder(const char *path);
/* 1 if the folder has entries, 0 if it is empty or does not exist; negative if it cannot be read.
 */
int32_t tncli_folder_used(const char *path);
/* Fails if a file, or a folder with those above it, could not be written at the path. Creates
 * nothing. */
int32_t tncli_check_file(const char *path);
int32_t tncli_check_folder(const char *path);
/* 1 if the path is a folder, 2 if it is anything else, 0 if it does not exist. */
int32_t tncli_path_kind(const char *path);

/* Contact sheet: numbered tiles in a grid, each with an image, one or two labels and a line of
 * detail. */
typedef struct tncli_sheet tncli_sheet;
/* Makes a sheet for n_tiles images of width × height, each with n_labels labels, 1 or 2. The caller
 * destroys it. NULL: failure recorded. */
tncli_sheet *tncli_sheet_create(int32_t n_tiles, int32_t width, int32_t height, int32_t n_labels);
void tncli_sheet_destroy(tncli_sheet *sheet);
/* Writes the two lines at the top. Text is UTF-8; a character that the font lacks becomes '?', and
 * text that is too long is cut. */
void tncli_sheet_title(tncli_sheet *sheet, const char *title, const char *detail);
/* Draws row `row` of a u8 image tensor {n, c, h, w}, with any strides, into a tile. */
int32_t tncli_sheet_image(tncli_sheet *sheet, int32_t tile, const tn_tensor *images, int32_t row,
                          int32_t layout);
/* Draws a message instead of an image. */
void tncli_sheet_fault(tncli_sheet *sheet, int32_t tile, const char *message);
void tncli_sheet_label(tncli_sheet *sheet, int32_t tile, const char *label, const char *second,
                       const char *detail);
/* Writes a PNG. */
int32_t tncli_sheet_write(const tncli_sheet *sheet, const char *path);
/* cdef:end */
#pragma GCC visibility pop

#endif
