/* SPDX-License-Identifier: MIT */
/* Lists as sources. See source.h. The whole file is read into memory, and freed when its entries
 * are known. They become a listing, which is kept in the cache. Relative paths begin in the folder
 * of the list. */
#include "data/list/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/open.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/show.h"
#include "base/text.h"
#include "base/thread.h"
#include "data/classmap.h"
#include "data/list/entries.h"
#include "data/list/listed.h"
#include "data/list/table.h"

/* The longest list. */
static const int64_t most_bytes = (int64_t)1 << 36;

enum { CSV = 1, TSV, JSONL, STYLEGAN };      /* choices of `format`, after auto */
enum { HEADER_AUTO, HEADER_YES, HEADER_NO }; /* choices of `header` */
enum { MOST_COLUMNS = 256 };
enum { LOOK_EVERY = 4096 }; /* rows between two looks at `stop` */

/* Names of columns and fields, tried in this order if the options give none. */
static const char *const image_names[] = {"path",  "file",     "filename", "file_name",
                                          "image", "filepath", "img",      "image_path"};
static const char *const label_names[] = {"label", "labels", "class", "category", "target"};
enum {
    N_IMAGE_NAMES = sizeof image_names / sizeof *image_names,
    N_LABEL_NAMES = sizeof label_names / sizeof *label_names
};

static const char *const separator_sets[] = {"|;,", "|", ";", ",", " "};

typedef struct list {
    const tn__source_options *options;
    const char *path;
    const char *image, *label, *weight; /* of the options; NULL: not given */
    const char *separators;
    tn__entries entries;
    bool has_label; /* a line of JSON has a field with its label */
    tn__progress progress;
    double next_look; /* when the progress is shown again, as tn__now() */
} list;

static int32_t choice(const list *self, const char *name)
{
    return tn__kind_value(self->options, name)->choice;
}

/* Adds the list and the line to a failure. */
static int fail_line(const list *self, int64_t line, int status)
{
    return status == TN_EDECODE ? tn__error_prefix("%s, line %lld", self->path, (long long)line)
                                : status;
}

/* Shows now and then how far the work is. */
static void show_progress(list *self, const char *doing)
{
    const double now = tn__now();
    if (now < self->next_look)
        return;
    self->next_look = now + TN__PROGRESS_MS / 1000.0;
    tn__progress_show(&self->progress, "%s: %lld entries: %s", doing,
                      (long long)self->entries.draft.n, self->path);
}

/* Called for each row. TN_ESTOPPED. */
static int look(list *self, int64_t row)
{
    if (row % LOOK_EVERY != 0)
        return TN_OK;
    show_progress(self, "listing");
    return tn__is_stopped(self->options->dataset->stop)
               ? tn__fail(TN_ESTOPPED,
                          "the list was not read to its end: the caller stopped the work")
               : TN_OK;
}

/* The folder where relative paths begin: that of the options, or the list's own. */
static int find_folder(const list *self, tn__text *folder)
{
    const char *const given = tn__kind_value(self->options, "folder")->text;
    if (given)
        tn__text_add(folder, given);
    else
        tn__path_folder(self->path, strlen(self->path), folder);
    return folder->failed ? tn__fail_memory("a path", folder->capacity) : TN_OK;
}

/* Which cells of a table hold what. */
typedef struct columns {
    int32_t n; /* cells of the first row */
    int32_t image;
    int32_t weight;   /* -1: there is none */
    int32_t n_labels; /* 0: there are none */
    bool is_plural;   /* the header says "labels", and the user did not say of what kind */
    int32_t label[MOST_COLUMNS];
} columns;

/* The column with this name; -1: there is none. Upper and lower case are equal. */
static int32_t find_column(const tn__table *table, const char *name, size_t n)
{
    for (int32_t c = 0; c < table->n_cells; c++)
        if (strlen(table->cells[c]) == n && strncasecmp(table->cells[c], name, n) == 0)
            return c;
    return -1;
}

