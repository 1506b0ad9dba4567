/* SPDX-License-Identifier: MIT */
/* Embeds the fat binary as bytes. See image.h. The build defines its path and what it contains. */
#include "cuda/image.h"

#ifdef TENCH_CUDA_IMAGE

__asm__(".pushsection .rodata\n"
        ".balign 64\n"
        ".hidden tn__cuda_image_begin\n"
        ".global tn__cuda_image_begin\n"
        "tn__cuda_image_begin:\n"
        ".incbin \"" TENCH_CUDA_IMAGE "\"\n"
        ".hidden tn__cuda_image_end\n"
        ".global tn__cuda_image_end\n"
        "tn__cuda_image_end:\n"
        ".popsection\n");
__attribute__((visibility("hidden"))) extern const char tn__cuda_image_begin[];
__attribute__((visibility("hidden"))) extern const char tn__cuda_image_end[];

tn__cuda_image tn__cuda_image_get(void)
{
    const ptrdiff_t n_bytes = tn__cuda_image_end - tn__cuda_image_begin;
    return (tn__cuda_image){tn__cuda_image_begin, (size_t)n_bytes, TENCH_CUDA_TOOLKIT,
                            TENCH_CUDA_ARCHS};
}

#else

tn__cuda_image tn__cuda_image_get(void)
{
    return (tn__cuda_image){NULL, 0, 0, TENCH_CUDA_WHY};
}

#endif
