/* SPDX-License-Identifier: MIT */
/* tench: the public interface, and the only public header.
 *
 * The manual is src/README.md. The text between the two cdef marks is plain C without macros: the
 * build embeds it in the library, and Lua passes it to ffi.cdef, so each declaration exists once
 * (tn_cdef).
 *
 * Rules for every function:
 * - A function that creates an object returns it, or NULL when it fails. Most other functions
 *   return TN_OK (0), TN_END (1), or a negative status. After a failure tn_error() returns the
 *   message of this thread's last failure.
 * - You destroy the objects that you created, in any order: they count their references.
 *   Destroying NULL does nothing.
 * - Structs of options, and structs that a call fills, begin with their size in bytes: set `size`
 *   to sizeof the struct. Leave other options zero for their defaults: zero or NULL means the
 *   default that the field's comment names.
 * - Such structs only grow, so a program and a library of different age work together. If the
 *   program's struct is shorter, the options that it lacks have their defaults, and the library
 *   writes no facts beyond its end. If it is longer, the options that the library does not know
 *   must be zero, and it leaves the facts there as they are. Arrays of structs that may grow are
 *   arrays of pointers, as in tn_batch and tn_spec. tn_spread and tn_draw_key never change.
 * - Samples and rows count from 0 here, and from 1 in Lua. Labels are class indices, from 0 in
 *   both.
 * - Strings are borrowed unless a comment says otherwise. Names and paths are bytes of the file
 *   system, in any encoding. A message is one line for people; it shows names in the form of
 *   tn_show_name. JSON has each name as UTF-8; a byte that is not UTF-8, for example FF, is the
 *   lone surrogate \udcff, as in Python's os.fsdecode.
 * - Only one thread at a time may use a loader and its batches. Data sets and transforms never
 *   change, so any number of threads may share them.
 *
 * Comments on functions use a short form. "Yours" means that you destroy the result. "NULL:
 * TN_EINVAL, TN_EIO" lists the statuses that tn_error_details can give after NULL. A status at the
 * end of a comment is a failure that the function can return. */
#ifndef TENCH_H
#define TENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
/* cdef:begin */
enum { TN_ABI = 5, TN_MAX_DIMS = 8, TN_MAX_OPS = 32 };
/* A link can lead to a folder that a scan also reaches by another path; its files are then samples
 * once for each path. A scan accepts this many repeated files and folders. A data set of a few
 * million images has fewer; a small tangle of links has 2^24. */
enum { TN_MAX_REPEATED_PATHS = 1000000 };

enum {
    TN_OK = 0,
    TN_END = 1,     /* the epoch is over: not an error */
    TN_EINVAL = -1, /* an argument is out of its range */
    TN_ENOMEM = -2,
    TN_EIO = -3,      /* a file cannot be opened, read or written */
    TN_EDECODE = -4,  /* the bytes are not an image that can be decoded */
    TN_ELIMIT = -5,   /* a size is over its limit */
    TN_ETIMEOUT = -6, /* nothing was ready in time; call again */
    TN_EFORK = -7,    /* the loader or task was started before a fork */
    TN_ESTALE = -8,   /* the batch was released */
    TN_EHELD = -9,    /* too many batches are held */
    TN_EDEVICE = -10, /* the device cannot be used */
    TN_ECLOSED = -11, /* no epoch is running */
    TN_EFAULTS = -12, /* more faults than the budget allows */
    TN_ESTOPPED = -13 /* the caller stopped the work */
};

enum { TN_U8 = 1, TN_F16 = 2, TN_BF16 = 3, TN_F32 = 4, TN_I64 = 5, TN_U16 = 6 };
enum { TN_NCHW = 1, TN_NHWC = 2 };
enum { TN_DEVICE_CPU = 1, TN_DEVICE_CUDA = 2, TN_DEVICE_FAKE = 12 }; /* the numbers of DLPack */
/* Modes: the images that a file becomes. TN_KEEP makes 1 channel of grey, 3 of colours, 4 where the
 * file has transparency, and 16 bits of more than 8. TN_INDICES gives the numbers of a palette, or
 * the values of a grey file of up to 8 bits; other files are faults. */
enum { TN_RGB = 1, TN_GREY = 2, TN_RGBA = 3, TN_KEEP = 4, TN_INDICES = 5 };
enum { TN_NO = 1, TN_YES = 2 };
enum { TN_FAULT_RAISE = 1, TN_FAULT_SKIP = 2 };
/* Limits of options. */
enum {
    TN_MAX_THREADS = 1024,
    TN_MAX_BATCH_SIZE = 1 << 20,
    TN_MAX_WORLD_SIZE = 1 << 20,
    TN_MIN_DEPTH = 2,
    TN_MAX_DEPTH = 4096, /* also of outputs and max_outputs */
    TN_MIN_OUTPUTS = 3,
    TN_MAX_TRACE_SPANS = 1 << 30,
    TN_MAX_INDEX_ENTRIES = 16,
    TN_MIN_SHARD_BYTES = 1024,
    TN_MAX_SIDE = 65500, /* of an image that an option asks for; libjpeg's limit */
    TN_MAX_ERASED = 16   /* boxes of one random_erasing */
};
/* Limits of every image: decoded, between two ops, and as output. */
enum { TN_MAX_PIXELS = 1 << 28, TN_MAX_IMAGE_MIB = 4096 };
enum { TN_FAULTS_KEPT = 1000 }; /* faults that a loader keeps in full */
enum { TN_INDEX_USE = 1, TN_INDEX_AUTO = 2, TN_INDEX_PARANOID = 3, TN_INDEX_OFF = 4 };
enum { TN_SPLIT_MUST = 1, TN_SPLIT_OR_WHOLE = 2, TN_SPLIT_IF_THERE = 3 };

typedef struct tn_dataset tn_dataset;
typedef struct tn_transform tn_transform;
typedef struct tn_image tn_image;
typedef struct tn_loader tn_loader;

/* Library. */

/* TN_ABI of the library. Compare it with the header's before anything else. */
int32_t tn_abi(void);
/* Version, for example "1.2.3". Static. */
const char *tn_version(void);
/* The text between the cdef marks of this header. Static. */
const char *tn_cdef(void);
/* Message of this thread's last failure; "" if there was none. If the failure is about a sample,
 * the message begins with its name. Valid until this thread's next failure. */
const char *tn_error(void);
/* Name of a status, for example "TN_EIO"; "unknown status" for other numbers. Static. */
const char *tn_status_name(int32_t code);

/* The parts of this thread's last failure. Strings are valid until its next failure. */
typedef struct tn_error_info {
    int32_t size;         /* sizeof(tn_error_info) */
    int32_t code;         /* a negative status, 0 if nothing has failed */
    const char *stage;    /* "read", "decode", "transform", … or "" */
    const char *name;     /* the file's path below the data set, byte for byte, or "" */
    const char *message;  /* without the name */
    int64_t position;     /* place in the epoch's order; -1: none */
    int64_t sample;       /* index in the data set; -1: none */
    int32_t system_error; /* errno if a system call failed, else 0 */
    int32_t is_machines;  /* TN_YES: the process or the machine is in trouble (open files, memory,
                             network), and on_fault does not skip the sample; else TN_NO */
} tn_error_info;
int32_t tn_error_details(tn_error_info *out);
/* Writes a name for people into `out`, with a NUL at its end. Control and format characters, and
 * bytes that are not UTF-8, become \n, \r, \t, \xFF, \u202E or \U000E0001; a backslash becomes two.
 * This is the form of bash's $'…': it cannot harm a terminal, and bash can turn it into the name
 * again. If out_bytes are too few, the form is cut and ends with "…". n_bytes -1: the name ends at
 * its NUL. Returns the length of the whole form, at most 4 n_bytes. */
