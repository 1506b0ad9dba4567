/* SPDX-License-Identifier: MIT */
/* Decompresses pages piece by piece. See streams.h. */
#include "data/parquet/streams.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/open.h"
#include "base/read.h"
#include "base/stamp.h"
#include "data/parquet/meta.h"
#include "data/parquet/unpack.h"

enum { PIECE = 1 << 17 };      /* bytes that are read at once */
enum { FIRST_ROOM = 1 << 18 }; /* grows to TN__STREAM_KEPT */
enum { NEAR = TN__STREAM_KEPT / 2 };

typedef struct stream {
    /* Under the lock: */
    bool is_busy, is_valid;
    uint32_t file;
    int64_t page;  /* offset of its stored bytes */
    int64_t goal;  /* of the page: where the bytes that are wanted begin */
    uint64_t used; /* the turn in which it was used last */
    /* Of the thread that uses it: */
    tn__unpacker unpacker;
    uint8_t *piece; /* of stored bytes */
    size_t at, n_piece;
    int64_t n_read; /* stored bytes of the page */
    uint8_t *bytes; /* of the page */
    size_t n_bytes, room;
    int64_t begin; /* of `bytes` in the page */
} stream;

struct tn__streams {
    pthread_mutex_t lock;
    pthread_cond_t given; /* a stream is free again */
    uint64_t turn;
    int32_t n;
    stream list[];
};

tn__streams *tn__streams_make(int32_t n)
{
    const size_t n_bytes = sizeof(tn__streams) + (size_t)n * sizeof(stream);
    tn__streams *const made = calloc(1, n_bytes);
    if (!made) {
        tn__fail_memory("decoders of pages", n_bytes);
        return NULL;
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->given, NULL);
    made->n = n;
    return made;
}

void tn__streams_free(tn__streams *streams)
{
    for (int32_t i = 0; i < streams->n; i++) {
        tn__unpacker_free(&streams->list[i].unpacker);
        free(streams->list[i].piece);
        free(streams->list[i].bytes);
    }
    pthread_cond_destroy(&streams->given);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}

/* What a thread wants. */
typedef struct request {
    const tn__listed_place *place;
    int32_t codec;
    int64_t skip;
    tn__buffer *buffer;
    stream *stream;
} request;

static int64_t end_of(const stream *s)
{
    return s->begin + (int64_t)s->n_bytes;
}

/* True if the stream will soon have the bytes, or has just had them. */
static bool is_near(const stream *s, int64_t skip)
{
    return skip - s->goal < NEAR && s->goal - skip < NEAR;
}

/* How many bytes the stream must decompress before those that are wanted; -1: it has left them
 * behind, or has another page. */
static int64_t distance(const stream *s, const request *r)
{
    if (!s->is_valid || s->file != r->place->file || s->page != r->place->offset ||
        s->begin > r->skip)
        return -1;
    return end_of(s) < r->skip ? r->skip - end_of(s) : 0;
}

/* Chooses a free stream: the one that is nearest before the bytes, or else the one whose last
 * use is longest ago. NULL: wait. */
static stream *choose(tn__streams *streams, const request *r)
{
    stream *nearest = NULL, *oldest = NULL;
    for (int32_t i = 0; i < streams->n; i++) {
        stream *const s = &streams->list[i];
        if (s->is_busy && s->is_valid && s->file == r->place->file && s->page == r->place->offset &&
            is_near(s, r->skip))
            return NULL;
        if (s->is_busy)
            continue;
        const int64_t far = distance(s, r);
        if (far >= 0 && (!nearest || far < distance(nearest, r)))
            nearest = s;
        if (!oldest || s->used < oldest->used)
            oldest = s;
    }
    return nearest ? nearest : oldest;
}

static void restart(stream *s)
{
    s->n_read = s->begin = 0;
    s->at = s->n_piece = s->n_bytes = 0;
}

static stream *take(tn__streams *streams, const request *r)
{
    stream *s;
    pthread_mutex_lock(&streams->lock);
    while (!(s = choose(streams, r)))
        pthread_cond_wait(&streams->given, &streams->lock);
    if (distance(s, r) < 0) {
        restart(s);
        s->file = r->place->file;
        s->page = r->place->offset;
    }
    s->is_busy = s->is_valid = true;
    s->goal = r->skip;
    s->used = ++streams->turn;
    pthread_mutex_unlock(&streams->lock);
    return s;
}

