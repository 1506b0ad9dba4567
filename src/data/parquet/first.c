/* SPDX-License-Identifier: MIT */
/* Reads the first Parquet file of a folder. See first.h. */
#include "data/parquet/first.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/text.h"
#include "data/parquet/columns.h"
#include "data/shards.h"

int tn__parquet_read_file(const char *folder, const char *name, tn__parquet_meta *out)
{
    tn__text path = {0};
    struct stat facts = {0};
    *out = (tn__parquet_meta){0};
    tn__text_printf(&path, "%s/%s", folder, name);
    if (path.failed)
        return tn__fail_memory("a path", path.capacity);
    const int file = tn__open(path.chars, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    int status = file < 0 || !tn__stat_open(file, &facts) ? tn__fail_errno(errno) : TN_OK;
    if (status == TN_OK && !S_ISREG(facts.st_mode))
        status = tn__fail(TN_EIO, "is not a regular file");
    if (status == TN_OK)
        status = tn__parquet_read(file, facts.st_size, out);
    if (file >= 0)
        close(file);
    tn__text_free(&path);
    return status;
}

/* Looks at one file. One that is damaged counts as one with images: opening it says what is wrong.
 */
static int look_at(const char *folder, const char *name)
{
    static const tn__parquet_wish any = {.image = NULL};
    tn__parquet_meta meta;
    tn__parquet_columns columns = {0};
    int status = tn__parquet_read_file(folder, name, &meta);
    const bool is_damaged = status != TN_OK && status != TN_ENOMEM;
    if (status == TN_OK)
        status = tn__parquet_choose(&meta, &any, &columns);
    const bool has_images = columns.image.length > 0;
    tn__parquet_columns_free(&columns);
    tn__parquet_free(&meta);
    if (status == TN_ENOMEM)
        return status;
    return has_images || is_damaged;
}

int tn__parquet_has_images(const char *folder)
{
    tn__shards files = {0};
    int answer = tn__shards_find(folder, ".parquet", folder, &files);
    if (answer == TN_OK && files.n > 0)
        answer = look_at(folder, files.names[0]);
    tn__shards_free(&files);
    return answer;
}