int64_t tn_show_name(const char *name, int64_t n_bytes, char *out, int64_t out_bytes);
/* Writes a text as a JSON string, with its quotes and a NUL, into `out`; only a NUL if out_bytes
 * are too few. A byte that is not UTF-8, for example FF, becomes the lone surrogate \udcff. n_bytes
 * -1: the text ends at its NUL. Returns the length of the string, at most 6 n_bytes + 2; TN_ENOMEM.
 */
int64_t tn_json_text(const char *text, int64_t n_bytes, char *out, int64_t out_bytes);
/* Columns that a text takes on a terminal: 0, 1 or 2 for each of its characters. */
int32_t tn_text_columns(const char *text);

/* Instruction set in use: "scalar", "avx2" or "avx512". The environment variable TENCH_CPU can
 * lower it. Static. */
const char *tn_cpu_level(void);
/* Threads that a loader uses by default: one for each CPU that this process may use, at most
 * TN_MAX_THREADS. The affinity mask limits them, and so does the smallest quota of the process's
 * control groups and the groups above them. */
int32_t tn_cpu_threads(void);

/* The state of CUDA in lines for people: kernels, driver, devices. Opens each device and compares a
 * few small batches with the CPU's. Valid until this thread's next call. */
const char *tn_cuda_report(void);
/* One line: which of NVIDIA's tools listens to NVTX ranges, or why none does. A tool such as Nsight
 * Systems sets NVTX_INJECTION64_PATH; loaders then mark each stage of each sample, the consumer's
 * waits and the device's commands. Valid until this thread's next call. */
const char *tn_nvtx_report(void);
/* A line for each module, the shared libraries beside this one that decode further formats: its
 * name, and the libraries that it uses or why it cannot be opened. Opens all of them. Valid until
 * this thread's next call. */
const char *tn_module_report(void);

/* Tensors. */

/* A view of memory that another object owns. Strides are in elements, as in DLPack. A call that
 * fills the struct writes all of it except `size`.
 *
 * To make the fields of the CUDA array interface, version 3, from it: `shape` as here; `data` is
 * {data, false}; `typestr` is "|u1", "<u2", "<f2", "<f4" or "<i8" (TN_BF16 has none: use DLPack);
 * `strides` in bytes, or None if the elements lie in the order of the shape; `stream` is the stream
 * that tn_loader_next_on was given, 1 for NULL, and None after tn_loader_next, which waits for the
 * batch. */
typedef struct tn_tensor {
    int32_t size;   /* sizeof(tn_tensor) */
    int32_t dtype;  /* TN_U8 … */
    int32_t device; /* TN_DEVICE_CPU, or another kind of device: `data` is then an address there */
    int32_t device_id; /* the number in the device's name: 1 of "cuda:1" */
    int32_t ndim;
    int32_t reserved;
    void *data;
    const char *name;
    int64_t shape[8];
    int64_t strides[8];
} tn_tensor;

/* Data sets. */

/* A data set has splits if its root has folders named train, training, val, valid, validation,
 * eval, evaluation or test with images in them, and neither images nor another folder with images
 * beside them. So a class called train among other classes is a class. A pack beside the splits
 * does not count. train and training are names of one split, and so are the five names from val to
 * evaluation: if the named folder does not exist, the first that does is taken. */

enum { TN_LABEL_INT = 1, TN_LABEL_INTS = 2, TN_LABEL_FLOATS = 3, TN_LABEL_TEXT = 4 };
/* A label of any kind. All labels of a data set are of one kind. */
typedef struct tn_label {
    int32_t size;  /* sizeof(tn_label) */
    int32_t kind;  /* TN_LABEL_INT … */
    int64_t n;     /* numbers; bytes of a text */
    int64_t value; /* TN_LABEL_INT: the number; -1: the sample has no class */
    const int64_t *ints;
    const float *floats;
    const char *text; /* ends with NUL */
} tn_label;

/* A sample of a data set in memory. */
typedef struct tn_item {
    int32_t size; /* sizeof(tn_item), of each item */
    int32_t reserved;
    const char *path;  /* of a file, below the root unless it begins with "/"; NULL: `bytes` */
    const void *bytes; /* the bytes of a file */
    int64_t n_bytes;
    const char *name;      /* NULL: the path, or for bytes the number of the sample */
    const tn_label *label; /* NULL: the sample has no class */
    double weight;         /* how often the order "weighted-1" takes the sample, compared with
                              others; 0 for all items: they have no weights */
} tn_item;

typedef struct tn_dataset_options {
    int32_t size;      /* sizeof(tn_dataset_options) */
    int32_t mode;      /* what images are converted to: TN_RGB (default), TN_GREY … */
    const char *root;  /* a folder whose sub-folders are classes, a pack or another container */
    const char *split; /* "train", "validation", … or another folder below root; NULL: root and
                          everything below it */
    const char *class_map;  /* a .txt file with one class name per line; labels are its line
                               numbers, from 0; NULL: classes in natural order */
    const char *extensions; /* list of file name extensions; default ".png,.jpg,.jpeg" */
    int32_t orient;   /* TN_YES: turn images by their EXIF orientation; default TN_NO, as in timm */
    int32_t threads;  /* for the scan; 0: tn_cpu_threads() */
    int32_t progress; /* TN_YES: a long scan reports on standard error if that is a terminal. A line
                         there, terminal or not, says why a list of samples in the user's cache is
                         damaged or out of date and so is made again, or cannot be kept. No other
                         call tells: the samples are the same */
    int32_t index;    /* random access to JPEGs. TN_INDEX_USE (default) uses an index that exists;
                         TN_INDEX_AUTO also builds what is missing while samples are loaded;
                         TN_INDEX_PARANOID uses one and compares each file's hash with it;
                         TN_INDEX_OFF. "Random access" below says when pixels can depend on it */
    int64_t max_pixels; /* an image with more is a fault; at most TN_MAX_PIXELS; 0: 178956970, as in
                           Pillow */
    int64_t max_file_bytes; /* 0: 1 GiB */
    int32_t index_entries;  /* per row of MCUs, for TN_INDEX_AUTO to build with, 1…16; 0: 4 */
    int32_t reserved;
    int32_t split_rule; /* TN_SPLIT_MUST (default): the split must exist. The other two are for a
                           split that is only a default; a class called train is not a split to
                           them. TN_SPLIT_OR_WHOLE: a data set without splits is opened whole; one
                           with splits must have this one, and must have none if `split` is NULL.
                           TN_SPLIT_IF_THERE: opened whole if the split does not exist. To both it
                           is an error if it cannot be told whether folders are splits or classes */
    int32_t reserved_too;
    const int32_t *stop; /* a number that is 0 until a signal handler or another thread sets it. The
                            scan then ends soon with TN_ESTOPPED, and so does tn_pack_start while
                            it compares the files of an earlier run. It must outlive the data set.
                            NULL: none */
    const char *index_path; /* an index to use as well, even if it belongs to another user; NULL: no
                               other than the data set's own */
    const char *source;   /* the kind of source and its parameters, as in a text of ops, for example
                             "folder path=/data/pets"; its path stands for `root`. tn_spec_at lists
                             the kinds. NULL: the first kind that knows what lies at `root` */
    const tn_item *items; /* the samples themselves; `root` is then the folder of relative paths,
                             default ".". All that the items point to is copied. NULL: the source
                             lists the samples */
    int64_t n_items;
    const char *const *class_names; /* of items; NULL: "0", "1", … up to the largest label */
    int64_t n_classes;
} tn_dataset_options;

