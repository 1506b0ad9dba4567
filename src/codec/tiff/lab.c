/* SPDX-License-Identifier: MIT */
/* Converts L*a*b*. See lab.h. */
#include "codec/tiff/lab.h"

#include <lcms2.h>
#include <pthread.h>
#include <stddef.h>

static cmsHTRANSFORM transform;

/* Pillow has the numbers of version 2, and perceptual intent. A context of our own has none of the
 * host's plugins and handlers. */
static void make_transform(void)
{
    const cmsUInt32Number lab_bytes = COLORSPACE_SH(PT_LabV2) | CHANNELS_SH(3) | BYTES_SH(1);
    cmsContext context = cmsCreateContext(NULL, NULL);
    if (!context)
        return;
    cmsHPROFILE lab = cmsCreateLab2ProfileTHR(context, NULL);
    cmsHPROFILE rgb = cmsCreate_sRGBProfileTHR(context);
    if (lab && rgb)
        transform =
            cmsCreateTransformTHR(context, lab, lab_bytes, rgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    if (lab)
        cmsCloseProfile(lab);
    if (rgb)
        cmsCloseProfile(rgb);
    if (!transform)
        cmsDeleteContext(context);
}

bool tn__tiff_lab_ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_transform);
    return transform != NULL;
}

void tn__tiff_lab_convert(const uint8_t *lab, int32_t n, uint8_t *rgb)
{
    enum { SIGN = 0x80 };
    for (ptrdiff_t at = 0; at < (ptrdiff_t)n * 3; at += 3) {
        rgb[at] = lab[at];
        rgb[at + 1] = lab[at + 1] ^ SIGN;
        rgb[at + 2] = lab[at + 2] ^ SIGN;
    }
    cmsDoTransform(transform, rgb, rgb, (cmsUInt32Number)n);
}