/* The first column with one of the names. */
static int32_t find_one_of(const tn__table *table, const char *const *names, int32_t n)
{
    int32_t found = -1;
    for (int32_t i = 0; i < n && found < 0; i++)
        found = find_column(table, names[i], strlen(names[i]));
    return found;
}

/* A column by its number from 1, for a table without a header; -1: it is not a number. */
static int32_t column_by_number(const char *name, size_t n)
{
    if (n == 0 || n > 5 || strspn(name, "0123456789") < n)
        return -1;
    return (int32_t)strtol(name, NULL, 10) - 1;
}

static int32_t named_column(const tn__table *table, const char *name, size_t n, bool has_header)
{
    const int32_t found = has_header ? find_column(table, name, n) : -1;
    return found >= 0 ? found : column_by_number(name, n);
}

static int fail_column(const list *self, const char *name, int n)
{
    return tn__fail(TN_EINVAL,
                    "%s: there is no column \"%.*s\"; name one of its first line, or give the "
                    "number of the column from 1",
                    self->path, n, name);
}

/* Finds the columns of the labels, which commas separate. */
static int find_labels(const list *self, const tn__table *table, bool has_header, columns *out)
{
    for (const char *name = self->label; name; name = *name ? name + 1 : NULL) {
        const size_t n = strcspn(name, ",");
        if (out->n_labels == MOST_COLUMNS)
            return tn__fail(TN_EINVAL, "%s: more than %d columns of labels", self->path,
                            MOST_COLUMNS);
        out->label[out->n_labels] = named_column(table, name, n, has_header);
        if (out->label[out->n_labels] < 0)
            return fail_column(self, name, (int)n);
        out->n_labels++;
        name += n;
        if (!*name)
            break;
    }
    return TN_OK;
}

/* Finds the columns by the names that the user gave, by known names, or else takes the first as the
 * path and the second as the label. */
static int find_columns(const list *self, const tn__table *table, bool has_header, columns *out)
{
    *out = (columns){.n = table->n_cells, .image = -1, .weight = -1};
    if (self->weight)
        out->weight = named_column(table, self->weight, strlen(self->weight), has_header);
    if (self->weight && out->weight < 0)
        return fail_column(self, self->weight, (int)strlen(self->weight));
    if (self->image)
        out->image = named_column(table, self->image, strlen(self->image), has_header);
    else if (has_header)
        out->image = find_one_of(table, image_names, N_IMAGE_NAMES);
    if (self->image && out->image < 0)
        return fail_column(self, self->image, (int)strlen(self->image));
    if (out->image < 0)
        out->image = 0;
    if (self->label)
        return find_labels(self, table, has_header, out);
    int32_t label = has_header ? find_one_of(table, label_names, N_LABEL_NAMES) : -1;
    if (label < 0 && table->n_cells > 1)
        label = out->image == 0 ? 1 : 0;
    out->n_labels = label >= 0;
    out->label[0] = label;
    out->is_plural = label >= 0 && has_header && self->entries.kind == TN__LIST_AUTO &&
                     strcasecmp(table->cells[label], "labels") == 0;
    return TN_OK;
}

/* True if the first row names columns. */
static bool is_header(const list *self, const tn__table *table)
{
    const int32_t wanted = choice(self, "header");
    if (wanted != HEADER_AUTO)
        return wanted == HEADER_YES;
    if (self->image && find_column(table, self->image, strlen(self->image)) >= 0)
        return true;
    return find_one_of(table, image_names, N_IMAGE_NAMES) >= 0 ||
           find_one_of(table, label_names, N_LABEL_NAMES) >= 0;
}

/* Checks that a row has the cell. */
static int need_cell(const tn__table *table, int32_t cell, const char *what)
{
    return cell < table->n_cells ? TN_OK
                                 : tn__fail(TN_EDECODE, "has %d cells, and no %s in cell %d",
                                            table->n_cells, what, cell + 1);
}

/* Checks that a row has the cells that are read, and none beyond those of the first row: its path
 * may have a delimiter in it. Empty cells at the end do no harm. */