/* Opens what lies at the root: a class folder, by the rules of timm's ImageFolder, a pack, or
 * another container; or items. Yours; NULL: TN_EINVAL, TN_EIO, TN_ELIMIT, TN_ENOMEM, TN_ESTOPPED.
 * If the split does not exist, the message lists the splits that do. */
tn_dataset *tn_dataset_create(const tn_dataset_options *options);
/* Names of the splits of the data set at options->root, in natural order, separated by spaces; ""
 * if it has none. Ignores `split` and `split_rule`. Reads the root, and each folder in it up to its
 * first image. Valid until this thread's next call; NULL: as tn_dataset_create. */
const char *tn_dataset_splits(const tn_dataset_options *options);
void tn_dataset_destroy(tn_dataset *dataset);
/* Number of samples, and of classes. */
int64_t tn_dataset_count(const tn_dataset *dataset);
int32_t tn_dataset_classes(const tn_dataset *dataset);
/* The folder or file that was opened, after the split search. Borrowed until the data set is
 * destroyed. */
const char *tn_dataset_root(const tn_dataset *dataset);
/* Folder name of the split that was opened: "val" if "validation" was asked for and found there; ""
 * if the root itself was opened. Borrowed until the data set is destroyed. */
const char *tn_dataset_split(const tn_dataset *dataset);
/* Name of class `label`; NULL when out of range. Borrowed until the data set is destroyed. */
const char *tn_dataset_class_name(const tn_dataset *dataset, int64_t label);
/* Name of sample `index`: its path below the root, or inside the container; NULL when out of range.
 * Valid until this thread's next call. */
const char *tn_dataset_sample_name(const tn_dataset *dataset, int64_t index);
/* The label of sample `index`, if it is one integer; of several integers the first. -1: it has
 * none, or the index is out of range. */
int64_t tn_dataset_label(const tn_dataset *dataset, int64_t index);
/* Writes the label of sample `index`. Its arrays and its text are borrowed until the data set is
 * destroyed. */
int32_t tn_dataset_label_of(const tn_dataset *dataset, int64_t index, tn_label *out);
/* The weight of sample `index`: how often the order "weighted-1" takes it, compared with others. 1
 * if the data set has no weights; -1 when out of range. */
double tn_dataset_weight(const tn_dataset *dataset, int64_t index);
/* 64-bit fingerprint of names and labels, in the order of the samples. */
uint64_t tn_dataset_fingerprint(const tn_dataset *dataset);
/* TN_YES if the data set is a pack, TN_NO if it is of any other kind. TN_EINVAL. */
int32_t tn_dataset_is_pack(const tn_dataset *dataset);

/* What a data set leaves out, and paths that links repeat. A pack leaves out nothing. */
typedef struct tn_dataset_facts {
    int32_t size; /* sizeof(tn_dataset_facts) */
    int32_t reserved;
    int64_t unmapped_folders; /* classes with images that the class map lacks */
    int64_t unmapped_images;  /* images of them */
    int64_t other_files;      /* files with other extensions whose names do not begin with "." */
    int64_t repeated_paths;   /* files and folders that links reach again; they are not left out */
    int64_t other_members;    /* symbolic links, devices and pipes in tars */
    int64_t other_keys;       /* LMDB keys that hold no sample, such as "__len__" */
    int64_t without_image;    /* rows of Parquet files, samples of WebDataset shards */
    int64_t negative_labels;  /* samples of WebDataset shards whose field is negative */
    int64_t other_containers; /* files beside containers that only another kind of source opens */
    const char *first_container; /* name of the first of them, valid as long as the data set, or
                                    NULL */
} tn_dataset_facts;
int32_t tn_dataset_facts_of(const tn_dataset *dataset, tn_dataset_facts *out);

/* Facts from an image's header. Width and height are those in the file, before EXIF orientation. */
typedef struct tn_image_info {
    int32_t size; /* sizeof(tn_image_info) */
    int32_t width, height;
    int32_t channels;    /* in the file: 1 to 4; 4 may be inks; 1 for the numbers of a palette */
    int32_t bits;        /* per channel */
    int32_t orientation; /* EXIF, 1…8; 1 if absent or invalid */
    int64_t file_bytes;
    const char *format; /* "jpeg", "png" …; static */
} tn_image_info;
/* Reads the header of sample `index`. TN_EINVAL, TN_EIO, TN_EDECODE, TN_ELIMIT. */
int32_t tn_dataset_probe(const tn_dataset *dataset, int64_t index, tn_image_info *out);

/* Single images. */

/* Decodes all of sample `index`, to the data set's mode. Yours; NULL: TN_EINVAL, TN_EIO,
 * TN_EDECODE, TN_ELIMIT, TN_ENOMEM. */
tn_image *tn_dataset_image(const tn_dataset *dataset, int64_t index);
/* Makes an image from height × width × channels bytes, which are copied: row after row, channels
 * interleaved, 1, 3 or 4 of them. Yours; NULL: TN_EINVAL, TN_ELIMIT, TN_ENOMEM. */
tn_image *tn_image_create(const void *pixels, int32_t width, int32_t height, int32_t channels);
/* Decodes a file in memory; the mode is TN_RGB (default), TN_GREY … At most 178956970 pixels.
 * Yours; NULL: TN_EINVAL, TN_EDECODE, TN_ELIMIT, TN_ENOMEM. */
tn_image *tn_image_decode(const void *bytes, int64_t n_bytes, int32_t mode);
void tn_image_destroy(tn_image *image);
/* A view of the pixels. A decoded image has the shape {h, w, c}, with strides, and TN_U8 or, if its
 * values have 16 bits, TN_U16. A transformed one has {c, h, w} or {h, w, c} and the transform's
 * dtype, or TN_U16. Valid until the image is destroyed. */
int32_t tn_image_tensor(const tn_image *image, tn_tensor *out);
/* Copies the pixels to `out`, without gaps, in the order of tn_image_tensor's shape. `n_bytes` must
 * be their size. */
int32_t tn_image_copy(const tn_image *image, void *out, int64_t n_bytes);
/* Label; -1 if there is none. */
int64_t tn_image_label(const tn_image *image);
/* Path below the data set; "" if there is none. Borrowed until the image is destroyed. */
const char *tn_image_name(const tn_image *image);
/* The ops that made the image, as a JSON array; "[]" for a decoded one. Borrowed until the image is
 * destroyed. */
