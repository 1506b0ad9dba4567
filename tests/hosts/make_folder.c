/* SPDX-License-Identifier: MIT */
/* Makes the class folder that the hosts load: make_folder FOLDER writes FOLDER/{ash,birch}/N.jpg,
 * five small gradients each. */
#include <stdio.h>

#include <jpeglib.h>
#include <sys/stat.h>

enum { SIDE = 80, N_IMAGES = 5, QUALITY = 90 };

static void write_rows(j_compress_ptr jpeg, int red)
{
    JSAMPLE row[SIDE * 3];
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            row[3 * x] = (JSAMPLE)red;
            row[3 * x + 1] = (JSAMPLE)(3 * x);
            row[3 * x + 2] = (JSAMPLE)(3 * y);
        }
        JSAMPROW rows[1] = {row};
        jpeg_write_scanlines(jpeg, rows, 1);
    }
}

static int write_image(const char *path, int red)
{
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        return 1;
    }
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct jpeg = {.err = jpeg_std_error(&errors)};
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = jpeg.image_height = SIDE;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, QUALITY, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    write_rows(&jpeg, red);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return fclose(file) != 0;
}

int main(int argc, char **argv)
{
    static const char *const classes[] = {"ash", "birch"};
    if (argc != 2)
        return 2;
    mkdir(argv[1], 0777);
    for (int class = 0; class < 2; class ++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], classes[class]);
        mkdir(path, 0777);
        for (int image = 0; image < N_IMAGES; image++) {
            snprintf(path, sizeof path, "%s/%s/%d.jpg", argv[1], classes[class], image);
            if (write_image(path, 100 * class + 20 * image))
                return 1;
        }
    }
    return 0;
}