static int check_row(const tn__table *table, const columns *at)
{
    int status = need_cell(table, at->image, "path");
    if (status == TN_OK)
        status = need_cell(table, at->weight, "weight");
    for (int32_t l = 0; l < at->n_labels && status == TN_OK; l++)
        status = need_cell(table, at->label[l], "label");
    for (int32_t c = at->n; c < table->n_cells && status == TN_OK; c++)
        if (table->cells[c][0])
            status = tn__fail(TN_EDECODE,
                              "has %d cells, but the first line has %d; a cell with \"%c\" in it "
                              "stands in quotes",
                              table->n_cells, at->n, table->delimiter);
    return status;
}

static int add_row(list *self, const tn__table *table, const columns *at)
{
    int status = check_row(table, at);
    if (status == TN_OK && at->weight >= 0)
        status = tn__entries_add_weight_text(&self->entries, table->cells[at->weight]);
    if (status == TN_OK && at->is_plural && strchr(table->cells[at->label[0]], '|'))
        return tn__fail(TN_EINVAL,
                        "%s, line %lld: the column \"labels\" has \"%s\"; say labels=classes for "
                        "several classes, or labels=class for one of that name",
                        self->path, (long long)table->line, table->cells[at->label[0]]);
    for (int32_t l = 0; l < at->n_labels && status == TN_OK; l++)
        status = tn__entries_add_cell(&self->entries, table->cells[at->label[l]], self->separators);
    return status == TN_OK ? tn__entries_add(&self->entries, table->cells[at->image]) : status;
}

/* 1 if the file that a cell names exists; 0 if not; a negative status. */
static int exists(const list *self, const char *cell)
{
    tn__text path = {0};
    struct stat facts;
    int answer = find_folder(self, &path);
    tn__text_printf(&path, "/%s", cell);
    if (answer == TN_OK)
        answer =
            path.failed ? tn__fail_memory("a path", path.capacity) : tn__stat(path.chars, &facts);
    tn__text_free(&path);
    return answer;
}

/* True for a cell that looks like a path of an image. */
static bool looks_like_path(const char *cell)
{
    return strpbrk(cell, "./");
}

/* Refuses a first row that is probably a header without a known name: in place of the path it has a
 * word that is not a file, and the second row has a path. */
static int check_first(const list *self, const char *first, const char *second)
{
    if (!first[0] || looks_like_path(first) || !looks_like_path(second))
        return TN_OK;
    const int answer = exists(self, first);
    return answer > 0   ? TN_OK
           : answer < 0 ? answer
                        : tn__fail(TN_EINVAL,
                                   "%s: its first line names \"%s\", and there is no such file; if "
                                   "it names the columns, say header=yes image=%s, else header=no",
                                   self->path, first, first);
}

static int read_table(list *self, char *text, char delimiter)
{
    tn__table table;
    columns at = {0};
    const char *first = NULL; /* the path of a first row that may be a header */
    tn__table_begin(text, delimiter, &table);
    int more = tn__table_next(&table), status = more < 0 ? more : TN_OK;
    if (more > 0) {
        const bool has_header = is_header(self, &table);
        status = find_columns(self, &table, has_header, &at);
        if (status == TN_OK && has_header)
            more = tn__table_next(&table);
        else if (status == TN_OK && choice(self, "header") == HEADER_AUTO &&
                 at.image < table.n_cells)
            first = table.cells[at.image];
    }
    for (int64_t row = 1; status == TN_OK && more > 0; row++) {
        status = look(self, row);
        if (status == TN_OK)
            status = add_row(self, &table, &at);
        if (status == TN_OK && row == 2 && first)
            status = check_first(self, first, table.cells[at.image]);
        if (status == TN_OK)
            more = tn__table_next(&table);
    }
    status = fail_line(self, table.line, status != TN_OK ? status : more < 0 ? more : TN_OK);
    tn__table_free(&table);
    return status;
}

