/* SPDX-License-Identifier: MIT */
/* What a mode makes of a file. See info.h. */
#include "plan/info.h"

#include "base/error.h"
#include "tench.h"

int32_t tn__info_channels(const tn__info *info, int32_t mode)
{
    switch (mode) {
    case TN_GREY:
    case TN_INDICES: return 1;
    case TN_RGBA: return 4;
    case TN_KEEP: return info->channels;
    default: return 3;
    }
}

int32_t tn__info_bits(const tn__info *info, int32_t mode)
{
    return mode == TN_KEEP ? info->bits : 8;
}

int32_t tn__info_turn(const tn__info *info, bool orient)
{
    return orient || info->always_turned ? info->orientation : 1;
}

bool tn__info_has_mode(const tn__info *info, int32_t mode)
{
    const bool is_grey = info->channels == 1 && info->file_bits <= 8;
    return mode != TN_INDICES || info->has_palette || is_grey;
}

int tn__info_check_mode(const tn__info *info, int32_t mode)
{
    if (tn__info_has_mode(info, mode))
        return TN_OK;
    return tn__fail(TN_EDECODE,
                    "%s file with %d channel%s of %d bits: the mode index takes palettes, and grey "
                    "of up to 8 bits",
                    info->format, info->file_channels, info->file_channels == 1 ? "" : "s",
                    info->file_bits);
}

int tn__info_fail_changed(const char *format)
{
    return tn__fail(TN_EDECODE, "%s whose header changed while it was read", format);
}
