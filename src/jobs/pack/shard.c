/* SPDX-License-Identifier: MIT */
/* Writes and lists shards. See shard.h. */
#include "jobs/pack/shard.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "base/read.h"
#include "base/write.h"
#include "cpu/checksum.h"
#include "tench.h"

static const uint8_t shard_magic[TN__PACK_MAGIC] = {0x8a, 'T', 'N', 'S', 'H', 'R', 'D', 1};
#define PART ".part"

static uint64_t hash(const void *bytes, size_t n_bytes)
{
    return tn__checksum(bytes, n_bytes);
}

static void name_shard(uint32_t number, char name[TN__PACK_SHARD_NAME])
{
    snprintf(name, TN__PACK_SHARD_NAME, TN__PACK_SHARD, number);
}

static void name_part(uint32_t number, char name[TN__PACK_SHARD_NAME])
{
    snprintf(name, TN__PACK_SHARD_NAME, TN__PACK_SHARD PART, number);
}

static int append(tn__shard_writer *writer, const void *bytes, size_t n_bytes)
{
    char part[TN__PACK_SHARD_NAME];
    if (tn__write_all(writer->file, bytes, n_bytes)) {
        writer->size += n_bytes;
        return TN_OK;
    }
    name_part(writer->number, part);
    return tn__fail_write(writer->job.path, part);
}

static void make_head(const tn__shard_job *job, uint32_t number, int64_t first,
                      uint8_t head[TN__SHARD_HEAD])
{
    memset(head, 0, TN__SHARD_HEAD);
    memcpy(head, shard_magic, TN__PACK_MAGIC);
    tn__put_64(head + TN__SHARD_JOB, job->id);
    tn__put_64(head + TN__SHARD_FIRST, (uint64_t)first);
    tn__put_32(head + TN__SHARD_NUMBER, number);
    tn__put_32(head + TN__SHARD_LAYOUT, (uint32_t)job->layout);
    tn__put_64(head + TN__SHARD_CHECKSUM,
               hash(head + TN__SHARD_JOB, TN__SHARD_HEAD - TN__SHARD_JOB));
}

int tn__shard_begin(tn__shard_writer *writer, uint32_t number, int64_t first)
{
    char part[TN__PACK_SHARD_NAME];
    uint8_t head[TN__SHARD_HEAD];
    name_part(number, part);
    /* Never write through a file or link that exists. */
    (void)unlinkat(writer->job.folder, part, 0);
    writer->file = tn__open_at(writer->job.folder, part, O_WRONLY | O_CREAT | O_EXCL);
    if (writer->file < 0)
        return tn__fail_write(writer->job.path, part);
    writer->number = number;
    writer->size = writer->n_records = 0;
    writer->entries.size = writer->names.size = writer->files.size = 0;
    make_head(&writer->job, number, first, head);
    return append(writer, head, sizeof head);
}

int tn__shard_add(tn__shard_writer *writer, const tn__shard_item *item, const uint8_t *bytes,
                  size_t n_bytes, tn__pack_entry *entry)
{
    uint8_t raw[TN__SHARD_ENTRY];
    *entry = (tn__pack_entry){.offset = writer->size,
                              .length = n_bytes,
                              .checksum = hash(bytes, n_bytes),
                              .shard = writer->number,
                              .file_bytes = item->input->size,
                              .kind = item->kind};
    tn__put_64(raw, (uint64_t)item->sample);
    tn__put_64(raw + 8, entry->offset);
    tn__put_64(raw + 16, entry->length);
    tn__put_64(raw + 24, entry->checksum);
    tn__put_32(raw + 32, entry->kind);
    tn__put_32(raw + 36, (uint32_t)item->label);
    tn__put_32(raw + 40, (uint32_t)writer->names.size);
    tn__put_32(raw + 44, (uint32_t)strlen(item->name));
    int status = tn__blob_add(&writer->entries, raw, sizeof raw);
    if (status == TN_OK)
        status = tn__blob_add(&writer->names, item->name, strlen(item->name));
    if (status == TN_OK)
        status = tn__input_put(item->input, &writer->files);
    if (status == TN_OK)
        status = append(writer, bytes, n_bytes);
    writer->n_records++;
    return status;
}

/* Appends the list of records and the end of the file. */
static int append_list(tn__shard_writer *writer, uint64_t *checksum)
{
    uint8_t end[TN__SHARD_END];
    tn__put_64(end, writer->size);
    tn__put_64(end + 8, writer->n_records);
    int status = tn__blob_add(&writer->entries, writer->names.bytes, writer->names.size);
    if (status != TN_OK)
        return status;
    *checksum = hash(writer->entries.bytes, writer->entries.size);
    tn__put_64(end + 16, *checksum);
    memcpy(end + 24, shard_magic, TN__PACK_MAGIC);
    status = append(writer, writer->entries.bytes, writer->entries.size);
    return status == TN_OK ? append(writer, end, sizeof end) : status;
}

/* Adds the inputs to the journal before it renames the shard: so each finished shard has inputs. */
int tn__shard_finish(tn__shard_writer *writer)
{
    char part[TN__PACK_SHARD_NAME], name[TN__PACK_SHARD_NAME];
    uint64_t checksum = 0;
    name_part(writer->number, part);
    name_shard(writer->number, name);
    int status = append_list(writer, &checksum);
    if (status == TN_OK && !tn__file_sync(writer->file))
        status = tn__fail_write(writer->job.path, part);
    if (close(writer->file) != 0 && errno != EINTR && status == TN_OK)
        status = tn__fail_write(writer->job.path, part);
    writer->file = -1;
    if (status == TN_OK)
        status = tn__inputs_add(writer->inputs, writer->number, checksum, &writer->files);
    if (status == TN_OK && renameat(writer->job.folder, part, writer->job.folder, name) != 0)
        status = tn__fail_write(writer->job.path, name);
    if (status != TN_OK)
        (void)unlinkat(writer->job.folder, part, 0);
    return status;
}

