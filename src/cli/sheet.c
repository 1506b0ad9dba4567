/* SPDX-License-Identifier: MIT */
/* The contact sheet: a title, then tiles in a grid. A tile is an image with lines of text below it:
 * its label, or two labels if the image is a mixture, and, smaller and dimmer, its source.
 *
 * Images are enlarged or reduced by a whole factor, so the sheet shows the very pixels that the
 * consumer gets (enlarged), or averages of them (reduced). */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fail.h"
#include "cli/font.h"
#include "cli/output.h"
#include "cli/png.h"

typedef struct colour {
    uint8_t r, g, b;
} colour;

static const colour BACKGROUND = {24, 26, 30}, BRIGHT = {236, 238, 242}, DIM = {142, 150, 162},
                    FAULT_FILL = {58, 24, 28}, FAULT_LINE = {214, 82, 82},
                    FAULT_TEXT = {246, 196, 192};

enum {
    MARGIN = 24,
    GAP = 14,
    TITLE_H = 58,
    LABEL_H = 20,
    DETAIL_H = 20, /* and the space above the labels */
    MAX_LABELS = 2,
    LABEL_SCALE = 2,
    DETAIL_SCALE = 1,
    SMALLEST_TILE = 128, /* an image is enlarged to at least this, to leave space for its label */
    LARGEST_TILE = 320,
    MAX_TILES = 1024,
    MAX_SIDE = 1 << 20
};

struct tncli_sheet {
    int32_t n_tiles, columns;
    int32_t n_labels, caption_h;
    int32_t tile_w, tile_h;
    int32_t up, down; /* one of the two is 1 */
    int32_t w, h;
    uint8_t *rgb;
};

static void put(tncli_sheet *sheet, int32_t x, int32_t y, colour c)
{
    if (x < 0 || y < 0 || x >= sheet->w || y >= sheet->h)
        return;
    uint8_t *const at = sheet->rgb + 3 * ((size_t)y * (size_t)sheet->w + (size_t)x);
    at[0] = c.r;
    at[1] = c.g;
    at[2] = c.b;
}

static void fill(tncli_sheet *sheet, int32_t x0, int32_t y0, int32_t w, int32_t h, colour c)
{
    for (int32_t y = y0; y < y0 + h; y++)
        for (int32_t x = x0; x < x0 + w; x++)
            put(sheet, x, y, c);
}

static void draw_glyph(tncli_sheet *sheet, int32_t x, int32_t y, int32_t scale, uint32_t character,
                       colour c)
{
    const uint8_t *const rows = tn__font_glyph(character);
    for (int32_t row = 0; row < TN__GLYPH_H; row++)
        for (int32_t column = 0; column < TN__GLYPH_W; column++)
            if (rows[row] >> (TN__GLYPH_W - 1 - column) & 1)
                fill(sheet, x + column * scale, y + row * scale, scale, scale, c);
}

static int32_t count_characters(const char *text)
{
    int32_t n = 0;
    for (; *text; n++)
        tn__font_next(&text);
    return n;
}

/* Draws one line in at most `room` pixels; a longer one ends with an ellipsis. */
static void draw_line(tncli_sheet *sheet, int32_t x, int32_t y, int32_t room, int32_t scale,
                      const char *text, colour c)
{
    const int32_t advance = TN__GLYPH_ADVANCE * scale;
    const int32_t fits = (room + scale) / advance; /* the last character needs no space after it */
    const bool cut = count_characters(text) > fits;
    for (int32_t i = 0; *text && i < fits; i++) {
        const uint32_t character = tn__font_next(&text);
        draw_glyph(sheet, x + i * advance, y, scale,
                   cut && i == fits - 1 ? TN__GLYPH_ELLIPSIS : character, c);
    }
}

static int32_t count_word(const char *text)
{
    int32_t n = 0;
    for (; *text && *text != ' '; n++)
        tn__font_next(&text);
    return n;
}

