/* SPDX-License-Identifier: MIT */
/* Calls for the program's start. cli.h has the functions that Lua calls. */
#ifndef TENCH_CLI_SYSTEM_H
#define TENCH_CLI_SYSTEM_H

/* Sets the time that tncli_seconds counts from, and turns SIGXFSZ into an error of the write. */
void tn__program_begin(void);

#endif
