/* SPDX-License-Identifier: MIT */
/* The ring alone, without threads: each call's effect on the slots, and the changes it returns. */
#include <check.h>
#include <string.h>

#include "fake.h"
#include "load/ring.h"
#include "suite.h"

enum { ROWS = 2, SAMPLES = 7, BATCHES = 4, DEPTH = 2, OUTPUTS = 3 };

typedef struct setup {
    tn__settings settings;
    tn__ring ring;
} setup;

static setup it;

/* A ring of two slots, or with a device of two staging buffers and three outputs. */
static void set_up(bool crosses)
{
    memset(&it, 0, sizeof it);
    const tn_tensor tensors[] = {
        {.name = "image", .dtype = TN_U8, .ndim = 2, .shape = {ROWS, 3}, .strides = {3, 1}},
        {.name = "label", .dtype = TN_I64, .ndim = 1, .shape = {ROWS}, .strides = {1}}};
    const tn__schedule_options schedule = {.n_samples = SAMPLES, .batch_size = ROWS};
    it.settings.transform = fake_transform();
    it.settings.order = TN__SEQUENTIAL;
    it.settings.depth = DEPTH;
    it.settings.max_outputs = crosses ? OUTPUTS : 0;
    it.settings.device = crosses ? (tn__device *)(void *)&it : NULL; /* only compared with NULL */
    ck_assert_int_eq(tn__schedule_make(&it.settings.schedule, &schedule), TN_OK);
    ck_assert_int_eq(tn__layout_make(&it.settings.layout, tensors, 2, ROWS), TN_OK);
    tn__ring_init(&it.ring, &it.settings);
    ck_assert_int_eq(tn__ring_allocate(&it.ring), TN_OK);
}

static void tear_down(void)
{
    tn__ring_free(&it.ring);
    tn__transform_drop(it.settings.transform);
}

static void start(void)
{
    ck_assert_uint_eq(tn__ring_start(&it.ring, 0, 0), TN__RING_ROWS);
}

/* Claims the next row, and says what that changed. */
static tn__turn claim(unsigned expected)
{
    tn__turn turn = {0};
    ck_assert_int_ge(tn__ring_lead(&it.ring), 0);
    ck_assert_uint_eq(tn__ring_claim(&it.ring, &turn), expected);
    return turn;
}

/* Makes all rows of the next batch; returns its slot. */
static tn__slot *fill(unsigned expected)
{
    const tn__turn first = claim(TN__RING_ROWS);
    tn__slot *const slot = &it.ring.slots[first.slot];
    tn__turn turn = first;
    while (slot->unclaimed > 0) {
        ck_assert_uint_eq(tn__ring_finish(&it.ring, &turn), 0);
        turn = claim(slot->unclaimed == 1 ? TN__RING_ROWS : 0);
    }
    ck_assert_uint_eq(tn__ring_finish(&it.ring, &turn), expected);
    return slot;
}

static int32_t take(unsigned expected)
{
    int32_t slot = -1;
    ck_assert(tn__ring_has_next(&it.ring));
    ck_assert_uint_eq(tn__ring_take(&it.ring, &slot), expected);
    ck_assert_int_eq(it.ring.slots[slot].state, TN__OUT);
    return slot;
}

START_TEST(an_epoch_on_the_host)
{
    set_up(false);
    start();
    for (int32_t k = 0; k < BATCHES; k++) {
        ck_assert(!tn__ring_is_ready(&it.ring));
        tn__slot *const slot = fill(TN__RING_READY);
        ck_assert_int_eq(slot->span.batch, k);
        ck_assert_int_eq(slot->state, TN__READY);
        ck_assert(tn__ring_is_ready(&it.ring));
        const int32_t s = take(TN__RING_READY | (k == BATCHES - 1 ? TN__RING_END : 0));
        ck_assert_ptr_eq(&it.ring.slots[s], slot);
        ck_assert_uint_eq(tn__ring_put_back(&it.ring, s), TN__RING_SPACE);
    }
    ck_assert(!it.ring.running && tn__ring_is_ready(&it.ring));
    ck_assert_int_eq(tn__ring_lead(&it.ring), -1);
    ck_assert_uint_eq(tn__ring_stop(&it.ring), 0);
    tear_down();
}
END_TEST

/* Rows come in the order of their batches. The lead is the number of batches that the consumer
 * takes before the one of the next row. */