static void give(tn__streams *streams, stream *s, bool is_valid)
{
    pthread_mutex_lock(&streams->lock);
    s->is_busy = false;
    s->is_valid = is_valid;
    pthread_cond_broadcast(&streams->given);
    pthread_mutex_unlock(&streams->lock);
}

/* Makes room after the bytes of the page: twice as much, or by forgetting the older half. */
static int make_room(stream *s)
{
    if (s->n_bytes < s->room)
        return TN_OK;
    if (s->room == TN__STREAM_KEPT) {
        const size_t n_forgotten = s->n_bytes / 2;
        s->n_bytes -= n_forgotten;
        s->begin += (int64_t)n_forgotten;
        memmove(s->bytes, s->bytes + n_forgotten, s->n_bytes);
        return TN_OK;
    }
    const size_t room = s->room ? 2 * s->room : FIRST_ROOM;
    uint8_t *const bytes = realloc(s->bytes, room);
    if (!bytes)
        return tn__fail_memory("a page", room);
    s->bytes = bytes;
    s->room = room;
    return TN_OK;
}

/* Reads the next piece of stored bytes, once the last one is used up. */
static int read_piece(const request *r, int descriptor)
{
    stream *const s = r->stream;
    const int64_t left = r->place->length - s->n_read;
    if (s->at < s->n_piece || left == 0)
        return TN_OK;
    if (!s->piece)
        s->piece = malloc(PIECE);
    if (!s->piece)
        return tn__fail_memory("a page", PIECE);
    const size_t n = left < PIECE ? (size_t)left : PIECE;
    const int status = tn__read_or_fail(descriptor, s->piece, n, r->place->offset + s->n_read);
    s->at = 0;
    s->n_piece = status == TN_OK ? n : 0;
    s->n_read += (int64_t)s->n_piece;
    return status;
}

/* Decompresses some more of the page. */
static int advance(const request *r, int descriptor)
{
    stream *const s = r->stream;
    int status = s->n_read == 0 ? tn__unpacker_open(&s->unpacker, r->codec) : TN_OK;
    if (status == TN_OK)
        status = make_room(s);
    if (status == TN_OK)
        status = read_piece(r, descriptor);
    if (status != TN_OK)
        return status;
    tn__inflate_io io = {s->piece + s->at, s->piece + s->n_piece, s->bytes, s->bytes + s->n_bytes,
                         s->bytes + s->room};
    const uint8_t *const in = io.in, *const out = io.out;
    status = tn__unpacker_run(&s->unpacker, &io);
    s->at += (size_t)(io.in - in);
    s->n_bytes += (size_t)(io.out - out);
    if (status == TN_OK && io.in == in && io.out == out)
        return tn__unpack_too_early(r->codec);
    return status;
}

/* Copies the bytes that are wanted as they come. */
static int copy_bytes(const request *r, int descriptor)
{
    const stream *const s = r->stream;
    size_t have = 0;
    int status = TN_OK;
    while (have < r->buffer->size && status == TN_OK) {
        const int64_t at = r->skip + (int64_t)have;
        if (at >= end_of(s)) {
            status = advance(r, descriptor);
            continue;
        }
        const size_t n_there = (size_t)(end_of(s) - at), n_left = r->buffer->size - have;
        const size_t n = n_there < n_left ? n_there : n_left;
        memcpy(r->buffer->bytes + have, s->bytes + (at - s->begin), n);
        have += n;
    }
    return status;
}

/* Called again if the server replaced the file: then the page begins anew. */
static int visit(void *context, int descriptor)
{
    const request *const r = context;
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    r->buffer->state = (tn__file_state){facts.st_size, tn__stamp(&facts.st_mtim), facts.st_ino};
    const int status = copy_bytes(r, descriptor);
    if (status != TN_OK)
        restart(r->stream);
    return status;
}

int tn__streams_read(tn__streams *streams, tn__files *files, const tn__listed_place *place,
                     int32_t codec, int64_t skip, tn__buffer *buffer)
{
    request r = {place, codec, skip, buffer, NULL};
    r.stream = take(streams, &r);
    const int status = tn__files_use(files, place->file, visit, &r);
    give(streams, r.stream, status == TN_OK);
    return status;
}
