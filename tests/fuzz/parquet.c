/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads Parquet files, and the bytes of their samples.
 *
 * An input is a file. For any contents, the stored bytes of samples that are found lie in the file,
 * and a sample is read with the length that its page tells, or refused. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/write.h"
#include "data/parquet/find.h"
#include "data/parquet/read.h"
#include "target.h"

enum { MOST_BYTES = 1 << 20, MOST_SAMPLES = 100 };

static int memory = -1; /* a file that has the input */
static tn__files files;

/* The input can be opened as a file below /proc/self/fd. */
static void name_input(const void *context, uint32_t file, char out[TN__NAME_BYTES])
{
    (void)context;
    (void)file;
    snprintf(out, TN__NAME_BYTES, "%d", memory);
}

static void begin(void)
{
    memory = memfd_create("input", MFD_CLOEXEC);
    files = (tn__files){
        .folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY), .n = 1, .name = name_input};
    if (memory < 0 || files.folder < 0 || tn__files_make(&files) != TN_OK) {
        perror("/proc/self/fd");
        exit(EXIT_FAILURE);
    }
}

static void read_sample(const tn__draft *draft, int64_t sample, size_t size, tn__streams *streams)
{
    const tn__drafted *const s = &draft->samples[sample];
    if (s->offset < 0 || s->length < 0 || s->length > (int64_t)size ||
        s->offset > (int64_t)size - s->length)
        abort();
    if (!draft->codings || !draft->codings[sample].is_coded)
        return;
    const tn__listed_place where = {
        .offset = s->offset, .length = s->length, .coding = draft->codings[sample]};
    const tn__extent extent = {.max_bytes = MOST_BYTES, .room = SIZE_MAX};
    tn__buffer buffer = {0};
    int64_t length = 0;
    if (tn__parquet_read_coded(streams, &files, &where, extent, &buffer, &length) == TN_OK &&
        (int64_t)buffer.size != where.coding.content)
        abort();
    tn__buffer_free(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tn__parquet_meta meta;
    tn__parquet_columns columns = {0};
    tn__draft draft = {0};
    tn__listing_watch watch = {0};
    if (memory < 0)
        begin();
    if (ftruncate(memory, 0) != 0 || lseek(memory, 0, SEEK_SET) != 0 ||
        !tn__write_all(memory, bytes, size))
        abort();
    const tn__container_file file = {
        .path = "input", .descriptor = memory, .bytes = (int64_t)size, .watch = &watch};
    int status = tn__parquet_read(memory, (int64_t)size, &meta);
    if (status == TN_OK)
        status = tn__parquet_choose(&meta, &(tn__parquet_wish){0}, &columns);
    if (status == TN_OK)
        tn__parquet_find_samples(&file, &columns, &draft);
    tn__streams *const streams = tn__streams_make(1);
    if (!streams)
        abort();
    for (int64_t s = 0; s < draft.n && s < MOST_SAMPLES; s++)
        read_sample(&draft, s, size, streams);
    tn__streams_free(streams);
    tn__draft_free(&draft);
    tn__parquet_columns_free(&columns);
    tn__parquet_free(&meta);
    return 0;
}