START_TEST(rows_are_claimed_in_order)
{
    set_up(false);
    start();
    for (int32_t row = 0; row < DEPTH * ROWS; row++) {
        ck_assert_int_eq(tn__ring_lead(&it.ring), row / ROWS);
        const tn__turn turn = claim(TN__RING_ROWS);
        ck_assert_int_eq(turn.place.position, row);
        ck_assert_int_eq(turn.row, row % ROWS);
    }
    ck_assert_int_eq(tn__ring_lead(&it.ring), -1);
    ck_assert(tn__ring_is_starved(&it.ring));
    tear_down();
}
END_TEST

/* A consumer that keeps all slots need not wait for a batch that cannot come. */
START_TEST(all_slots_out)
{
    set_up(false);
    start();
    int32_t kept[DEPTH];
    for (int32_t s = 0; s < DEPTH; s++) {
        fill(TN__RING_READY);
        kept[s] = take(TN__RING_READY);
    }
    ck_assert_int_eq(tn__ring_out(&it.ring), DEPTH);
    ck_assert(tn__ring_is_ready(&it.ring) && !tn__ring_has_next(&it.ring));
    ck_assert(tn__ring_is_starved(&it.ring));
    ck_assert_uint_eq(tn__ring_put_back(&it.ring, kept[0]), TN__RING_SPACE);
    ck_assert(!tn__ring_is_ready(&it.ring) && !tn__ring_is_starved(&it.ring));
    tear_down();
}
END_TEST

/* A stop frees the slots at once, except those in which a worker still makes a row. */
START_TEST(stopped_while_a_row_is_made)
{
    set_up(false);
    start();
    const tn__turn turn = claim(TN__RING_ROWS);
    tn__slot *const slot = &it.ring.slots[turn.slot];
    ck_assert_uint_eq(tn__ring_stop(&it.ring), TN__RING_END);
    ck_assert_int_eq(slot->state, TN__DRAINING);
    start();
    fill(TN__RING_READY);
    ck_assert_int_eq(tn__ring_lead(&it.ring), -1);
    ck_assert_uint_eq(tn__ring_finish(&it.ring, &turn), TN__RING_SPACE);
    ck_assert_int_eq(slot->state, TN__FREE);
    ck_assert_int_eq(tn__ring_lead(&it.ring), 1);
    ck_assert_uint_eq(tn__ring_stop(&it.ring), TN__RING_SPACE | TN__RING_END);
    tear_down();
}
END_TEST

/* Rows are mixed in a second turn, once all are made. */
START_TEST(rows_are_mixed_after_they_are_made)
{
    set_up(false);
    it.ring.mixes = true;
    start();
    tn__slot *const slot = fill(TN__RING_ROWS);
    ck_assert_int_eq(slot->state, TN__MIXING);
    ck_assert_int_eq(tn__ring_lead(&it.ring), 0);
    for (int32_t row = 0; row < ROWS; row++) {
        ck_assert(!tn__ring_is_ready(&it.ring));
        const tn__turn turn = claim(row == ROWS - 1 ? TN__RING_ROWS : 0);
        ck_assert(turn.mixes && turn.row == row);
        ck_assert_uint_eq(tn__ring_finish(&it.ring, &turn), row == ROWS - 1 ? TN__RING_READY : 0);
    }
    ck_assert(tn__ring_has_next(&it.ring));
    tear_down();
}
END_TEST

/* A batch whose row failed is not mixed: only its failure reaches the consumer. */
START_TEST(failed_rows_are_not_mixed)
{
    set_up(false);
    it.ring.mixes = true;
    start();
    tn__turn turn = claim(TN__RING_ROWS);
    tn__slot *const slot = &it.ring.slots[turn.slot];
    slot->outcome[turn.row].status = TN_EDECODE;
    ck_assert_uint_eq(tn__ring_finish(&it.ring, &turn), 0);
    turn = claim(TN__RING_ROWS);
    ck_assert_uint_eq(tn__ring_finish(&it.ring, &turn), TN__RING_READY);
    ck_assert_int_eq(slot->state, TN__READY);
    tear_down();
}
END_TEST

static void send(tn__slot *slot)
{
    ck_assert_ptr_eq(tn__ring_to_send(&it.ring), slot);
    tn__ring_begin_send(slot);
    ck_assert_uint_eq(tn__ring_end_send(&it.ring, slot), TN__RING_READY);
    ck_assert_int_eq(slot->state, TN__SENT);
}

