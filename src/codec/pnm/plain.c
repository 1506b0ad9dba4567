/* SPDX-License-Identifier: MIT */
/* Reads numbers that are text. See plain.h.
 *
 * White space separates them. A comment reaches from # to the end of the line, and joins what
 * stands on both sides of it. Pillow reads such a file in blocks of 1 MiB, and looks at the whole
 * block in which the image ends. */
#include "codec/pnm/plain.h"

#include "base/error.h"

enum { BLOCK_BYTES = 1 << 20 };

/* Returns the next byte that is not in a comment, before offset `end`; -1: there is none. */
static int next_byte(tn__pnm_plain *plain, size_t end)
{
    bool comment = false;
    while (plain->at < end) {
        const uint8_t byte = plain->bytes.data[plain->at++];
        if (byte == '#')
            comment = true;
        else if (!comment)
            return byte;
        else if (byte == '\n' || byte == '\r')
            comment = false;
    }
    return -1;
}

static int next_bit(tn__pnm_plain *plain, size_t end, int32_t *value)
{
    int byte = next_byte(plain, end);
    while (byte >= 0 && tn__pnm_is_space((uint8_t)byte))
        byte = next_byte(plain, end);
    if (byte >= 0 && byte != '0' && byte != '1')
        return tn__fail(TN_EDECODE, "broken PNM: a bit that is neither 0 nor 1");
    *value = byte < 0 ? -1 : byte - '0';
    return TN_OK;
}

static int fail_short(void)
{
    return tn__fail(TN_EDECODE, "truncated PNM: the data ends before the last pixel");
}

static int check_value(const tn__pnm_plain *plain, const char *token, size_t length, int32_t *out)
{
    int64_t value;
    if (!tn__pnm_number(token, length, &value))
        return tn__fail(TN_EDECODE, "broken PNM: text among its numbers");
    if (value < 0 || value > plain->max)
        return tn__fail(TN_EDECODE, "broken PNM: the number %lld; its largest value is %d",
                        (long long)value, plain->max);
    *out = (int32_t)value;
    return TN_OK;
}

int tn__pnm_plain_next(tn__pnm_plain *plain, int32_t *value)
{
    if (plain->bits) {
        const int status = next_bit(plain, plain->bytes.size, value);
        return status == TN_OK && *value < 0 ? fail_short() : status;
    }
    char token[TN__PNM_TOKEN_BYTES];
    size_t length = 0;
    for (;;) {
        const int byte = next_byte(plain, plain->bytes.size);
        const bool separates = byte < 0 || tn__pnm_is_space((uint8_t)byte);
        if (separates && length > 0)
            return check_value(plain, token, length, value);
        if (byte < 0)
            return fail_short();
        if (separates)
            continue;
        if (length == sizeof token)
            return tn__fail(TN_EDECODE, "broken PNM: a number is too long");
        token[length++] = (char)byte;
    }
}

/* End of the block that has the last byte that was read. */
static size_t block_end(const tn__pnm_plain *plain)
{
    const size_t n_blocks = (plain->at - plain->begin + BLOCK_BYTES - 1) / BLOCK_BYTES;
    const size_t left = plain->bytes.size - plain->begin;
    return n_blocks * BLOCK_BYTES < left ? plain->begin + n_blocks * BLOCK_BYTES
                                         : plain->bytes.size;
}

int tn__pnm_plain_end(tn__pnm_plain *plain)
{
    const size_t end = block_end(plain);
    int32_t value = 0;
    int status = TN_OK;
    while (plain->bits && status == TN_OK && value >= 0)
        status = next_bit(plain, end, &value);
    size_t length = 0;
    for (int byte = 0; !plain->bits && (byte = next_byte(plain, end)) >= 0;)
        length = tn__pnm_is_space((uint8_t)byte) ? 0 : length + 1;
    if (length > TN__PNM_TOKEN_BYTES)
        return tn__fail(TN_EDECODE, "broken PNM: a number after the last pixel is too long");
    return status;
}
