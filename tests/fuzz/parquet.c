/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads Parquet files, and the bytes of their samples.
 *
 * An input is a file. For any contents, the stored bytes of samples that are found lie in the file,
 * and a sample is read with the length that its page tells, or refused. */
#include <stdlib.h>

#include "data/parquet/find.h"
#include "data/parquet/read.h"
#include "memory.h"
#include "target.h"

enum { MOST_BYTES = 1 << 20, MOST_SAMPLES = 100 };

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
    if (tn__parquet_read_coded(streams, memory_files(), &where, extent, &buffer, &length) ==
            TN_OK &&
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
    const int memory = memory_file(bytes, size);
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
