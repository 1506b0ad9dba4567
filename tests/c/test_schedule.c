/* SPDX-License-Identifier: MIT */
/* Checks which positions make up which batch, for any number of ranks and from any resumed place,
 * and which environment variables give rank and world size. */
#include <check.h>
#include <string.h>

#include "base/error.h"
#include "load/schedule.h"
#include "load/world.h"
#include "suite.h"

static tn__schedule make(tn__schedule_options options)
{
    tn__schedule schedule;
    ck_assert_int_eq(tn__schedule_make(&schedule, &options), TN_OK);
    return schedule;
}

/* Each epoch has every position once, in whole batches. */
START_TEST(batches_cover_the_epoch)
{
    static const int32_t cases[][3] = {{0, 4, 1},  {1, 4, 1},  {4, 4, 1},  {5, 4, 1},
                                       {10, 3, 3}, {64, 1, 2}, {7, 100, 0}};
    const int32_t *const c = cases[_i];
    for (int drop = 0; drop < 2; drop++) {
        const tn__schedule schedule = make((tn__schedule_options){
            .n_samples = c[0], .batch_size = c[1], .repeats = c[2], .drop_last = drop != 0});
        const int64_t n = c[0] * (c[2] ? c[2] : 1);
        int64_t position = 0;
        for (int64_t k = 0; k < tn__schedule_count(&schedule, 0); k++) {
            const tn__span span = tn__schedule_at(&schedule, k);
            ck_assert_int_eq(span.batch, k);
            ck_assert_int_eq(span.position, position);
            ck_assert(span.rows == c[1] || (!drop && span.rows > 0 && position + span.rows == n));
            position += span.rows;
        }
        ck_assert_int_eq(position, drop ? n / c[1] * c[1] : n);
    }
}
END_TEST

/* All ranks together get the whole sequence, from any batch on. */
START_TEST(ranks_share_one_sequence)
{
    enum { N = 103, BATCH = 4, BATCHES = 26 };
    static const int32_t worlds[] = {1, 2, 3, 8, 40};
    const int32_t world = worlds[_i];
    for (int even = 0; even < 2; even++)
        for (int64_t first = 0; first <= BATCHES; first++) {
            int seen[BATCHES] = {0};
            for (int32_t rank = 0; rank < world; rank++) {
                const tn__schedule s = make((tn__schedule_options){.n_samples = N,
                                                                   .batch_size = BATCH,
                                                                   .rank = rank,
                                                                   .world_size = world,
                                                                   .even_ranks = even != 0});
                for (int64_t j = 0; j < tn__schedule_count(&s, first); j++)
                    seen[tn__schedule_batch(&s, first, j)]++;
            }
            const int64_t left = BATCHES - first;
            const int64_t end = even ? first + left / world * world : BATCHES;
            for (int64_t k = 0; k < BATCHES; k++)
                ck_assert_int_eq(seen[k], k >= first && k < end);
        }
}
END_TEST

START_TEST(reached_counts_whole_rounds)
{
    tn__schedule s =
        make((tn__schedule_options){.n_samples = 100, .batch_size = 10, .world_size = 3});
    static const int64_t from_0[] = {0, 3, 6, 9, 10}, from_1[] = {1, 4, 7, 10};
    for (int64_t j = 0; j < 5; j++)
        ck_assert_int_eq(tn__schedule_reached(&s, 0, j), from_0[j]);
    for (int64_t j = 0; j < 4; j++)
        ck_assert_int_eq(tn__schedule_reached(&s, 1, j), from_1[j]);
    s.even_ranks = true;
    ck_assert_int_eq(tn__schedule_reached(&s, 0, 2), 6);
    ck_assert_int_eq(tn__schedule_reached(&s, 0, 3), 10);
}
END_TEST

