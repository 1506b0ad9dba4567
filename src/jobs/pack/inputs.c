/* SPDX-License-Identifier: MIT */
/* Compares the files that are packed, and keeps the journal of them. See inputs.h; PACK.md
 * describes the journal's bytes. */
#include "jobs/pack/inputs.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/read.h"
#include "base/stamp.h"
#include "base/write.h"

static const uint8_t magic[8] = {0x8a, 'T', 'N', 'I', 'N', 'P', 'T', 1};
/* A file that changed less than this before it was read can change again and keep its time: file
 * systems count time in steps of up to two seconds (FAT). */
static const int64_t settled_ns = 2000000000;
enum { HEAD_CHECKSUM = 8, HEAD_JOB = 16 };
/* A block: shard (8), number of files (8), checksum of the shard's list (8), checksum of the block
 * (8), files. */
enum { BLOCK_FILES = 8, BLOCK_LIST = 16, BLOCK_CHECKSUM = 24, BLOCK_HEAD = 32 };

tn__input tn__input_of(const tn__buffer *file)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t settled = tn__stamp(&now) - settled_ns;
    tn__input input = {.size = file->size,
                       .stamp = file->state.stamp,
                       .inode = file->state.inode,
                       .hashed = file->state.stamp == 0 || file->state.stamp > settled};
    if (input.hashed)
        tn__hash_128(file->bytes, file->size, input.hash);
    return input;
}

/* After a failure to read: the file is not the same, unless the machine is the reason. */
static int judge_failure(int status, bool *same)
{
    *same = false;
    return tn__error_is_systemic(tn__error_last()) ? status : TN_OK;
}

static int compare_hash(const tn_dataset *dataset, int64_t sample, const tn__input *known,
                        tn__buffer *scratch, bool *same)
{
    uint8_t hash[16];
    const int status = tn__dataset_read_in_turn(dataset, sample, scratch);
    if (status == TN_OK)
        tn__hash_128(scratch->bytes, scratch->size, hash);
    tn__dataset_end_turn(dataset, scratch);
    if (status != TN_OK)
        return judge_failure(status, same);
    *same = memcmp(hash, known->hash, sizeof hash) == 0;
    return TN_OK;
}

int tn__input_compare(const tn_dataset *dataset, int64_t sample, const tn__input *known,
                      bool timeless, tn__buffer *scratch, bool *same)
{
    int64_t size;
    const int status = tn__dataset_head(dataset, sample, 0, scratch, &size);
    if (status != TN_OK)
        return judge_failure(status, same);
    *same = (uint64_t)size == known->size && scratch->state.stamp == known->stamp &&
            scratch->state.inode == known->inode;
    if (!*same || !known->hashed || (known->stamp == 0 && !timeless))
        return TN_OK;
    return compare_hash(dataset, sample, known, scratch, same);
}

int tn__input_put(const tn__input *input, tn__blob *out)
{
    uint8_t raw[TN__INPUT_BYTES];
    tn__put_64(raw, input->size);
    tn__put_64(raw + 8, (uint64_t)input->stamp);
    tn__put_64(raw + 16, input->inode);
    tn__put_64(raw + 24, input->hashed);
    memcpy(raw + 32, input->hash, sizeof input->hash);
    return tn__blob_add(out, raw, sizeof raw);
}

tn__input tn__input_get(const uint8_t *raw)
{
    tn__input input = {.size = tn__get_64(raw),
                       .stamp = (int64_t)tn__get_64(raw + 8),
                       .inode = tn__get_64(raw + 16),
                       .hashed = tn__get_64(raw + 24) != 0};
    memcpy(input.hash, raw + 32, sizeof input.hash);
    return input;
}

static void make_head(uint64_t job, uint8_t head[TN__INPUTS_HEAD])
{
    memset(head, 0, TN__INPUTS_HEAD);
    memcpy(head, magic, sizeof magic);
    tn__put_64(head + HEAD_JOB, job);
    tn__put_64(head + HEAD_CHECKSUM, tn__hash_of(head + HEAD_JOB, TN__INPUTS_HEAD - HEAD_JOB));
}

