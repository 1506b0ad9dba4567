/* SPDX-License-Identifier: MIT */
/* The system calls that a process may use if it may only compute. See filter.h. */
#include "cli/filter.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(__LP64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && defined(__LP64__)
#define MACHINE AUDIT_ARCH_RISCV64
#endif

#ifdef MACHINE

/* Instructions of the kernel's filter machine. A jump skips instructions. Of a field of 64 bits
 * only the low half is loaded: it comes first on these machines and has every bit that is checked.
 */
#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (uint32_t)(action))
#define ALLOW          RETURN(SECCOMP_RET_ALLOW)
#define DENY           RETURN(SECCOMP_RET_ERRNO | EPERM)

#define SKIP_IF_IS(value, n)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), n, 0)
#define SKIP_UNLESS_IS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, n)
#define SKIP_IF_HAS(bits, n)     BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), n, 0)
#define SKIP_UNLESS_HAS(bits, n) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), 0, n)
#define ALLOW_CALL(name)         SKIP_UNLESS_IS(SYS_##name, 1), ALLOW

/* Calls of a sanitizer's runtime, and for writing its report. */
#if TN__SANITIZED
#define RUNTIME_CALLS                                                                              \
    ALLOW_CALL(futex), ALLOW_CALL(nanosleep), ALLOW_CALL(clock_nanosleep),                         \
        ALLOW_CALL(sched_yield), ALLOW_CALL(sigaltstack),
enum { REPORTS = STDERR_FILENO };
#else
#define RUNTIME_CALLS
enum { REPORTS = -1 };
#endif

int tn__filter_install(int out)
{
    struct sock_filter filter[] = {
        /* Refuse other calling conventions, for example 32 bits: their calls have other numbers. */
        LOAD(arch),
        SKIP_IF_IS(MACHINE, 1),
        DENY,
        LOAD(nr),
        SKIP_UNLESS_IS(SYS_write, 6),
        LOAD(args[0]),
        SKIP_UNLESS_IS(out, 1),
        ALLOW,
        SKIP_UNLESS_IS(REPORTS, 1),
        ALLOW,
        DENY,
        /* Allow memory that maps no file and holds no code. */
        SKIP_UNLESS_IS(SYS_mmap, 6),
        LOAD(args[2]),
        SKIP_IF_HAS(PROT_EXEC, 3),
        LOAD(args[3]),
        SKIP_UNLESS_HAS(MAP_ANONYMOUS, 1),
        ALLOW,
        DENY,
        SKIP_UNLESS_IS(SYS_mprotect, 4),
        LOAD(args[2]),
        SKIP_IF_HAS(PROT_EXEC, 1),
        ALLOW,
        DENY,
        ALLOW_CALL(brk),
        ALLOW_CALL(munmap),
        ALLOW_CALL(mremap),
        ALLOW_CALL(madvise),
        ALLOW_CALL(exit),
        ALLOW_CALL(exit_group),
        RUNTIME_CALLS DENY,
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return errno;
    return 0;
}

#else

int tn__filter_install(int out)
{
    (void)out;
    return ENOSYS;
}

#endif