/* The consumer's stream can take a batch that was sent; its thread waits for the confirmation. */
START_TEST(a_batch_crosses_to_a_device)
{
    set_up(true);
    start();
    tn__slot *const slot = fill(TN__RING_READY);
    ck_assert(!tn__ring_has_next(&it.ring));
    send(slot);
    ck_assert_int_eq(it.ring.space, DEPTH - 1);
    ck_assert(!tn__ring_has_next(&it.ring));
    ck_assert_ptr_eq(tn__ring_to_confirm(&it.ring), slot);
    ck_assert_uint_eq(tn__ring_wait_on(&it.ring, true), TN__RING_READY);
    ck_assert_uint_eq(tn__ring_wait_on(&it.ring, true), 0);
    ck_assert(tn__ring_has_next(&it.ring) && !tn__ring_to_confirm(&it.ring));
    tn__ring_wait_on(&it.ring, false);
    ck_assert_uint_eq(tn__ring_confirm(slot), TN__RING_READY);
    tn__ring_put_back(&it.ring, take(TN__RING_READY));
    ck_assert_int_eq(it.ring.space, DEPTH - 1); /* its staging buffer still crosses */
    ck_assert_uint_eq(tn__ring_add_space(&it.ring), TN__RING_SPACE);
    ck_assert_int_eq(it.ring.space, DEPTH);
    tear_down();
}
END_TEST

/* Workers wait for staging buffers, although slots are free. */
START_TEST(staging_buffers_limit_batches)
{
    set_up(true);
    start();
    for (int32_t k = 0; k < DEPTH; k++)
        send(fill(TN__RING_READY));
    ck_assert_int_eq(tn__ring_lead(&it.ring), -1);
    ck_assert(tn__ring_is_starved(&it.ring));
    tn__ring_add_space(&it.ring);
    ck_assert_int_eq(tn__ring_lead(&it.ring), DEPTH);
    ck_assert(!tn__ring_is_starved(&it.ring));
    tear_down();
}
END_TEST

/* The pump sends a batch while the epoch is stopped: the slot is free only after that. */
START_TEST(stopped_while_a_batch_is_sent)
{
    set_up(true);
    start();
    tn__slot *const slot = fill(TN__RING_READY);
    tn__ring_begin_send(slot);
    ck_assert_uint_eq(tn__ring_stop(&it.ring), TN__RING_END);
    ck_assert_uint_eq(tn__ring_end_send(&it.ring, slot), TN__RING_SPACE);
    ck_assert_int_eq(slot->state, TN__FREE);
    ck_assert_int_eq(it.ring.space, DEPTH - 1);
    tear_down();
}
END_TEST

/* A batch with a failed row takes no output, and gives its staging buffer back. */
START_TEST(a_failed_batch_does_not_cross)
{
    set_up(true);
    start();
    tn__slot *const slot = fill(TN__RING_READY);
    ck_assert_uint_eq(tn__ring_skip_send(&it.ring, slot), TN__RING_READY | TN__RING_SPACE);
    ck_assert_int_eq(it.ring.space, DEPTH);
    tn__ring_put_back(&it.ring, take(TN__RING_READY));
    ck_assert_int_eq(it.ring.space, DEPTH);
    tear_down();
}
END_TEST

START_TEST(a_lost_device_ends_the_wait)
{
    set_up(true);
    start();
    ck_assert(!tn__ring_is_ready(&it.ring));
    tn__fail(TN_EDEVICE, "first");
    ck_assert_uint_eq(tn__ring_lose(&it.ring), TN__RING_READY);
    tn__fail(TN_EDEVICE, "second");
    tn__ring_lose(&it.ring);
    ck_assert(tn__ring_is_ready(&it.ring) && !tn__ring_has_next(&it.ring));
    ck_assert_str_eq(it.ring.lost.message, "first");
    tear_down();
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ring");
    TCase *const tcase = tcase_create("ring");
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_test(tcase, an_epoch_on_the_host);
    tcase_add_test(tcase, rows_are_claimed_in_order);
    tcase_add_test(tcase, all_slots_out);
    tcase_add_test(tcase, stopped_while_a_row_is_made);
    tcase_add_test(tcase, rows_are_mixed_after_they_are_made);
    tcase_add_test(tcase, failed_rows_are_not_mixed);
    tcase_add_test(tcase, a_batch_crosses_to_a_device);
    tcase_add_test(tcase, staging_buffers_limit_batches);
    tcase_add_test(tcase, stopped_while_a_batch_is_sent);
    tcase_add_test(tcase, a_failed_batch_does_not_cross);
    tcase_add_test(tcase, a_lost_device_ends_the_wait);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
