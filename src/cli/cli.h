/* SPDX-License-Identifier: MIT */
/* What the program adds to the library, for its own Lua files (lua/tench/cli).
 *
 * Everything here needs C: the terminal, signals, the process's use of time and memory, files that
 * appear whole or not at all, the contact sheet. The region between the marks is embedded and fed
 * to ffi.cdef as tench.h's is (tncli_cdef). A function that fails returns a negative tn_ status or
 * NULL, and tncli_error() tells why. Like any other program, it uses tench.h alone. */
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
int32_t tncli_columns(int32_t fd);     /* 80 where the width is not known */

/* From now on the first SIGINT or SIGTERM is only noted; the second one kills. */
void tncli_catch_signals(void);
/* From now on they do what they did before they were caught. */
void tncli_release_signals(void);
/* A number that is 0 until a signal is noted: `stop` of a data set's options. Static. */
const int32_t *tncli_stop(void);
/* Number of the signal that was noted, 0 if none. */
int32_t tncli_signal(void);

/* The process: seconds since main began, CPU seconds of all its threads, most memory ever resident.
 */
double tncli_seconds(void);
double tncli_cpu_seconds(void);
double tncli_peak_bytes(void);
/* Where the program file lies, "" if the system does not say. Static. */
const char *tncli_program_path(void);
/* Version of libjpeg-turbo that the program was built with. Static. */
const char *tncli_jpeg_version(void);

/* Hands on what was printed; TN_EIO if any of it did not arrive. */
int32_t tncli_flush(void);

/* Files. Writers write beside the file and rename: it appears whole, or not at all. */
int32_t tncli_write_text(const char *path, const char *text, int64_t n_bytes);
/* NumPy's .npy, version 1.0; bf16 is stored as its bits, <u2. A link at the path is replaced, not
 * followed. */
int32_t tncli_write_npy(const char *path, const tn_tensor *tensor);
/* Removes the files of batches `first` and later that an earlier run --dump wrote into the folder,
 * with `first` 0 also its samples.jsonl, and links that have such names. Nothing else is touched.
 */
int32_t tncli_remove_dump(const char *path, int64_t first);
/* Makes the folder and those above it that are absent. */
int32_t tncli_make_folder(const char *path);
/* 1 if the folder has entries, 0 if it is empty or absent; negative if it cannot be read. */
int32_t tncli_folder_used(const char *path);
/* Fails where a file, or a folder with those above it, cannot be written at the path. Makes
 * nothing. */
int32_t tncli_check_file(const char *path);
int32_t tncli_check_folder(const char *path);
/* 1 if the path is a folder, 2 if it is anything else, 0 if nothing is there. */
int32_t tncli_path_kind(const char *path);

/* Contact sheet: numbered tiles in a grid, each with a picture, one or two labels and a line of
 * detail. */
typedef struct tncli_sheet tncli_sheet;
/* For n_tiles pictures of width × height with n_labels labels, 1 or 2, each. Yours. */
tncli_sheet *tncli_sheet_create(int32_t n_tiles, int32_t width, int32_t height, int32_t n_labels);
void tncli_sheet_destroy(tncli_sheet *sheet);
/* The two lines on top. Text is UTF-8; what the font lacks becomes '?', what is too long is cut. */
void tncli_sheet_title(tncli_sheet *sheet, const char *title, const char *detail);
/* Draws row `row` of a u8 image tensor {n, c, h, w} (its strides say how it lies) into a tile. */
int32_t tncli_sheet_image(tncli_sheet *sheet, int32_t tile, const tn_tensor *images, int32_t row,
                          int32_t layout);
/* Draws a message in place of a picture. */
void tncli_sheet_fault(tncli_sheet *sheet, int32_t tile, const char *message);
void tncli_sheet_label(tncli_sheet *sheet, int32_t tile, const char *label, const char *second,
                       const char *detail);
/* Writes a PNG. */
int32_t tncli_sheet_write(const tncli_sheet *sheet, const char *path);
/* cdef:end */
#pragma GCC visibility pop

#endif
