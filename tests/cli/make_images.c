/* SPDX-License-Identifier: MIT */
/* make_images FOLDER N: writes a small class folder of JPEGs, the same on every machine: N images
 * in each of three classes, of different sizes, with names that need care. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <jpeglib.h>

static const char *const classes[] = {"n01 two words", "n02 \xC3\xA9t\xC3\xA9", "n03"};

/* Draws slow and fast waves, so that no two places look the same. */
static void fill_row(JSAMPLE *row, int width, int y, int number)
{
    for (int x = 0; x < width; x++, row += 3) {
        row[0] = (JSAMPLE)(x * 255 / width);
        row[1] = (JSAMPLE)((x * (number + 2) + y * 5) & 255);
        row[2] = (JSAMPLE)(((x / 16 + y / 16) & 1) * 160 + number * 7 % 80);
    }
}

static int write_image(const char *path, int width, int height, int number)
{
    static JSAMPLE row[3 * 400];
    FILE *const file = fopen(path, "wbe");
    if (!file)
        return 1;
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < height; y++) {
        fill_row(row, width, y, number);
        JSAMPROW rows[] = {row};
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return fclose(file) != 0;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const int n = atoi(argv[2]);
    char path[4096];
    mkdir(argv[1], 0777);
    for (int c = 0; c < 3; c++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], classes[c]);
        mkdir(path, 0777);
        for (int i = 0; i < n; i++) {
            const int number = c * n + i;
            snprintf(path, sizeof path, "%s/%s/image %d.jpg", argv[1], classes[c], i);
            if (write_image(path, 90 + 37 * number % 200, 80 + 53 * number % 160, number) != 0) {
                perror(path);
                return 1;
            }
        }
    }
    return 0;
}