const char *tn_image_explain(const tn_image *image);

/* Transforms. */

/* Makes a transform from the text of its ops, for example "random_resized_crop size=224; hflip
 * p=0.5; normalize; convert dtype=f32". Yours; NULL: TN_EINVAL, with a message that names the op,
 * the parameter, the value, its range and the nearest known name; TN_ELIMIT for sizes over
 * TN_MAX_PIXELS or TN_MAX_IMAGE_MIB; TN_ENOMEM. */
tn_transform *tn_transform_create(const char *text);
void tn_transform_destroy(tn_transform *transform);
/* The canonical text: each op with the parameters that differ from their defaults, in the
 * registry's order. Borrowed until the transform is destroyed. */
const char *tn_transform_text(const tn_transform *transform);
/* The output for one sample, without the batch dimension: dtype, ndim, shape and strides; data is
 * NULL. The images have `channels` channels: 1, 3 or 4. TN_EINVAL if an op does not take them, or
 * if the output's size depends on the image. */
int32_t tn_transform_output(const tn_transform *transform, int32_t channels, tn_tensor *out);
/* Number of rows in a batch of `samples` samples: as many, unless the op mixup with mode=half makes
 * one row of two samples. TN_EINVAL. */
int32_t tn_transform_rows(const tn_transform *transform, int32_t samples);
/* Tensor `index` of a batch of `samples` samples, as a loader on the CPU makes it: name, dtype,
 * shape and strides; data is NULL. The images have `channels` channels, and the data set has
 * `classes` classes; each sample has one. TN_END after the last tensor; TN_EINVAL if the transform
 * cannot make a batch of such images. */
int32_t tn_transform_tensor(const tn_transform *transform, int32_t index, int32_t samples,
                            int32_t channels, int32_t classes, tn_tensor *out);

/* The random numbers of a sample depend on this key alone. A batch's row has the seed and the epoch
 * of its loader, and its own position. */
typedef struct tn_draw_key {
    int64_t seed, epoch, position;
    int32_t view, reserved;
} tn_draw_key;
/* Applies the transform to one decoded image, with the same code as in a batch: for the same key
 * the bytes are equal. A NULL key counts as zeros. Yours; NULL: TN_EINVAL, TN_ELIMIT, TN_ENOMEM. */
tn_image *tn_transform_apply(const tn_transform *transform, const tn_image *image,
                             const tn_draw_key *key);

/* The registry. */

/* Everything that has a name is an entry of the registry: help, completion, checks and
 * documentation read it. Entries and their strings are static. */
enum {
    TN_SPEC_OP = 1,      /* ops of a transform */
    TN_SPEC_OPTIONS = 2, /* tables of options: "dataset", "loader", "pack", … */
    TN_SPEC_ORDER = 3,   /* orders of samples */
    TN_SPEC_DEVICE = 4,  /* devices */
    TN_SPEC_CODEC = 5,   /* formats of image files */
    TN_SPEC_SOURCE = 6   /* kinds of sources of samples */
};
/* A parameter of an entry. */
typedef struct tn_param {
    const char *name, *doc;
    const char *kind;    /* form of its values: "number", "integer", "flag", "size", "range",
                            "numbers", "choice", "text", "name", "function", "any" */
    const char *initial; /* the default, as text; "" if there is none */
    const char *choices; /* names that are values, separated by spaces; "" if there are none */
    const char *type;    /* type of the value in Lua if `kind` does not give it, else "" */
    const char *field;   /* name of the option's field in its struct in this header; "" if it has
                            none. There a choice is a number from 1, in the order of `choices` */
    const char *refused; /* why only the default is accepted, "" if tench lacks the option so far;
                            NULL if other values are accepted too */
    const char *instead; /* NULL, or what to use in place of this name, which is not an option */
    double min, max;     /* bounds of each number; both 0: none; max 2^53: no upper bound */
    int32_t required;    /* TN_YES, TN_NO */
    int32_t takes_zero;  /* TN_YES: 0 means the default, even outside the bounds; TN_NO */
} tn_param;
typedef struct tn_spec {
    const char *name, *doc;
    const char *aliases; /* further names, separated by spaces; "" if there are none */
    const char *source;  /* what defines it, for example "Pillow 13.0 Resample.c"; "": tench */
    const char *stage;   /* of an op: "geometry", "pixel", "finish", …; else "" */
    int32_t kind;        /* TN_SPEC_OP … */
    int32_t n_params;
    const tn_param *const *params;
    const char *package; /* Debian's package that the entry needs; "": none but tench's own */
    const char *speed;   /* what tests/bench/RESULTS.md says of its speed; "": nothing */
} tn_spec;
/* Entry `index` of a kind, in the order of the registry; NULL when out of range. */
const tn_spec *tn_spec_at(int32_t kind, int32_t index);
/* Entry of a kind by its name or an alias; NULL if there is none. */
const tn_spec *tn_spec_find(int32_t kind, const char *name);
/* `known` holds names separated by spaces. Returns the one that a person who wrote `name` probably
 * meant; "" if none is near. Valid until this thread's next call. */
const char *tn_nearest(const char *name, const char *known);

/* Loaders. */

typedef struct tn_loader_options {
    int32_t size;          /* sizeof(tn_loader_options) */
    int32_t batch_size;    /* samples of a batch; one row each unless mixup halves them; required */
    int64_t seed;          /* default 0 */
    const char *order;     /* "sequential" (default); "feistel-1": shuffled by seed and epoch;
                              "weighted-1": the same, each sample as often as its weight says */
    int32_t drop_last;     /* TN_YES: leave out a last, smaller batch; default TN_NO */
    int32_t repeats;       /* how often an epoch goes through the data; 0: once */
    const int64_t *subset; /* samples to draw from, copied; NULL: all */
    int64_t n_subset;
    int32_t rank, world_size; /* batch k goes to rank k mod world_size; 0, 0: one rank gets all */
    int32_t even_ranks; /* TN_YES: leave out the batches of a last round that has none for some
                           ranks; default TN_NO */
    int32_t threads;  /* 0: the pool that loaders of this process share, with tn_cpu_threads(); else
                         a pool of its own, on the device's NUMA node if that has as many CPUs */
    int32_t depth;    /* slots of the ring; 0: max(3, ceil(2 threads / batch_size) + 2) */
    int32_t on_fault; /* TN_FAULT_RAISE (default), or TN_FAULT_SKIP: another sample takes the place.
                         Trouble of the machine (tn_error_info) ends the epoch in both cases */
    int64_t fault_budget; /* more faults in an epoch end it with TN_EFAULTS; 0: no limit */
    const char *device; /* "cpu" (default); "cuda", "cuda:1", …; "auto": a device if there is one,
                           else the CPU, and a line on standard error says why; "fake": the CPU
                           acts as a device and checks that each use waits for what it needs */
    int64_t large_bytes; /* memory for one image that is too large for a worker's scratch, and for
                            its file if that has more than 16 MiB. In all loaders of a pool, one
                            such image at a time is made; 0: 4 GiB */
    int32_t outputs;     /* batches on the device at the start; 0: 3 */
    int32_t max_outputs; /* batches on the device at most, when some are held; 0: 5 more */
} tn_loader_options;