/* Finds a field by its name, or by a path such as "meta.label". */
static bool find_field(tn__json object, const char *name, tn__json *out)
{
    while (!tn__json_member(object, name, strlen(name), out)) {
        const char *const dot = strchr(name, '.');
        if (!dot || !tn__json_member(object, name, (size_t)(dot - name), &object))
            return false;
        name = dot + 1;
    }
    return true;
}

/* Finds the field of the options, or else the first one with a known name. */
static bool find_value(tn__json object, const char *given, const char *const *names, int32_t n,
                       tn__json *out)
{
    if (given)
        return find_field(object, given, out);
    for (int32_t i = 0; i < n; i++)
        if (find_field(object, names[i], out))
            return true;
    return false;
}

/* True for a number with a fraction or an exponent. */
static bool is_fraction(tn__json value)
{
    int64_t whole;
    return tn__json_kind(value) == '0' && !tn__json_int(value, &whole);
}

/* The kind of labels that a value shows. */
static int32_t kind_of_value(tn__json value)
{
    if (tn__json_kind(value) == '{')
        return TN__LIST_WEIGHTS;
    if (tn__json_kind(value) != '[')
        return is_fraction(value) ? TN__LIST_NUMBERS : TN__LIST_CLASS;
    tn__json_walk items = tn__json_items(value);
    while (tn__json_next(&items))
        if (is_fraction(items.value))
            return TN__LIST_NUMBERS;
    return TN__LIST_CLASSES;
}

/* Reads a number of JSON that is finite. */
static int read_number(const char *what, tn__json value, double *out)
{
    return tn__json_number(value, out)
               ? TN_OK
               : tn__fail(TN_EDECODE, "has a %s that is not a %snumber: %.*s", what,
                          tn__json_kind(value) == '0' ? "finite " : "", tn__shown(value.n),
                          value.chars);
}

static int add_json_number(list *self, tn__json value)
{
    double number = 0.0;
    const int status = read_number("label", value, &number);
    return status == TN_OK ? tn__entries_add_number(&self->entries, number) : status;
}

/* Adds a string or a whole number as a word. */
static int add_json_word(list *self, tn__json value)
{
    tn__text word = {0};
    int status = TN_OK;
    if (tn__json_kind(value) == '"')
        tn__json_text(value, &word);
    else if (tn__json_kind(value) == '0' && !is_fraction(value))
        tn__text_add_bytes(&word, value.chars, value.n);
    else
        status = tn__fail(TN_EDECODE, "has a label that is neither a text nor a whole number: %.*s",
                          tn__shown(value.n), value.chars);
    if (status == TN_OK && word.failed)
        status = tn__fail_memory("a label", value.n);
    if (status == TN_OK)
        status = tn__entries_add_word(&self->entries, word.chars ? word.chars : "", word.length);
    tn__text_free(&word);
    return status;
}

static int add_json_piece(list *self, tn__json value)
{
    const bool is_empty = tn__json_kind(value) == '"' && value.n == 2;
    if (is_empty && self->entries.kind != TN__LIST_NUMBERS && self->entries.kind != TN__LIST_TEXT)
        return TN_OK; /* no class, as an empty cell */
    return self->entries.kind == TN__LIST_NUMBERS ? add_json_number(self, value)
                                                  : add_json_word(self, value);
}

/* Adds the labels of an object that gives each class a weight. */
static int add_json_weights(list *self, tn__json object)
{
    tn__json_walk items = tn__json_items(object);
    int status = tn__json_kind(object) == '{'
                     ? TN_OK
                     : tn__fail(TN_EDECODE, "has labels that are not an object of weights");
    while (status == TN_OK && tn__json_next(&items)) {
        status = add_json_word(self, items.key);
        if (status == TN_OK)
            status = add_json_number(self, items.value);
    }
    return status;
}

