/* SPDX-License-Identifier: MIT */
/* NumPy's .npy format, version 1.0: a magic number, a Python dictionary that is padded so that the
 * data begins at a multiple of 64, then the elements in C order. For little-endian machines, the
 * only ones that tench runs on. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/fail.h"
#include "cli/output.h"

enum { PREFIX_BYTES = 10, ALIGNMENT = 64 };
/* Size of a dictionary with TN_MAX_DIMS numbers of 20 characters and their commas, aligned. */
enum { HEADER_BYTES = 384 };

typedef struct element {
    const char *descr; /* NumPy's name for it; NumPy has none for bf16 */
    size_t n_bytes;
} element;

static element element_of(int32_t dtype)
{
    switch (dtype) {
    case TN_U8: return (element){"|u1", 1};
    case TN_U16: return (element){"<u2", 2};
    case TN_F16: return (element){"<f2", 2};
    case TN_BF16: return (element){"<u2", 2};
    case TN_F32: return (element){"<f4", 4};
    case TN_I64: return (element){"<i8", 8};
    default: return (element){NULL, 0};
    }
}

/* Returns the length of the dictionary with its padding and newline. */
static size_t make_header(char header[HEADER_BYTES], const tn_tensor *tensor, const char *descr)
{
    int n =
        snprintf(header, HEADER_BYTES, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    const char *const end = tensor->ndim == 1 ? "," : ""; /* a tuple of one ends with a comma */
    for (int32_t i = 0; i < tensor->ndim; i++)
        n += snprintf(header + n, HEADER_BYTES - (size_t)n, "%lld%s", (long long)tensor->shape[i],
                      i + 1 < tensor->ndim ? ", " : end);
    n += snprintf(header + n, HEADER_BYTES - (size_t)n, "), }");
    const int padding = ALIGNMENT - 1 - (PREFIX_BYTES + n) % ALIGNMENT;
    n += snprintf(header + n, HEADER_BYTES - (size_t)n, "%*s\n", padding, "");
    return (size_t)n;
}

static void write_header(FILE *file, const tn_tensor *tensor, const char *descr)
{
    char header[HEADER_BYTES];
    const size_t length = make_header(header, tensor, descr);
    const uint8_t prefix[PREFIX_BYTES] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)length, (uint8_t)(length >> 8)};
    fwrite(prefix, 1, sizeof prefix, file);
    fwrite(header, 1, length, file);
}

static bool is_contiguous(const tn_tensor *tensor)
{
    int64_t expected = 1;
    for (int32_t i = tensor->ndim - 1; i >= 0; i--) {
        if (tensor->shape[i] != 1 && tensor->strides[i] != expected)
            return false;
        expected *= tensor->shape[i];
    }
    return true;
}

static int64_t count_elements(const tn_tensor *tensor)
{
    int64_t n = 1;
    for (int32_t i = 0; i < tensor->ndim; i++)
        n *= tensor->shape[i];
    return n;
}

/* Writes element after element; the last index changes fastest. */
static void write_strided(FILE *file, const tn_tensor *tensor, size_t n_bytes)
{
    int64_t index[TN_MAX_DIMS] = {0};
    const uint8_t *at = tensor->data;
    for (int64_t left = count_elements(tensor); left > 0; left--) {
        fwrite(at, n_bytes, 1, file);
        for (int32_t i = tensor->ndim - 1; i >= 0; i--) {
            at += tensor->strides[i] * (int64_t)n_bytes;
            if (++index[i] < tensor->shape[i])
                break;
            at -= tensor->strides[i] * (int64_t)n_bytes * index[i];
            index[i] = 0;
        }
    }
}

int32_t tncli_write_npy(const char *path, const tn_tensor *tensor)
{
    const element kind = element_of(tensor->dtype);
    if (!kind.descr || tensor->ndim < 1 || tensor->ndim > TN_MAX_DIMS)
        return tn__program_fail(TN_EINVAL, "%s: no npy form for dtype %d with %d dimensions", path,
                                tensor->dtype, tensor->ndim);
    struct stat facts;
    if (lstat(path, &facts) == 0 && S_ISLNK(facts.st_mode) && unlink(path) != 0)
        return tn__program_fail_system(errno, "%s: cannot write", path);
    tn__program_output output;
    const int status = tn__program_output_open(&output, path);
    if (status != TN_OK)
        return status;
    write_header(output.file, tensor, kind.descr);
    if (is_contiguous(tensor))
        fwrite(tensor->data, kind.n_bytes, (size_t)count_elements(tensor), output.file);
    else
        write_strided(output.file, tensor, kind.n_bytes);
    return tn__program_output_close(&output, TN_OK); /* fails if a write failed */
}