/* The memory of a loader, known before it reads the first image. */
typedef struct tn_budget {
    int32_t size; /* sizeof(tn_budget) */
    int32_t n_slots, n_threads, reserved;
    int64_t slot_bytes;    /* of one batch slot */
    int64_t scratch_bytes; /* of one worker, for images of up to scratch_pixels */
    int64_t scratch_pixels;
    int64_t large_bytes; /* of the one larger image that the pool makes at a time, with its file if
                            that has more than 16 MiB */
    int64_t total_bytes; /* n_slots·slot_bytes + n_threads·scratch_bytes + pinned_bytes */
    /* With a device; 0 without. */
    int32_t n_pinned, n_outputs, max_outputs, reserved_too;
    int64_t pinned_bytes; /* pinned memory of the host, n_pinned staging buffers */
    int64_t device_bytes; /* on the device at the start, with n_outputs outputs */
    int64_t output_bytes; /* on the device for each further output, up to max_outputs */
} tn_budget;

/* One row of a batch. Strings are valid as long as the batch is. */
typedef struct tn_row {
    const char *name;  /* path below the data set */
    const char *fault; /* message of the fault whose sample this row replaces; NULL: none */
    int64_t position;  /* in the epoch's order, over all ranks */
    int64_t sample;    /* index in the data set; after a fault, that of the replacement */
    int64_t label;
    int32_t view;
    int32_t width, height; /* of the source image */
    int32_t attempt;       /* how many samples failed before this one */
} tn_row;

/* A batch: named tensors and one tn_row per row. The tensors are "image" and "label", and with the
 * op mixup "target": soft targets, f32, rows × classes. Labels are i64: one for each row, or rows ×
 * labels, padded with -1, if samples have several; f32, rows × numbers, if they are numbers; -1 if
 * they are texts. With mixup's mode=half a batch has half as many rows as samples, rounded up.
 * tn_loader_next fills the struct. The memory that it points to
 * is valid until the next call of tn_loader_next, or if the batch is held, until it is released. */
typedef struct tn_batch {
    int32_t size; /* sizeof(tn_batch) */
    int32_t slot;
    uint64_t generation; /* opaque: tells this batch from later ones in the same slot */
    tn_loader *loader;
    int64_t number; /* k: its place in the epoch, over all ranks */
    int64_t epoch;
    int32_t n_rows;
    int32_t n_tensors;
    const tn_tensor *const *tensors; /* n_tensors of them: tensors[0]->data */
    const tn_row *const *rows;       /* n_rows of them: rows[0]->label */
} tn_batch;

/* Counts and seconds since the loader was created. */
typedef struct tn_stats {
    int32_t size; /* sizeof(tn_stats) */
    int32_t n_threads;
    int64_t images, batches, faults; /* delivered to the consumer */
    int64_t bytes_read;
    int64_t index_used;    /* samples decoded with the data set's index */
    int64_t index_built;   /* files that got a note in it */
    int64_t index_dropped; /* files whose note could not be used: see tn_dataset_warning */
    /* Seconds of the workers, summed over them. */
    double read_s, plan_s, decode_s, transform_s, finish_s;
    double idle_s; /* without work: the ring was full, or the epoch had no more rows */
    /* Seconds of the consumer. */
    double wait_s;        /* in tn_loader_next, waiting for a batch */
    double first_batch_s; /* from the start of the first epoch to its first batch */
    /* Parts of the sums above, and waits of the device. */
    double copy_wait_s;   /* no row could be made: every staging buffer was still being copied to
                             the device */
    double output_wait_s; /* a filled batch waited: the consumer held every output on the device */
    double slot_wait_s;   /* part of idle_s: every slot was taken. Without a device, the consumer is
                             the bottleneck */
    double large_wait_s;  /* workers, summed: waiting for their turn with a large image */
    double device_wait_s; /* part of wait_s: the rows were made, but the device was not done */
    double kernel_wait_s; /* all copies were complete, and the device still ran the kernel */
    int64_t read_ahead;   /* samples that the system was asked to bring into memory before a worker
                             read them, because reads waited for the disk or the network */
} tn_stats;

typedef struct tn_trace_facts {
    int32_t size; /* sizeof(tn_trace_facts) */
    int32_t reserved;
    int64_t spans;   /* in the file */
    int64_t dropped; /* spans beyond max_spans; the file names this number too */
} tn_trace_facts;

/* One fault or warning. Strings are valid until the object that keeps it is destroyed. */
typedef struct tn_fault {
    int32_t size; /* sizeof(tn_fault) */
    int32_t code;
    int64_t epoch, position, sample;
    const char *stage, *name, *message;
    int32_t system_error; /* errno if a system call failed, else 0 */
    int32_t reserved;
} tn_fault;

/* How often a file failed. The name is valid until this thread's next call. */
typedef struct tn_faulty_file {
    int32_t size; /* sizeof(tn_faulty_file) */
    int32_t reserved;
    int64_t sample, faults;
    const char *name;
} tn_faulty_file;

/* Checks the options. Starts no thread and reads no image. Keeps its own references to the data set
 * and the transform. Yours; NULL: TN_EINVAL, TN_ELIMIT, TN_EDEVICE, TN_ENOMEM. */
tn_loader *tn_loader_create(tn_dataset *dataset, tn_transform *transform,
                            const tn_loader_options *options);
/* May be called at any time, also by a finaliser: it does not wait, joins no thread, and leaves
 * tn_error() unchanged. */
void tn_loader_destroy(tn_loader *loader);
/* Ends the running epoch, if there is one, and begins `epoch`, 0 to 2^63 - 2. Batches that are held
 * stay valid. The first start allocates the memory of the budget: TN_ENOMEM. TN_EINVAL, TN_EFORK.
 */
int32_t tn_loader_start(tn_loader *loader, int64_t epoch);
/* Writes the next batch of the running epoch to *out, whose `size` is set, and releases the
 * previous batch unless it is held. timeout_ms: -1 waits without a limit, 0 does not wait.
 *
 * TN_END after the last batch, and again until the next start; TN_ETIMEOUT. A fault is returned in
 * place of its batch, after all earlier batches, and TN_EFAULTS likewise. Both end the epoch: later
 * calls return TN_ECLOSED, with a message that names the failure, as they do when no epoch was
 * started. Only TN_EINVAL and TN_EFORK leave the previous batch unreleased. */
int32_t tn_loader_next(tn_loader *loader, tn_batch *out, int32_t timeout_ms);
/* The same for a consumer that uses the batch on a stream of the device: a CUstream or
 * cudaStream_t; NULL is the default stream. The call does not wait for the device: the stream
 * waits. The batch is overwritten only after the work that was queued on the stream before its
 * release has finished.
 *
 * tn_loader_next, in contrast, waits until the device has made the batch. If the device fails, the
 * epoch ends with TN_EDEVICE, and so does each later start. With device = "cpu" the stream is
 * ignored. */
int32_t tn_loader_next_on(tn_loader *loader, tn_batch *out, void *stream, int32_t timeout_ms);
/* Ends the running epoch early. TN_OK if none is running. */
int32_t tn_loader_stop(tn_loader *loader);
/* Number of batches that this rank gets in an epoch. */
int64_t tn_loader_batches(const tn_loader *loader);
/* A descriptor for poll: it is readable when a batch, an error or the end of the epoch is ready.
 * The loader owns it. -1: failure. */
