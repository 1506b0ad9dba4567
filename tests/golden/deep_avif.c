/* SPDX-License-Identifier: MIT */
/* Writes an AVIF of 10 or 12 bits, which Pillow does not write, for make_avif.py:
 *
 *     deep_avif OUT WIDTH HEIGHT BITS FORMAT RANGE MATRIX ALPHA
 *
 * FORMAT, RANGE and MATRIX are libavif's numbers. ALPHA is 0 (none), 1, or 2 (colours are
 * multiplied by it). The samples are waves with some noise. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <avif/avif.h>

static void fill(uint8_t *plane, uint32_t row_bytes, uint32_t w, uint32_t h, uint32_t most,
                 int turn)
{
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            const double noise = (double)((x * 7919 + y * 104729 + x * y * 31) % 100) / 1000;
            const double wave = 0.45 + 0.45 * sin(x * 0.11 * turn + y * 0.07) + noise;
            uint16_t *const row = (uint16_t *)(void *)(plane + (size_t)y * row_bytes);
            row[x] = (uint16_t)(wave * most);
        }
}

static void fill_image(avifImage *image)
{
    avifPixelFormatInfo info;
    avifGetPixelFormatInfo(image->yuvFormat, &info);
    const uint32_t most = (1u << image->depth) - 1;
    for (int k = 0; k < 3; k++) {
        const uint32_t right = k > 0 ? (uint32_t)info.chromaShiftX : 0,
                       down = k > 0 ? (uint32_t)info.chromaShiftY : 0;
        if (image->yuvPlanes[k])
            fill(image->yuvPlanes[k], image->yuvRowBytes[k], (image->width + right) >> right,
                 (image->height + down) >> down, most, k + 1);
    }
    if (image->alphaPlane)
        fill(image->alphaPlane, image->alphaRowBytes, image->width, image->height, most, 5);
}

static int write_image(const char *path, const avifImage *image)
{
    avifEncoder *const encoder = avifEncoderCreate();
    avifRWData out = AVIF_DATA_EMPTY;
    encoder->speed = 9;
    encoder->minQuantizer = encoder->maxQuantizer = 20;
    encoder->minQuantizerAlpha = encoder->maxQuantizerAlpha = 20;
    const avifResult result = avifEncoderWrite(encoder, image, &out);
    FILE *const file = result == AVIF_RESULT_OK ? fopen(path, "wb") : NULL;
    const int done = file && fwrite(out.data, out.size, 1, file) == 1 && fclose(file) == 0;
    avifRWDataFree(&out);
    avifEncoderDestroy(encoder);
    return done ? 0 : 1;
}

int main(int n, char **words)
{
    long v[9];
    if (n != 9)
        return 2;
    for (int k = 2; k < n; k++)
        v[k] = strtol(words[k], NULL, 10);
    avifImage *const image =
        avifImageCreate((uint32_t)v[2], (uint32_t)v[3], (uint32_t)v[4], (avifPixelFormat)v[5]);
    image->yuvRange = (avifRange)v[6];
    image->matrixCoefficients = (avifMatrixCoefficients)v[7];
    image->alphaPremultiplied = v[8] == 2;
    avifImageAllocatePlanes(image, AVIF_PLANES_YUV | (v[8] > 0 ? AVIF_PLANES_A : 0));
    fill_image(image);
    const int status = write_image(words[1], image);
    avifImageDestroy(image);
    return status;
}
