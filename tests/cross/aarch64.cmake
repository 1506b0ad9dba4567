# SPDX-License-Identifier: MIT
# Builds for 64-bit ARM on another machine, where qemu-user runs the tests: the preset `aarch64`.
# `./dev aarch64` uses it, after sysroot.sh has unpacked the libraries for ARM.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(TENCH_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../../build/sysroot-aarch64 CACHE PATH
    "Unpacked Debian packages of aarch64")

# The compiler brings its own C library. All other libraries come from the sysroot, and programs from
# this machine.
set(CMAKE_FIND_ROOT_PATH ${TENCH_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_STANDARD_INCLUDE_DIRECTORIES ${TENCH_SYSROOT}/usr/include/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${TENCH_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${TENCH_SYSROOT})

# Tests that fail because of the emulator check TENCH_EMULATED.
set(CMAKE_CROSSCOMPILING_EMULATOR
    qemu-aarch64 -L /usr/aarch64-linux-gnu -E TENCH_EMULATED=yes)