int32_t tn_loader_fd(tn_loader *loader);
int32_t tn_loader_budget(const tn_loader *loader, tn_budget *out);
int32_t tn_loader_stats(const tn_loader *loader, tn_stats *out);
/* Begins a trace, before an epoch or during one. From now on the loader records when each stage of
 * each sample, each state of each slot, each wait of the consumer and, with a device, each copy and
 * kernel began and ended. It keeps at most `max_spans` of them (0: 1048576, enough for some 170,000
 * samples), allocates 72 bytes for each as needed, and only counts the rest. The file is opened
 * now, beside `path`, and takes that name when the trace ends. TN_EINVAL if a trace is running;
 * TN_EIO, TN_ENOMEM, TN_EFORK. */
int32_t tn_loader_trace_start(tn_loader *loader, const char *path, int64_t max_spans);
/* Ends the trace and writes its file: JSON for chrome://tracing and ui.perfetto.dev. A loader that
 * is destroyed before leaves no file. `out` may be NULL. TN_EINVAL if no trace is running; TN_EIO,
 * TN_ENOMEM, TN_EFORK. */
int32_t tn_loader_trace_stop(tn_loader *loader, tn_trace_facts *out);
/* Number of faults so far. Trouble of the machine is not counted. */
int64_t tn_loader_faults(const tn_loader *loader);
/* Fault `index` of the first TN_FAULTS_KEPT. */
int32_t tn_loader_fault(const tn_loader *loader, int64_t index, tn_fault *out);
/* Number of files that had faults so far; there is no limit. */
int64_t tn_loader_faulty_files(const tn_loader *loader);
/* File `index` of them, in the order of their first faults. */
int32_t tn_loader_faulty_file(const tn_loader *loader, int64_t index, tn_faulty_file *out);
/* The state after the batches that were delivered, as JSON: {format, order, rng, dataset,
 * transform, subset, positions, batch_size, seed, epoch, position}. It is equal on all ranks that
 * got equally many batches, and any number of ranks and threads can resume from it. After the last
 * batch it is the start of the next epoch. Valid until the next call of this function on this
 * loader; NULL: failure. */
const char *tn_loader_state(tn_loader *loader);
/* Begins the state's epoch, as tn_loader_start does, at the state's position: the next batch is the
 * one that would have followed. TN_EINVAL if the state belongs to another data set, transform,
 * order, seed or batch size; the message says which. */
int32_t tn_loader_resume(tn_loader *loader, const char *state);

/* Keeps the batch valid until tn_batch_release, also after the end of its epoch and after its
 * loader is destroyed. TN_EHELD if fewer than two slots would remain free: raise `depth`, with a
 * device `max_outputs`. TN_ESTALE, TN_EFORK. */
int32_t tn_batch_hold(const tn_batch *batch);
/* Releases the batch: its memory may be overwritten. On a device this is tn_batch_done with the
 * stream that the batch was obtained for; if it was obtained without one, your program must have
 * finished using it. TN_ESTALE if it was released before. */
int32_t tn_batch_release(const tn_batch *batch);
/* Releases the batch. Its memory is overwritten only after all work that is already queued on
 * `stream` has finished; none of it needs to have begun. TN_EDEVICE: the stream does not exist; the
 * batch is released, and its memory is overwritten only after the whole device is idle. TN_ESTALE.
 */
int32_t tn_batch_done(const tn_batch *batch, void *stream);
/* Adds a stream that uses the batch; up to four are possible. The stream waits until the batch is
 * made, and the batch is overwritten only after the work that was queued on the stream before the
 * release has finished. TN_EINVAL, TN_EDEVICE, TN_ESTALE, TN_EFORK. */
int32_t tn_batch_also_uses(const tn_batch *batch, void *stream);
/* Copies tensor number `tensor` from the host or the device to host memory. n_bytes must be its
 * size. On a device the call waits until the batch is made. TN_EINVAL, TN_ESTALE, TN_EDEVICE;
 * TN_EFORK for a batch on a device. */
int32_t tn_batch_copy(const tn_batch *batch, int32_t tensor, void *out, int64_t n_bytes);
/* TN_OK while the batch's memory may be used, else TN_ESTALE. */
int32_t tn_batch_check(const tn_batch *batch);
/* Tensor number `tensor` as a DLManagedTensorVersioned of DLPack 1.0, for torch.from_dlpack and
 * similar functions; nothing is copied. The batch is overwritten only after it is released, all
 * such tensors of it are deleted, and the work that its streams had queued by then has finished.
 * The tensor's own deleter deletes it, or tn_dlpack_delete; both may be called from any thread, and
 * after the loader is destroyed. A batch with such tensors counts as held, and tn_loader_next
 * returns TN_EHELD if it would need their memory. Yours until you pass it on; NULL: TN_EINVAL,
 * TN_ESTALE, TN_ENOMEM. */
void *tn_batch_dlpack(const tn_batch *batch, int32_t tensor);
void tn_dlpack_delete(void *tensor);
/* What happened to row `row`, as a JSON object: {batch, slot, epoch, position, index, name, label,
 * width, height, ops}, and `fault` if the sample replaces another. With mixup's mode=half also
 * `partner`: {position, index, name, label} and `fault` of a sample without a row of its own. Valid
 * until the batch is released or this function is called again on it; NULL: failure. */
const char *tn_batch_explain(const tn_batch *batch, int32_t row);
/* Reads the file of row `row` again and makes the row from its plan: an image with the row's bytes.
 * Yours; NULL: TN_ESTALE, TN_EINVAL, or a failure to read or decode the file. */
tn_image *tn_batch_replay(const tn_batch *batch, int32_t row);

/* Tasks. */

/* A task works on all samples of a data set with threads in the background: a survey, an index, a
 * verification, a pack, an unpacked folder. Its start function returns at once, with a reference of
 * its own to the data set. One thread at a time may use a task. */
typedef struct tn_task tn_task;
enum {
    TN_TASK_SURVEY = 1,
    TN_TASK_INDEX = 2,
    TN_TASK_VERIFY = 3,
    TN_TASK_PACK = 4,
    TN_TASK_UNPACK = 5
};
typedef struct tn_progress {
    int32_t size; /* sizeof(tn_progress) */
    int32_t kind; /* TN_TASK_SURVEY … */
    int64_t samples, done;
} tn_progress;

/* Waits up to timeout_ms, -1 for ever. Returns TN_OK when the work is done or was stopped,
 * TN_ETIMEOUT while it is running, or the failure that ended it: at each later call again. */
int32_t tn_task_wait(tn_task *task, int32_t timeout_ms);
/* Asks the threads to end after the samples that they have in hand; tn_task_wait then returns
 * TN_OK. The facts of a stopped task cover the samples that are done. */
int32_t tn_task_stop(tn_task *task);
int32_t tn_task_progress(tn_task *task, tn_progress *out);
/* Stops the task and waits for the samples in hand. In a forked child that has a copy of a running
 * task, this does nothing, and other calls return TN_EFORK. */
void tn_task_destroy(tn_task *task);