static int add_json_labels(list *self, tn__json value)
{
    if (tn__json_kind(value) == 'n')
        return TN_OK;
    if (self->entries.kind == TN__LIST_AUTO)
        self->entries.kind = kind_of_value(value);
    if (self->entries.kind == TN__LIST_WEIGHTS)
        return add_json_weights(self, value);
    if (tn__json_kind(value) != '[')
        return add_json_piece(self, value);
    if (self->entries.kind == TN__LIST_TEXT)
        return tn__fail(TN_EDECODE, "has a list as its label, not a text");
    tn__json_walk items = tn__json_items(value);
    int status = TN_OK;
    while (status == TN_OK && tn__json_next(&items))
        status = add_json_piece(self, items.value);
    return status;
}

static int add_json_weight(list *self, tn__json object)
{
    tn__json value;
    double weight = 0.0;
    if (!find_field(object, self->weight, &value))
        return tn__fail(TN_EDECODE, "has no field %s with a weight", self->weight);
    const int status = read_number("weight", value, &weight);
    return status == TN_OK ? tn__entries_add_weight(&self->entries, weight) : status;
}

static int add_object(list *self, tn__json object, tn__text *path)
{
    tn__json value;
    tn__text_clear(path);
    if (!find_value(object, self->image, image_names, N_IMAGE_NAMES, &value) ||
        !tn__json_text(value, path))
        return tn__fail(TN_EDECODE, "has no field %s with a path",
                        self->image ? self->image : image_names[0]);
    if (path->failed || strlen(path->chars) != path->length)
        return path->failed ? tn__fail_memory("a path", path->capacity)
                            : tn__fail(TN_EDECODE, "has a path with a zero byte");
    int status = self->weight ? add_json_weight(self, object) : TN_OK;
    if (status == TN_OK && find_value(object, self->label, label_names, N_LABEL_NAMES, &value)) {
        self->has_label = true;
        status = add_json_labels(self, value);
    }
    return status == TN_OK ? tn__entries_add(&self->entries, path->chars) : status;
}

static int read_lines(list *self, const char *text)
{
    tn__text path = {0};
    text += tn__text_mark(text);
    int status = TN_OK;
    for (int64_t line = 1; *text && status == TN_OK; line++) {
        const size_t n = strcspn(text, "\n");
        tn__json object;
        status = look(self, line);
        if (status == TN_OK && strspn(text, " \t\r") < n)
            status = tn__json_read(text, n, &object) && tn__json_kind(object) == '{'
                         ? add_object(self, object, &path)
                         : tn__fail(TN_EDECODE, "is not a JSON object");
        status = fail_line(self, line, status);
        text += n + (text[n] != '\0');
    }
    tn__text_free(&path);
    if (status == TN_OK && self->label && !self->has_label && self->entries.draft.n > 0)
        return tn__fail(TN_EINVAL, "%s: no line has a field %s with a label", self->path,
                        self->label);
    return status;
}

/* Adds a pair of a path and a label. */
static int add_pair(list *self, tn__json pair, tn__text *path)
{
    tn__json_walk parts = tn__json_items(pair);
    tn__text_clear(path);
    if (tn__json_kind(pair) != '[' || !tn__json_next(&parts) || !tn__json_text(parts.value, path))
        return tn__fail(TN_EDECODE, "has no path");
    if (path->failed || strlen(path->chars) != path->length)
        return path->failed ? tn__fail_memory("a path", path->capacity)
                            : tn__fail(TN_EDECODE, "has a path with a zero byte");
    const bool has_label = tn__json_next(&parts);
    /* StyleGAN makes floats of lists. */
    if (has_label && self->entries.kind == TN__LIST_AUTO && tn__json_kind(parts.value) == '[')
        self->entries.kind = TN__LIST_NUMBERS;
    const int status = has_label ? add_json_labels(self, parts.value) : TN_OK;
    return status == TN_OK ? tn__entries_add(&self->entries, path->chars) : status;
}

/* Reads the file dataset.json that StyleGAN's tools write: an object whose list "labels" has
 * pairs. */
