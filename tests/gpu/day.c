/* SPDX-License-Identifier: MIT */
/* Tests a machine with a GPU part by part: day PART [KEY=VALUE…]. tests/gpu/day.sh runs all parts
 * and turns their lines of JSON into a table. With device=fake the parts run completely on a
 * machine without a GPU, but their figures mean nothing. */
#include <stdio.h>
#include <string.h>

#include "day.h"

day_settings day = {.images = 256,
                    .size = 224,
                    .rounds = 6,
                    .repeats = 20,
                    .batches = 200,
                    .leak = 10000,
                    .step_ms = 20,
                    .device = "cuda",
                    .data = "tests/data/shapes"};

static const struct {
    const char *name;
    int (*run)(void);
} parts[] = {{"check", day_check},
             {"kernels", day_kernels},
             {"uploads", day_uploads},
             {"loader", day_loader},
             {"leak", day_leak}};

static bool take_setting(const char *text)
{
    static const struct {
        const char *format;
        int32_t *number;
    } numbers[] = {{"images=%d", &day.images},   {"size=%d", &day.size},
                   {"rounds=%d", &day.rounds},   {"repeats=%d", &day.repeats},
                   {"batches=%d", &day.batches}, {"leak=%d", &day.leak},
                   {"step_ms=%d", &day.step_ms}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sscanf(text, numbers[i].format, numbers[i].number) == 1)
            return true;
    return sscanf(text, "device=%31s", day.device) == 1 ||
           sscanf(text, "data=%1023[^\n]", day.data) == 1;
}

static int usage(void)
{
    fprintf(stderr, "usage: day check|kernels|uploads|loader|leak [images=256] [size=224] "
                    "[rounds=6] [repeats=20] [batches=200] [leak=10000] [step_ms=20] "
                    "[device=cuda|fake] [data=FOLDER]\n");
    return 2;
}

int main(int n, char **arguments)
{
    for (int i = 2; i < n; i++)
        if (!take_setting(arguments[i]))
            return usage();
    for (size_t p = 0; n > 1 && p < sizeof parts / sizeof *parts; p++)
        if (strcmp(parts[p].name, arguments[1]) == 0)
            return parts[p].run();
    return usage();
}
