/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads zips, and inflates their members.
 *
 * An input is a zip. For any contents, the data of members that are found lie in the file, and a
 * member is inflated to the length that the directory tells, or refused. Labels of StyleGAN, which
 * any member may have, are classes. */
#include <stdlib.h>

#include "data/deflated.h"
#include "data/zip/labels.h"
#include "data/zip/reader.h"
#include "memory.h"
#include "target.h"

enum { MOST_BYTES = 1 << 20 }; /* of a member's contents */

static int memory; /* a file that has the input */

static void read_member(const tn__zip *zip, const tn__zip_member *member, size_t size)
{
    int64_t offset = 0, length = 0;
    if (tn__zip_find(zip, member, &offset) != TN_OK)
        return;
    if (offset < 0 || member->length < 0 || member->length > (int64_t)size - offset)
        abort();
    tn__listed_place place = {.offset = offset, .length = member->length};
    place.coding =
        (tn__coding){.is_coded = true, .number = member->sum, .content = member->content};
    const tn__extent extent = {.max_bytes = MOST_BYTES, .room = SIZE_MAX};
    tn__buffer buffer = {0};
    if (tn__deflated_read(NULL, memory_files(), &place, extent, &buffer, &length) == TN_OK &&
        (int64_t)buffer.size != member->content)
        abort();
    tn__buffer_free(&buffer);
}

/* Takes the member for dataset.json, and gives its labels to one sample. */
static void read_labels(const tn__zip *zip, const tn__zip_member *member, size_t size)
{
    static const char name[] = "00000/img00000000.png";
    const tn__container_file file = {.descriptor = memory, .bytes = (int64_t)size};
    tn__draft draft = {0};
    const tn__found found = {
        .name = name, .n_name = sizeof name - 1, .class_name = "00000", .n_class_name = 5};
    int64_t offset = 0;
    if (member->content > MOST_BYTES || tn__zip_find(zip, member, &offset) != TN_OK)
        return;
    if (tn__draft_add(&draft, &found) != TN_OK)
        abort();
    if (tn__zip_label(&file, member, offset, &draft) == TN_OK &&
        (draft.samples[0].label < -2 || draft.samples[0].label >= TN__MAX_CLASSES))
        abort();
    tn__draft_free(&draft);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tn__zip zip;
    tn__zip_member member;
    memory = memory_file(bytes, size);
    int status = tn__zip_open(memory, (int64_t)size, &zip);
    while (status == TN_OK && (status = tn__zip_next(&zip, &member)) == TN_OK) {
        read_member(&zip, &member, size);
        read_labels(&zip, &member, size);
    }
    tn__zip_close(&zip);
    return 0;
}
