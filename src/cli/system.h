/* SPDX-License-Identifier: MIT */
/* The program's start; cli.h has what Lua may call of the system. */
#ifndef TENCH_CLI_SYSTEM_H
#define TENCH_CLI_SYSTEM_H

/* Notes the time that tncli_seconds counts from, and makes SIGXFSZ an error of the write. */
void tn__program_begin(void);

#endif