static int read_pairs(list *self, const char *text)
{
    static const char key[] = "labels";
    tn__json object, pairs;
    tn__text path = {0};
    if (self->image || self->label || self->weight)
        return tn__fail(TN_EINVAL,
                        "%s: image, label and weight name columns or fields, and this format has "
                        "none",
                        self->path);
    if (!tn__json_read(text, strlen(text), &object))
        return tn__fail(TN_EDECODE, "%s: is not JSON", self->path);
    if (!tn__json_member(object, key, sizeof key - 1, &pairs) || tn__json_kind(pairs) != '[')
        return tn__fail(TN_EDECODE, "%s: has no list \"%s\"", self->path, key);
    tn__json_walk items = tn__json_items(pairs);
    int status = TN_OK;
    for (int64_t number = 1; status == TN_OK && tn__json_next(&items); number++) {
        status = look(self, number);
        if (status == TN_OK)
            status = add_pair(self, items.value, &path);
        if (status == TN_EDECODE)
            status = tn__error_prefix("%s, entry %lld", self->path, (long long)number);
    }
    tn__text_free(&path);
    return status;
}

/* The format that the list's name tells; 0: none. */
static int32_t format_of(const char *path)
{
    if (tn__ends_with_any_case(path, ".csv"))
        return CSV;
    if (tn__ends_with_any_case(path, ".tsv"))
        return TSV;
    if (tn__ends_with_any_case(path, "/dataset.json") || strcmp(path, "dataset.json") == 0)
        return STYLEGAN;
    return tn__ends_with_any_case(path, ".jsonl") || tn__ends_with_any_case(path, ".ndjson") ? JSONL
                                                                                             : 0;
}

/* The delimiter of a CSV file: the first line has it. A comma, or else a semicolon, or else a tab.
 */
static char delimiter_of(const char *text)
{
    static const char known[] = {',', ';', '\t'};
    const size_t n = strcspn(text, "\r\n");
    for (size_t k = 0; k < sizeof known; k++)
        if (memchr(text, known[k], n))
            return known[k];
    return ',';
}

static int read_text(list *self, char *text)
{
    const int32_t given = choice(self, "format");
    switch (given ? given : format_of(self->path)) {
    case CSV: return read_table(self, text, delimiter_of(text));
    case TSV: return read_table(self, text, '\t');
    case JSONL: return read_lines(self, text);
    case STYLEGAN: return read_pairs(self, text);
    default:
        return tn__fail(TN_EINVAL,
                        "%s: its name does not tell its format; say format=csv, tsv, "
                        "jsonl or stylegan",
                        self->path);
    }
}

/* Reads the file into the buffer. */
static int read_file(const char *path, tn__buffer *buffer)
{
    const tn__extent all = {.length = -1, .max_bytes = most_bytes, .n_bytes = SIZE_MAX};
    int64_t length;
    const int status = tn__read_file(AT_FDCWD, path, all, buffer, &length);
    if (status != TN_OK)
        return tn__error_prefix("data set \"%s\"", path);
    if (memchr(buffer->bytes, '\0', buffer->size))
        return tn__fail(TN_EDECODE, "%s: is not plain text: it has a zero byte", path);
    return TN_OK;
}

/* Writes what decides which samples a list has: the options, and the classes of a class map. */
static int write_key(const list *self, const char *folder, tn__text *key)
{
    const char *const class_map = self->options->dataset->class_map;
    tn__classmap classes = {0};
    const int status = class_map ? tn__classmap_read(class_map, folder, &classes) : TN_OK;
    tn__text_add(key, "list 4"); /* the number of the rules by which labels are read */
    tn__arguments_format(&self->options->kind->spec, self->options->value, key);
    tn__classmap_add(&classes, " classes=", key);
    tn__classmap_free(&classes);
    return status == TN_OK && key->failed ? tn__fail_memory("a key", key->capacity) : status;
}

/* Makes the source of the entries. */
static tn__source *open_entries(list *self, const tn__listed_plan *plan)
{
    tn__classmap classes = {0};
    tn__source *opened = NULL;
    const int status = tn__entries_label(&self->entries, plan->folder,
                                         self->options->dataset->class_map, &classes);
    if (status == TN_EINVAL || status == TN_EDECODE)
        (void)tn__error_prefix("%s", self->path);
    if (status == TN_OK)
        opened = tn__listed_make(plan, &self->entries.draft, &classes);
    tn__classmap_free(&classes);
    return opened;
}