START_TEST(wrong_options_are_named)
{
    static const struct {
        tn__schedule_options options;
        const char *name;
    } cases[] = {
        {{.n_samples = 1, .batch_size = 1, .rank = 1}, "rank"},
        {{.n_samples = 1, .batch_size = 1, .rank = 2, .world_size = 2}, "rank"},
        {{.n_samples = (int64_t)1 << 40, .batch_size = 1, .repeats = 1 << 20}, "positions"},
    };
    tn__schedule schedule;
    ck_assert_int_eq(tn__schedule_make(&schedule, &cases[_i].options), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), cases[_i].name));
}
END_TEST

/* The variables that launchers set, as pairs of name and value. */
static const char *const *environment;

static const char *look_up(const char *name)
{
    for (const char *const *at = environment; *at; at += 2)
        if (strcmp(at[0], name) == 0)
            return at[1];
    return NULL;
}

START_TEST(one_family_of_variables_names_the_world)
{
    static const struct {
        const char *family;
        int32_t rank, size, local_rank, local_size;
        const char *variables[24];
    } cases[] = {
        {"none", 0, 1, 0, 1, {NULL}},
        {"torchrun",
         5,
         8,
         1,
         4,
         {"RANK", "5", "WORLD_SIZE", "8", "LOCAL_RANK", "1", "LOCAL_WORLD_SIZE", "4", NULL}},
        {"Open MPI",
         3,
         4,
         1,
         2,
         {"OMPI_COMM_WORLD_RANK", "3", "OMPI_COMM_WORLD_SIZE", "4", "OMPI_COMM_WORLD_LOCAL_RANK",
          "1", "OMPI_COMM_WORLD_LOCAL_SIZE", "2", "SLURM_PROCID", "0", "SLURM_NTASKS", "4",
          "SLURM_LOCALID", "0", "SLURM_STEP_ID", "0", NULL}},
        {"MPICH",
         1,
         2,
         1,
         2,
         {"PMI_RANK", "1", "PMI_SIZE", "2", "MPI_LOCALRANKID", "1", "MPI_LOCALNRANKS", "2", NULL}},
        {"PALS", 1, 2, 0, 1, {"PALS_RANKID", "1", "PMI_SIZE", "2", "PALS_LOCAL_RANKID", "0", NULL}},
        {"Slurm",
         6,
         8,
         2,
         4,
         {"SLURM_PROCID", "6", "SLURM_NTASKS", "8", "SLURM_LOCALID", "2", "SLURM_STEP_ID", "0",
          "SLURM_NTASKS_PER_NODE", "4", NULL}},
        /* A batch script of Slurm is not one of its tasks, and a rank must be smaller than the
         * world size. */
        {"none",
         0,
         1,
         0,
         1,
         {"SLURM_PROCID", "0", "SLURM_NTASKS", "8", "SLURM_LOCALID", "0", NULL}},
        {"none", 0, 1, 0, 1, {"RANK", "2", "WORLD_SIZE", "2", "LOCAL_RANK", "0", NULL}},
        {"none", 0, 1, 0, 1, {"RANK", "0x1", "WORLD_SIZE", "2", "LOCAL_RANK", "0", NULL}},
    };
    environment = cases[_i].variables;
    const tn__world world = tn__world_find(look_up);
    ck_assert_str_eq(world.family, cases[_i].family);
    ck_assert_int_eq(world.rank, cases[_i].rank);
    ck_assert_int_eq(world.size, cases[_i].size);
    ck_assert_int_eq(world.local_rank, cases[_i].local_rank);
    ck_assert_int_eq(world.local_size, cases[_i].local_size);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("schedule");
    TCase *const tcase = tcase_create("schedule");
    tcase_add_loop_test(tcase, batches_cover_the_epoch, 0, 7);
    tcase_add_loop_test(tcase, ranks_share_one_sequence, 0, 5);
    tcase_add_test(tcase, reached_counts_whole_rounds);
    tcase_add_loop_test(tcase, wrong_options_are_named, 0, 3);
    tcase_add_loop_test(tcase, one_family_of_variables_names_the_world, 0, 9);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
