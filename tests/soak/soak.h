/* SPDX-License-Identifier: MIT */
/* Soak tests: sequences of random actions, each in its own process, for a given time.
 *
 * A sequence is a function of (seed, number), except for the timing of threads and signals. A
 * process that crashes, fails, or takes too much time or memory is a finding: the program prints
 * how to run that sequence again, and ends. */
#ifndef TENCH_TESTS_SOAK_H
#define TENCH_TESTS_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SOAK_SANITIZED = 1 };
#else
enum { SOAK_SANITIZED = 0 };
#endif
enum { SOAK_PATH = 4096 };

/* Random numbers (splitmix64). */
typedef struct soak_random {
    uint64_t state;
} soak_random;
uint64_t soak_bits(soak_random *random);
/* Returns a number in 0…n − 1; n is at least 1. */
int32_t soak_below(soak_random *random, int32_t n);
bool soak_chance(soak_random *random, int32_t percent);

typedef struct soak_options {
    const char *name; /* name of the program, for messages */
    uint64_t seed;
    int seconds;        /* 0: run one sequence */
    uint64_t number;    /* number of the first sequence */
    const char *more;   /* arguments for running one sequence again, or "" */
    const char *folder; /* for files; removed at the end */
} soak_options;

/* Reads SEED SECONDS [NUMBER], and makes the folder below TMPDIR. False: the arguments are wrong.
 */
bool soak_begin(soak_options *options, const char *name, int argc, char **argv);
/* Returns zeroed memory that `prepare`, the sequences and the program share. A failure ends the
 * program. */
void *soak_share(size_t n_bytes);
/* Runs `prepare` in its own process, then sequences until the time is over. Returns the exit status
 * of the program. */
int soak_run(const soak_options *options, void (*prepare)(const soak_options *),
             void (*sequence)(const soak_options *, soak_random *));

/* Ends the sequence as a finding. */
_Noreturn void soak_fail(const char *form, ...) __attribute__((format(printf, 1, 2)));
/* Reports, once in each process, that a part cannot run on this machine. */
void soak_skip(const char *part, const char *reason);

/* Handle files. Failures end the process, because the machine is the cause. */
void soak_path(char out[SOAK_PATH], const char *form, ...) __attribute__((format(printf, 2, 3)));
void soak_write(const char *path, const void *bytes, size_t n_bytes);
/* Returns memory for the caller to free. NULL: the file does not exist. */
uint8_t *soak_read(const char *path, size_t *n_bytes);
void soak_copy(const char *from, const char *to); /* copies a file */
void soak_copy_folder(const char *from, const char *to);
void soak_remove(const char *path); /* a file or a folder with its contents, or nothing */
/* Finds a file or folder that only one of two folders has, or whose contents differ. Ignores names
 * that begin with `skipped`, unless it is NULL. */
bool soak_differ(const char *a, const char *b, const char *skipped, char out[SOAK_PATH]);
/* Finds a name in a folder that begins with `beginning` and is not in `names`, which may have
 * wildcards and end with NULL. */
bool soak_other_name(const char *folder, const char *beginning, const char *const *names,
                     char out[SOAK_PATH]);
/* Makes a class folder of JPEGs of all kinds, and a few files that are broken or no images. */
void soak_make_images(const char *root, int n_images, bool broken);

#endif