void tn__shard_drop(tn__shard_writer *writer)
{
    if (writer->file >= 0) {
        char part[TN__PACK_SHARD_NAME];
        name_part(writer->number, part);
        close(writer->file);
        (void)unlinkat(writer->job.folder, part, 0);
        writer->file = -1;
    }
    tn__blob_free(&writer->entries);
    tn__blob_free(&writer->names);
    tn__blob_free(&writer->files);
}

/* Reads the list in an open shard of `size` bytes. */
static int read_list(int file, uint64_t size, uint64_t most, size_t name_bytes,
                     tn__shard_contents *contents)
{
    uint8_t end[TN__SHARD_END];
    tn__blob *const list = &contents->list;
    if (size < TN__SHARD_HEAD + TN__SHARD_END ||
        !tn__read_at(file, end, sizeof end, (int64_t)(size - TN__SHARD_END)))
        return TN_EDECODE;
    const uint64_t at = tn__get_64(end), n = tn__get_64(end + 8);
    const uint64_t list_end = size - TN__SHARD_END;
    if (at < TN__SHARD_HEAD || at > list_end || n == 0 || n > most ||
        n > (list_end - at) / TN__SHARD_ENTRY || list_end - at - n * TN__SHARD_ENTRY > name_bytes)
        return TN_EDECODE;
    list->size = 0;
    const int status = tn__blob_reserve(list, (size_t)(list_end - at));
    if (status != TN_OK)
        return status;
    list->size = (size_t)(list_end - at);
    contents->n_records = (int64_t)n;
    contents->checksum = tn__get_64(end + 16);
    contents->end = at;
    return tn__read_at(file, list->bytes, list->size, (int64_t)at) &&
                   hash(list->bytes, list->size) == contents->checksum
               ? TN_OK
               : TN_EDECODE;
}

bool tn__shard_record_at(const tn__shard_contents *contents, int64_t number, tn__shard_record *out)
{
    const uint8_t *const raw = contents->list.bytes + (size_t)number * TN__SHARD_ENTRY;
    const size_t names_at = (size_t)contents->n_records * TN__SHARD_ENTRY;
    const size_t offset = tn__get_32(raw + 40), names = contents->list.size - names_at;
    *out = (tn__shard_record){.sample = tn__get_64(raw),
                              .label = tn__get_32(raw + 36),
                              .entry = {.offset = tn__get_64(raw + 8),
                                        .length = tn__get_64(raw + 16),
                                        .checksum = tn__get_64(raw + 24),
                                        .kind = tn__get_32(raw + 32)},
                              .name_length = tn__get_32(raw + 44)};
    if (offset > names || out->name_length > names - offset || out->entry.offset > contents->end ||
        out->entry.length > contents->end - out->entry.offset)
        return false;
    out->name = (const char *)contents->list.bytes + names_at + offset;
    return true;
}

static int open_shard(const tn__shard_job *job, const char *name)
{
    const int file = tn__open_at(job->folder, name, O_RDONLY | O_NONBLOCK);
    return file >= 0 ? file : tn__fail_system(errno, "%s/%s", job->path, name);
}

static int fail_other(const tn__shard_job *job, const char *name)
{
    return tn__fail(TN_EINVAL,
                    "%s/%s belongs to another data set or to other options; give another "
                    "folder, or remove this one",
                    job->path, name);
}

int tn__shard_check(const tn__shard_job *job, uint32_t number)
{
    char name[TN__PACK_SHARD_NAME];
    uint8_t head[TN__SHARD_HEAD];
    name_shard(number, name);
    const int file = open_shard(job, name);
    if (file < 0)
        return file;
    const bool ours = tn__read_at(file, head, sizeof head, 0) &&
                      memcmp(head, shard_magic, TN__PACK_MAGIC) == 0 &&
                      tn__get_64(head + TN__SHARD_JOB) == job->id;
    close(file);
    return ours ? TN_OK : fail_other(job, name);
}

int tn__shard_list(const tn__shard_job *job, uint32_t number, int64_t first, int64_t most,
                   size_t name_bytes, tn__shard_contents *contents)
{
    char name[TN__PACK_SHARD_NAME];
    uint8_t head[TN__SHARD_HEAD], wanted[TN__SHARD_HEAD];
    struct stat facts;
    name_shard(number, name);
    make_head(job, number, first, wanted);
    const int file = open_shard(job, name);
    if (file < 0)
        return file;
    int status = TN_EDECODE;
    if (tn__stat_open(file, &facts) && tn__read_at(file, head, sizeof head, 0))
        status =
            memcmp(head, wanted, sizeof head) == 0
                ? read_list(file, (uint64_t)facts.st_size, (uint64_t)most, name_bytes, contents)
                : TN_EINVAL;
    close(file);
    if (status == TN_EDECODE)
        return tn__fail(TN_EDECODE, "%s/%s: the list of its records is damaged", job->path, name);
    return status == TN_EINVAL ? fail_other(job, name) : status;
}
