/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 and what they look like. See character.h. */
#include "base/character.h"

tn__character tn__character_at(const char *text, size_t n_bytes)
{
    static const struct {
        unsigned char mask, lead;
        uint8_t n_bytes;
        uint32_t min;
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xE0, 0xC0, 2, 0x80},
                 {0xF0, 0xE0, 3, 0x800},
                 {0xF8, 0xF0, 4, 0x10000}};
    const unsigned char *const s = (const unsigned char *)text;
    const tn__character byte = {s[0], 1, false};
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if ((s[0] & forms[f].mask) != forms[f].lead)
            continue;
        if (forms[f].n_bytes > n_bytes)
            return byte;
        uint32_t point = s[0] & (unsigned char)~forms[f].mask;
        for (size_t i = 1; i < forms[f].n_bytes; i++) {
            if ((s[i] & 0xC0) != 0x80)
                return byte;
            point = point << 6 | (s[i] & 0x3F);
        }
        const bool surrogate = point >= 0xD800 && point < 0xE000;
        if (point < forms[f].min || point > 0x10FFFF || surrogate)
            return byte;
        return (tn__character){point, forms[f].n_bytes, true};
    }
    return byte;
}

typedef struct range {
    uint32_t first, last;
} range;

/* Searches ranges that are sorted by their numbers. */
static bool is_in(const range *ranges, size_t n, uint32_t point)
{
    for (size_t r = 0; r < n && ranges[r].first <= point; r++)
        if (point <= ranges[r].last)
            return true;
    return false;
}

/* Unicode 16: the categories Cc, Cf, Zl, Zp and Cs, and the fillers, which are letters without ink.
 */
static const range hidden[] = {
    {0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},
    {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},
    {0x890, 0x891},     {0x8E2, 0x8E2},     {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xD800, 0xDFFF},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

/* Unicode 16: characters that East Asian fonts draw in two columns (categories W and F). Gaps
 * between scripts, which have no characters, are included. */
static const range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26CE, 0x26CE},   {0x2753, 0x2755},
    {0x2795, 0x2797},   {0x2B1B, 0x2B1C},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
    {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18DFF}, {0x1AFF0, 0x1B2FF},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static const range combining[] = {
    {0x300, 0x36F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

bool tn__character_is_hidden(uint32_t point)
{
    return is_in(hidden, sizeof hidden / sizeof *hidden, point);
}

int tn__character_columns(uint32_t point)
{
    if (is_in(combining, sizeof combining / sizeof *combining, point))
        return 0;
    return is_in(wide, sizeof wide / sizeof *wide, point) ? 2 : 1;
}