/* Draws several lines, broken between words, or within a word that is longer than a line. */
static void draw_block(tncli_sheet *sheet, int32_t x0, int32_t y0, int32_t w, int32_t h,
                       const char *text, colour c)
{
    const int32_t line_h = (TN__GLYPH_H + 3) * DETAIL_SCALE;
    const int32_t advance = TN__GLYPH_ADVANCE * DETAIL_SCALE;
    const int32_t fits = w / advance;
    int32_t column = 0, y = y0;
    for (bool word_begins = true; *text && y + line_h <= y0 + h;) {
        const int32_t word = count_word(text);
        if (column >= fits || (word_begins && word <= fits && column + word > fits)) {
            column = 0;
            y += line_h;
            continue;
        }
        const uint32_t character = tn__font_next(&text);
        word_begins = character == ' ';
        if (!word_begins || column > 0) /* a line does not begin with a space */
            draw_glyph(sheet, x0 + column++ * advance, y, DETAIL_SCALE, character, c);
    }
}

static void choose_scale(tncli_sheet *sheet, int32_t width, int32_t height)
{
    const int32_t side = width > height ? width : height;
    sheet->up = side < SMALLEST_TILE ? (SMALLEST_TILE + side - 1) / side : 1;
    sheet->down = (side + LARGEST_TILE - 1) / LARGEST_TILE;
    sheet->tile_w = width * sheet->up / sheet->down;
    sheet->tile_h = height * sheet->up / sheet->down;
    sheet->tile_w += sheet->tile_w == 0;
    sheet->tile_h += sheet->tile_h == 0;
}

static void choose_grid(tncli_sheet *sheet)
{
    sheet->columns = 1;
    while (sheet->columns * sheet->columns < sheet->n_tiles)
        sheet->columns++;
    const int32_t rows = (sheet->n_tiles + sheet->columns - 1) / sheet->columns;
    sheet->w = 2 * MARGIN + sheet->columns * (sheet->tile_w + GAP) - GAP;
    sheet->h = MARGIN + TITLE_H + rows * (sheet->tile_h + sheet->caption_h + GAP) - GAP + MARGIN;
}

tncli_sheet *tncli_sheet_create(int32_t n_tiles, int32_t width, int32_t height, int32_t n_labels)
{
    if (n_tiles < 1 || n_tiles > MAX_TILES || width < 1 || height < 1 || width > MAX_SIDE ||
        height > MAX_SIDE || n_labels < 1 || n_labels > MAX_LABELS) {
        tn__program_fail(TN_EINVAL, "contact sheet: %d tiles of %d x %d are out of range", n_tiles,
                         width, height);
        return NULL;
    }
    tncli_sheet *const sheet = calloc(1, sizeof *sheet);
    if (!sheet) {
        tn__program_fail_memory("a contact sheet", sizeof *sheet);
        return NULL;
    }
    sheet->n_tiles = n_tiles;
    sheet->n_labels = n_labels;
    sheet->caption_h = n_labels * LABEL_H + DETAIL_H;
    choose_scale(sheet, width, height);
    choose_grid(sheet);
    const size_t n_bytes = (size_t)sheet->w * (size_t)sheet->h * 3;
    sheet->rgb = malloc(n_bytes);
    if (!sheet->rgb) {
        free(sheet);
        tn__program_fail_memory("a contact sheet", n_bytes);
        return NULL;
    }
    fill(sheet, 0, 0, sheet->w, sheet->h, BACKGROUND);
    return sheet;
}

void tncli_sheet_destroy(tncli_sheet *sheet)
{
    if (sheet)
        free(sheet->rgb);
    free(sheet);
}

void tncli_sheet_title(tncli_sheet *sheet, const char *title, const char *detail)
{
    const int32_t room = sheet->w - 2 * MARGIN;
    draw_line(sheet, MARGIN, MARGIN, room, LABEL_SCALE, title, BRIGHT);
    draw_line(sheet, MARGIN, MARGIN + 26, room, DETAIL_SCALE, detail, DIM);
}

static int32_t tile_x(const tncli_sheet *sheet, int32_t tile)
{
    return MARGIN + tile % sheet->columns * (sheet->tile_w + GAP);
}

static int32_t tile_y(const tncli_sheet *sheet, int32_t tile)
{
    return MARGIN + TITLE_H + tile / sheet->columns * (sheet->tile_h + sheet->caption_h + GAP);
}

/* The image's planes, for any strides. */
typedef struct picture {
    const uint8_t *data;
    int64_t w, h, channels;
    int64_t step_x, step_y, step_c;
} picture;

