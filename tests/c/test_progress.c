/* SPDX-License-Identifier: MIT */
/* The progress line: it appears on a terminal after a second, nowhere else, and is erased at the
 * end. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/progress.h"
#include "suite.h"

/* Shows a line with the clock advanced by `age` seconds, and ends. */
static void work(bool wanted, double age, const char *text)
{
    tn__progress progress;
    tn__progress_begin(&progress, wanted);
    progress.start -= age;
    tn__progress_show(&progress, "%s", text);
    tn__progress_end(&progress);
}

/* Opens a pseudo-terminal and its other end; false, with a message, if there is none. */
static bool open_terminal(int *terminal, int *end)
{
    *terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const bool made = *terminal >= 0 && grantpt(*terminal) == 0 && unlockpt(*terminal) == 0;
    *end = made ? open(ptsname(*terminal), O_RDWR | O_NOCTTY) : -1;
    if (*end < 0)
        puts("skipped: this system gives no pseudo-terminal");
    return *end >= 0;
}

/* What the work wrote to a terminal of 20 columns. NULL: there is no terminal. */
static const char *seen_on_terminal(bool wanted, double age, const char *text)
{
    static char seen[1024];
    int terminal, end;
    if (!open_terminal(&terminal, &end))
        return NULL;
    const struct winsize window = {.ws_row = 5, .ws_col = 20};
    ck_assert_int_eq(ioctl(end, TIOCSWINSZ, &window), 0);
    const int before = dup(STDERR_FILENO);
    dup2(end, STDERR_FILENO);
    work(wanted, age, text);
    dup2(before, STDERR_FILENO);
    close(before);
    close(end); /* so that reading ends */
    size_t length = 0;
    ssize_t n;
    while ((n = read(terminal, seen + length, sizeof seen - 1 - length)) > 0)
        length += (size_t)n;
    seen[length] = '\0';
    close(terminal);
    return seen;
}

static void expect_on_terminal(bool wanted, double age, const char *text, const char *expected)
{
    const char *const seen = seen_on_terminal(wanted, age, text);
    if (seen)
        ck_assert_str_eq(seen, expected);
}

START_TEST(the_line_is_shown_and_erased)
{
    expect_on_terminal(true, 2, "12 images", "\r12 images\033[K\r\033[K");
}
END_TEST

START_TEST(fits_the_terminal_and_is_printable)
{
    expect_on_terminal(true, 2, "0123456789\033[1m\n0123456789",
                       "\r0123456789\\x1B[1m\\n\033[K\r\033[K");
    expect_on_terminal(
        true, 2, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2 0123456789abcdef",
        "\r\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2 0123456789ab\033[K\r\033[K"); /* of two columns */
}
END_TEST

START_TEST(is_quiet_where_it_should_be)
{
    expect_on_terminal(true, 0, "early", "");
    expect_on_terminal(false, 2, "not wanted", "");
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const int before = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    work(true, 2, "into a pipe");
    dup2(before, STDERR_FILENO);
    close(before);
    char byte;
    ck_assert_int_eq(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("progress");
    TCase *const cases = tcase_create("progress");
    tcase_add_test(cases, the_line_is_shown_and_erased);
    tcase_add_test(cases, fits_the_terminal_and_is_printable);
    tcase_add_test(cases, is_quiet_where_it_should_be);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