static int begin(tn__inputs *inputs, uint64_t job)
{
    uint8_t head[TN__INPUTS_HEAD];
    make_head(job, head);
    (void)unlinkat(inputs->folder, TN__PACK_JOURNAL, 0);
    inputs->file = tn__open_at(inputs->folder, TN__PACK_JOURNAL, O_RDWR | O_CREAT | O_EXCL);
    if (inputs->file >= 0 && tn__write_all(inputs->file, head, sizeof head))
        return TN_OK;
    const int status = tn__fail_write(inputs->path, TN__PACK_JOURNAL);
    if (inputs->file >= 0)
        (void)unlinkat(inputs->folder, TN__PACK_JOURNAL, 0);
    return status;
}

/* Opens an existing journal, if it belongs to this job. Refuses a link and a file with a second
 * name: writing to it would change another file. */
static bool open_old(tn__inputs *inputs, uint64_t job)
{
    uint8_t head[TN__INPUTS_HEAD], wanted[TN__INPUTS_HEAD];
    struct stat facts;
    make_head(job, wanted);
    inputs->file = tn__open_at(inputs->folder, TN__PACK_JOURNAL, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    if (inputs->file < 0)
        return false;
    if (tn__stat_open(inputs->file, &facts) && S_ISREG(facts.st_mode) && facts.st_nlink == 1 &&
        tn__read_at(inputs->file, head, sizeof head, 0) && memcmp(head, wanted, sizeof head) == 0)
        return true;
    tn__inputs_close(inputs);
    return false;
}

int tn__inputs_open(tn__inputs *inputs, uint64_t job, bool *is_new)
{
    *is_new = !open_old(inputs, job);
    return *is_new ? begin(inputs, job) : TN_OK;
}

int tn__inputs_add(const tn__inputs *inputs, uint32_t number, uint64_t list, const tn__blob *raw)
{
    uint8_t head[BLOCK_HEAD];
    tn__put_64(head, number);
    tn__put_64(head + BLOCK_FILES, raw->size / TN__INPUT_BYTES);
    tn__put_64(head + BLOCK_LIST, list);
    tn__put_64(head + BLOCK_CHECKSUM, tn__hash_of(raw->bytes, raw->size));
    if (tn__write_all(inputs->file, head, sizeof head) &&
        tn__write_all(inputs->file, raw->bytes, raw->size))
        return TN_OK;
    return tn__fail_write(inputs->path, TN__PACK_JOURNAL);
}

int tn__inputs_read(const tn__inputs *inputs, uint64_t *at, uint32_t number, uint64_t list,
                    int64_t n, tn__blob *raw)
{
    uint8_t head[BLOCK_HEAD];
    raw->size = 0;
    if (!tn__read_at(inputs->file, head, sizeof head, (int64_t)*at) || tn__get_64(head) != number ||
        tn__get_64(head + BLOCK_FILES) != (uint64_t)n || tn__get_64(head + BLOCK_LIST) != list)
        return TN_EDECODE;
    const size_t n_bytes = (size_t)n * TN__INPUT_BYTES;
    const int status = tn__blob_reserve(raw, n_bytes);
    if (status != TN_OK)
        return status;
    if (!tn__read_at(inputs->file, raw->bytes, n_bytes, (int64_t)(*at + BLOCK_HEAD)) ||
        tn__hash_of(raw->bytes, n_bytes) != tn__get_64(head + BLOCK_CHECKSUM))
        return TN_EDECODE;
    raw->size = n_bytes;
    *at += BLOCK_HEAD + n_bytes;
    return TN_OK;
}

int tn__inputs_cut(const tn__inputs *inputs, uint64_t end)
{
    if (ftruncate(inputs->file, (off_t)end) == 0 && lseek(inputs->file, (off_t)end, SEEK_SET) >= 0)
        return TN_OK;
    return tn__fail_write(inputs->path, TN__PACK_JOURNAL);
}

void tn__inputs_close(tn__inputs *inputs)
{
    if (inputs->file >= 0)
        close(inputs->file);
    inputs->file = -1;
}