/* The rounded mean of the source pixels for one pixel of the tile. */
static uint8_t average(const picture *p, int64_t c, int64_t x0, int64_t y0, int32_t n)
{
    int64_t sum = 0, count = 0;
    for (int64_t y = y0; y < y0 + n && y < p->h; y++)
        for (int64_t x = x0; x < x0 + n && x < p->w; x++, count++)
            sum += p->data[c * p->step_c + y * p->step_y + x * p->step_x];
    return (uint8_t)(count ? (sum + count / 2) / count : 0);
}

static void draw_picture(tncli_sheet *sheet, int32_t tile, const picture *p)
{
    const int64_t green = p->channels > 2 ? 1 : 0, blue = p->channels > 2 ? 2 : 0;
    for (int32_t y = 0; y < sheet->tile_h; y++)
        for (int32_t x = 0; x < sheet->tile_w; x++) {
            const int64_t px = (int64_t)x * sheet->down / sheet->up;
            const int64_t py = (int64_t)y * sheet->down / sheet->up;
            const colour c = {average(p, 0, px, py, sheet->down),
                              average(p, green, px, py, sheet->down),
                              average(p, blue, px, py, sheet->down)};
            put(sheet, tile_x(sheet, tile) + x, tile_y(sheet, tile) + y, c);
        }
}

int32_t tncli_sheet_image(tncli_sheet *sheet, int32_t tile, const tn_tensor *images, int32_t row,
                          int32_t layout)
{
    if (images->dtype != TN_U8 || images->ndim != 4 || row < 0 || row >= images->shape[0] ||
        tile < 0 || tile >= sheet->n_tiles)
        return tn__program_fail(TN_EINVAL,
                                "contact sheet: row %d must be one of a u8 tensor of 4 dimensions, "
                                "and tile %d one of the sheet",
                                row, tile);
    const int c = layout == TN_NHWC ? 3 : 1, y = layout == TN_NHWC ? 1 : 2, x = y + 1;
    const picture p = {
        .data = (const uint8_t *)images->data + row * images->strides[0],
        .w = images->shape[x],
        .h = images->shape[y],
        .channels = images->shape[c],
        .step_x = images->strides[x],
        .step_y = images->strides[y],
        .step_c = images->strides[c],
    };
    draw_picture(sheet, tile, &p);
    return TN_OK;
}

void tncli_sheet_fault(tncli_sheet *sheet, int32_t tile, const char *message)
{
    if (tile < 0 || tile >= sheet->n_tiles)
        return;
    const int32_t x = tile_x(sheet, tile), y = tile_y(sheet, tile), border = 2, pad = 12;
    const int32_t w = sheet->tile_w, h = sheet->tile_h;
    fill(sheet, x, y, w, h, FAULT_LINE);
    fill(sheet, x + border, y + border, w - 2 * border, h - 2 * border, FAULT_FILL);
    draw_line(sheet, x + pad, y + pad, w - 2 * pad, LABEL_SCALE, "fault", FAULT_LINE);
    draw_block(sheet, x + pad, y + pad + 30, w - 2 * pad, h - 2 * pad - 30, message, FAULT_TEXT);
}

void tncli_sheet_label(tncli_sheet *sheet, int32_t tile, const char *label, const char *second,
                       const char *detail)
{
    if (tile < 0 || tile >= sheet->n_tiles)
        return;
    const int32_t x = tile_x(sheet, tile), y = tile_y(sheet, tile) + sheet->tile_h;
    draw_line(sheet, x, y + 7, sheet->tile_w, LABEL_SCALE, label, BRIGHT);
    if (sheet->n_labels > 1)
        draw_line(sheet, x, y + 7 + LABEL_H, sheet->tile_w, LABEL_SCALE, second, BRIGHT);
    draw_line(sheet, x, y + 7 + sheet->n_labels * LABEL_H, sheet->tile_w, DETAIL_SCALE, detail,
              DIM);
}

int32_t tncli_sheet_write(const tncli_sheet *sheet, const char *path)
{
    tn__program_output output;
    int status = tn__program_output_open(&output, path);
    if (status != TN_OK)
        return status;
    status = tn__png_write(output.file, path, sheet->rgb, sheet->w, sheet->h);
    return tn__program_output_close(&output, status);
}