/* The functions below that read a task's facts return TN_EINVAL for a task of another kind. Counts
 * are current while the task runs; lists, and strings in facts, are complete at its end and valid
 * until it is destroyed. */

/* Fault `index` of a survey's or an index task's faults, in the order of the samples; epoch and
 * position are -1. */
int32_t tn_task_fault(tn_task *task, int64_t index, tn_fault *out);

/* Surveys. */

typedef struct tn_survey_options {
    int32_t size;    /* sizeof(tn_survey_options) */
    int32_t threads; /* 0: tn_cpu_threads() */
} tn_survey_options;
/* A range of values, over the samples whose header could be read; all 0 if there are none. */
typedef struct tn_spread {
    int64_t min, median, max;
} tn_spread;
typedef struct tn_survey_facts {
    int32_t size;    /* sizeof(tn_survey_facts) */
    int32_t n_kinds; /* of files: see tn_survey_kind; this and all below are 0 until the end, except
                        samples and done */
    int64_t samples, done;
    int64_t faults;     /* samples whose header could not be used: see tn_task_fault */
    int64_t unread;     /* faults with TN_EIO: the file cannot be opened or read */
    int64_t undecoded;  /* faults with TN_EDECODE: the file is not an image that can be decoded */
    int64_t over_limit; /* faults with TN_ELIMIT: more bytes or pixels than the data set allows */
    int64_t turned;     /* samples whose EXIF orientation is not 1 */
    int64_t file_bytes; /* sum over the samples whose header could be read */
    tn_spread width, height, pixels, bytes;
} tn_survey_facts;
/* Files of one format, with the same channels, bits and coding. */
typedef struct tn_file_kind {
    int32_t size; /* sizeof(tn_file_kind) */
    int32_t channels, bits;
    int32_t progressive; /* TN_YES: the image comes in several passes; TN_NO */
    int64_t count;
    const char *format; /* "jpeg", "png" …; static */
    int32_t palette;    /* TN_YES: the pixels are numbers of a palette; TN_NO */
    int32_t reserved;
} tn_file_kind;

/* Reads the headers of all samples. Yours; NULL: TN_EINVAL, TN_ENOMEM. */
tn_task *tn_survey_start(tn_dataset *dataset, const tn_survey_options *options);
int32_t tn_survey_facts_of(tn_task *survey, tn_survey_facts *out);
/* Kind `index` of the facts' n_kinds, the most frequent first. */
int32_t tn_survey_kind(tn_task *survey, int32_t index, tn_file_kind *out);

/* Random access. */

/* An index of a data set says where in its JPEGs decoding can begin, so that a crop costs little
 * more than its own part. It has a note on each sample, and is kept in FOLDER/.tench-index. If that
 * folder cannot be written or locked, it is kept in
 * ${XDG_CACHE_HOME:-~/.cache}/tench/index/FOLDER. A data set looks for it in both. FOLDER is the
 * folder that was scanned, or the one that a container such as a tar lies in. So each split that is
 * a folder has its own index, and the whole folder above them has yet another one. Packs, arrays
 * and items in memory have no index.
 *
 * A corrupt index cannot crash the program, and an index that fits its files changes no pixel. A
 * file and its note fit if name, size and time are equal, or name, size and hash. For a part of a
 * container, its place, and size, time and inode of the container count. So pixels can be wrong in
 * two cases: the bytes of a file changed while its size and time stayed, or a user who
 * may write the index forged it. TN_INDEX_PARANOID compares each file's hash and so rules out the
 * first case; tn_verify_start compares pixels with and without the index and finds both. An index
 * that belongs to another user, except root, is used only if `index_path` names it. */

/* The state of the index that a data set was opened with. */
typedef struct tn_index_info {
    int32_t size;     /* sizeof(tn_index_info) */
    int32_t mode;     /* TN_INDEX_USE … */
    int64_t known;    /* samples with a note: it holds their index, or why they have none */
    int64_t dropped;  /* notes that could not be used */
    int64_t warnings; /* see tn_dataset_warning */
} tn_index_info;
int32_t tn_dataset_index(const tn_dataset *dataset, tn_index_info *out);
/* Warning `index` of them: a file whose note was dropped and why, or (sample -1) an index that
 * cannot be read or written. At most 1000 are kept. Strings are valid until the data set is
 * destroyed. */
int32_t tn_dataset_warning(const tn_dataset *dataset, int64_t index, tn_fault *out);
/* Stores the notes that TN_INDEX_AUTO has built so far, and builds no more. tn_dataset_destroy
 * stores them too, but it waits for no other process and reports no failure: notes that it cannot
 * store stay in a journal beside the index. The next data set uses that journal, and the next
 * TN_INDEX_AUTO or index task stores it. Waits up to timeout_ms for another process that is storing
 * an index of this folder; if notes then stay in a journal, a warning names it. TN_EINVAL,
 * TN_EIO, TN_ENOMEM. */
int32_t tn_dataset_index_store(tn_dataset *dataset, int32_t timeout_ms);

typedef struct tn_index_options {
    int32_t size;    /* sizeof(tn_index_options) */
    int32_t threads; /* 0: tn_cpu_threads() */
    int32_t entries; /* per row of MCUs, 1…16; 0: 4. Files that were indexed with another number are
                        indexed again */
    int32_t force;   /* TN_YES: index all files again; default TN_NO */
} tn_index_options;
typedef struct tn_index_facts {
    int32_t size; /* sizeof(tn_index_facts) */
    int32_t reserved;
    int64_t samples, done;
    int64_t built;         /* files indexed now */
    int64_t known;         /* files that had their index before */
    int64_t other_formats; /* files without an index: no JPEGs */
    int64_t several_scans; /* files without an index: JPEGs in several scans, as progressive ones */
    int64_t other_colours; /* files without an index: CMYK */
    int64_t unclean;       /* files without an index: damaged, or only libjpeg can decode them */
    int64_t faults;        /* files that cannot be read or are not images: see tn_task_fault */
    int64_t warnings;      /* of the index: see tn_index_warning */
    int64_t index_bytes;   /* on disk; known at the end, as is `path` */
    int64_t file_bytes;    /* of the files that were examined */
    const char *path;      /* of the index */
} tn_index_facts;
/* Builds the index of a data set ahead of its first use. Notes are kept at once: a process that
 * is killed loses none. Yours; NULL: TN_EINVAL, TN_EIO, TN_EDECODE, TN_ENOMEM.
 *
 * The call of tn_task_wait that finds the work done stores the index: TN_EIO if it cannot be
 * written. While another process stores an index of this folder, the call waits up to 3 s; after
 * that a journal keeps the notes, a warning names it, and the result is TN_OK. */
tn_task *tn_index_start(tn_dataset *dataset, const tn_index_options *options);
int32_t tn_index_facts_of(tn_task *task, tn_index_facts *out);
/* Warning `index` of the facts' warnings, like those of tn_dataset_warning. */
int32_t tn_index_warning(tn_task *task, int64_t index, tn_fault *out);

/* Verification. */