/* Reads the list. */
static tn__source *read_list(list *self, const tn__listed_plan *plan)
{
    tn__buffer buffer = {0};
    tn__source *opened = NULL;
    tn__progress_begin(&self->progress, self->options->dataset->progress == TN_YES);
    int status = read_file(self->path, &buffer);
    if (status == TN_OK)
        status = read_text(self, (char *)buffer.bytes);
    tn__buffer_free(&buffer);
    if (status == TN_OK && self->entries.draft.n == 0)
        status = tn__fail(TN_EINVAL, "%s: the list has no samples", self->path);
    if (status == TN_OK)
        opened = open_entries(self, plan);
    tn__progress_end(&self->progress);
    return opened;
}

static tn__source *open_list(const tn__source_options *options)
{
    list self = {.options = options,
                 .path = options->dataset->root,
                 .image = tn__kind_value(options, "image")->text,
                 .label = tn__kind_value(options, "label")->text,
                 .weight = tn__kind_value(options, "weight")->text,
                 .separators = separator_sets[tn__kind_value(options, "separator")->choice]};
    tn__listed_plan plan = {.dataset = options->dataset};
    tn__text folder = {0}, key = {0};
    tn__source *opened = NULL;
    self.entries.kind = choice(&self, "labels");
    int status = find_folder(&self, &folder);
    if (status == TN_OK)
        status = write_key(&self, folder.chars, &key);
    if (status == TN_OK)
        status = tn__listed_look(self.path, &plan);
    plan.folder = folder.chars;
    plan.key = key.chars;
    if (status == TN_OK && !tn__listed_load(&plan, &opened))
        opened = read_list(&self, &plan);
    tn__entries_free(&self.entries);
    tn__text_free(&folder);
    tn__text_free(&key);
    return opened;
}

/* A list has no form of its own: its name must say what it is. */
static int claims(tn__root_facts *root)
{
    return S_ISREG(root->stat.st_mode) && format_of(root->path) != 0;
}

static const tn__param params[] = {
    {.name = "format",
     .kind = TN__CHOICE,
     .initial = "auto",
     .choices = "auto csv tsv jsonl stylegan",
     .doc = "form of the list; auto: by its name. stylegan: the file dataset.json"},
    {.name = "image",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "column or field with the path: its name, or its number from 1; without it path, file, "
            "filename, file_name, image, filepath, img or image_path, or else the first column"},
    {.name = "label",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "columns or field with the label: names or numbers, separated by commas; without it "
            "label, labels, class, category or target, or else the second column"},
    {.name = "labels",
     .kind = TN__CHOICE,
     .initial = "auto",
     .choices = "auto class classes numbers weights text",
     .doc = "what the labels are. class: one class, by name or number. classes: several. numbers. "
            "weights: classes with weights (cat:0.7), as one number for each class. text. auto: as "
            "the first label of JSON is written; a class in a table"},
    {.name = "weight",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "column or field with the weight of each sample, for the order weighted-1; unset: "
            "there are none"},
    {.name = "separator",
     .kind = TN__CHOICE,
     .initial = "any",
     .choices = "any bar semicolon comma blank",
     .doc = "what stands between several labels in a cell; any: a bar, a semicolon or a comma"},
    {.name = "header",
     .kind = TN__CHOICE,
     .initial = "auto",
     .choices = "auto yes no",
     .doc = "whether the first line of a table names its columns; auto: if one of the names is "
            "known"},
    {.name = "folder",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "where relative paths begin; without it in the folder of the list"},
    {0}};

const tn__source_kind tn__kind_list = {
    .spec =
        {
            .name = "list",
            .aliases = "csv tsv jsonl",
            .doc = "A CSV, TSV or JSON lines file with the path and the labels of each sample.",
            .params = params,
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .open = open_list,
};