/* Kinds of findings. */
enum {
    TN_FOUND_DAMAGE = 1, /* the file cannot be read or decoded */
    TN_FOUND_GUESS = 2,  /* it decodes, but the decoder guessed some pixels */
    TN_FOUND_CHANGE = 3, /* its bytes are not those that were indexed */
    TN_FOUND_INDEX = 4   /* its index is damaged, or gives other pixels */
};
typedef struct tn_verify_options {
    int32_t size;    /* sizeof(tn_verify_options) */
    int32_t threads; /* 0: tn_cpu_threads() */
} tn_verify_options;
typedef struct tn_verify_facts {
    int32_t size; /* sizeof(tn_verify_facts) */
    int32_t reserved;
    int64_t samples, done;
    int64_t damaged, guessed, changed, misindexed; /* samples by kind of finding */
    int64_t indexed;                               /* samples that were decoded by an index too */
    int64_t file_bytes;                            /* of the files that could be read */
    int64_t findings;                              /* see tn_verify_finding */
} tn_verify_facts;
typedef struct tn_finding {
    int32_t size;    /* sizeof(tn_finding) */
    int32_t kind;    /* TN_FOUND_DAMAGE … */
    int32_t code;    /* a status; TN_OK for a guess */
    int32_t guesses; /* number of guesses */
    int32_t row;     /* approximate pixel row of the first trouble; -1: not known */
    int32_t reserved;
    int64_t byte; /* approximate place in the file of the first trouble; -1: not known */
    int64_t sample;
    const char *stage, *name, *message;
} tn_finding;
/* Reads and decodes all samples whole. Yours; NULL: TN_EINVAL, TN_EIO, TN_EDECODE, TN_ENOMEM.
 * tn_task_wait returns TN_OK even if files are damaged. */
tn_task *tn_verify_start(tn_dataset *dataset, const tn_verify_options *options);
int32_t tn_verify_facts_of(tn_task *task, tn_verify_facts *out);
/* Finding `index` of the facts' findings, in the order of the samples. */
int32_t tn_verify_finding(tn_task *task, int64_t index, tn_finding *out);

/* Packs. */

/* A pack is a folder of shards, in which any crop costs little more than its own pixels. Opened as
 * a data set, it has the same samples, labels, order, fingerprint, splits and pixels as the data
 * set that was packed. How it stores a file decides what tn_unpack_start makes of it:
 *
 * - Baseline JPEGs: as quantised coefficients without Huffman codes. Unpacked bit for bit.
 * - PNG, BMP, lossless WebP and TIFF with one frame or page: as the pixels of every mode. Unpacked
 *   as a PNG with the same pixels in every mode, under the same name; not the same bytes. With
 *   keep_files the file is stored too, and unpacked bit for bit. A file that would have other
 *   pixels in some mode is stored unchanged.
 * - All others, for example progressive JPEGs, animations, and files with damage: unchanged.
 *   Unpacked bit for bit. */
enum {
    TN_PACK_FAST = 1, /* the faster layout */
    TN_PACK_SMALL = 2 /* the smaller one */
};
typedef struct tn_pack_options {
    int32_t size;        /* sizeof(tn_pack_options) */
    int32_t layout;      /* TN_PACK_FAST (default), TN_PACK_SMALL */
    int32_t threads;     /* 0: tn_cpu_threads(). The pack's bytes do not depend on it */
    int32_t splits;      /* TN_YES (default): the splits of a data set that was opened whole can be
                            opened one by one in the pack too; TN_NO */
    int64_t shard_bytes; /* a shard is closed before it gets larger; 0: 256 MiB; least 1 KiB */
    const char *path;    /* of the folder that becomes the pack; copied; required */
    int32_t keep_files;  /* TN_YES: files whose pixels the pack stores are stored too, so that
                            unpacking restores them bit for bit; TN_NO (default) */
} tn_pack_options;
typedef struct tn_unpack_options {
    int32_t size;     /* sizeof(tn_unpack_options) */
    int32_t threads;  /* 0: tn_cpu_threads() */
    const char *path; /* of the folder that is made; copied; required */
} tn_unpack_options;
/* Facts of packing and unpacking. */
typedef struct tn_pack_facts {
    int32_t size;  /* sizeof(tn_pack_facts) */
    int32_t whole; /* TN_YES: the pack, or the unpacked folder, is complete; TN_NO */
    int64_t samples, done;
    int64_t resumed;           /* samples that an earlier run packed */
    int64_t coefficients;      /* files packed as coefficients; this and all below do not count the
                                  resumed samples, except pack_bytes, kept and kept_bytes */
    int64_t jpeg_bytes;        /* of these files */
    int64_t coefficient_bytes; /* of their records */
    int64_t file_bytes;        /* of all files */
    int64_t pack_bytes;        /* of all records */
    int64_t kept;              /* samples in finished shards: a later run keeps them if this ends */
    int64_t kept_bytes;        /* of their records */
    const char *notes;         /* sentences for the user, a line each; "" while the task runs */
    int64_t pixels;            /* files packed as pixels */
    int64_t pixel_file_bytes;  /* of these files */
    int64_t pixel_bytes;       /* of their records; of kept files too */
    int64_t kept_files;        /* files packed as pixels whose bytes the pack keeps too */
} tn_pack_facts;
/* Packs a data set into the folder `path`; missing folders above it are made. An incomplete pack is
 * no data set: its manifest is written last. After a stop or a kill, the same call continues after
 * the last finished shard. A shard is packed again if one of its files has changed since (size,
 * time, inode; where the time proves nothing, hash), and with it all shards after it; a note then
 * says so. A folder that holds anything else, or in which another task works, is refused. Yours;
 * NULL: TN_EINVAL, TN_EIO, TN_EDECODE, TN_ENOMEM, TN_ESTOPPED.
 *
 * tn_task_wait returns TN_EIO if a file cannot be read, a file changed while it was packed, the
 * module that decodes WebP or TIFF is missing and there is such a file, or the output cannot be
 * written. Images that need more than 256 MiB to pack are packed one at a time. */
tn_task *tn_pack_start(tn_dataset *dataset, const tn_pack_options *options);
/* Restores the files of a pack in the folder `path`, which must not exist. Compares each file with
 * the hash of the packed one. Of files whose pixels alone are in the pack it makes PNGs; the notes
 * of the facts name each of them. Writes to the folder PATH.part, and renames it at the end; a
 * folder of that name that another task or another pack has left is refused. Yours; NULL:
 * TN_EINVAL, TN_EIO, TN_ENOMEM. tn_task_wait returns TN_EDECODE if a record is damaged. */
tn_task *tn_unpack_start(tn_dataset *pack, const tn_unpack_options *options);
int32_t tn_pack_facts_of(tn_task *task, tn_pack_facts *out);

/* Hashes. */

/* A running 128-bit hash (XXH3) over bytes, to compare output between runs and machines. */
typedef struct tn_hash tn_hash;
/* Yours; NULL: TN_ENOMEM. */
tn_hash *tn_hash_create(void);
void tn_hash_destroy(tn_hash *hash);
/* Adds bytes. */
void tn_hash_bytes(tn_hash *hash, const void *bytes, int64_t n_bytes);
/* Adds the elements of all tensors of a batch, in the order of their shapes. TN_ESTALE. */
int32_t tn_hash_batch(tn_hash *hash, const tn_batch *batch);
/* Writes the hash so far to `out`: 32 hexadecimal digits and a NUL. */
void tn_hash_text(const tn_hash *hash, char *out);
/* cdef:end */
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
