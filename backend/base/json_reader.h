/*
 * Inside of the JSON reader: what json.c (bytes, ends, errors) and
 * json_events.c (yajl's events become trees) share.  Nobody else includes it.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include <yajl/yajl_parse.h>

#include "backend/base/json.h"

#define PATHS_MAX 64u /* as many as json_reader has bits for */

struct json_frame {
	struct tree *node, *last; /* the container, its newest child */
	uint64_t match;		  /* item paths still possible below */
	int32_t items;		  /* path whose elements these are, or -1 */
};

struct json_reader {
	yajl_handle yajl;
	struct json_spec spec;
	size_t limit, rest_limit;
	uint32_t depth_limit;

	uint32_t path_count;
	uint32_t skip_count;
	uint32_t *skip_len;
	uint64_t skip_lengths; /* bit n: some skipped name has n bytes */

	struct json_frame *stack; /* depth_limit + 1 */
	uint32_t depth;	     /* frames in use */
	uint32_t skip_depth; /* containers open inside a skipped member */
	bool skip_value;     /* the next value belongs to a skipped name */

	/* The pending member name, in the arena of what is being built. */
	const char *key;
	uint32_t key_len;
	uint64_t key_match;

	struct arena *item_arena, *rest_arena, *arena; /* arena: current */
	int32_t item_path;	/* path of the open item, or -1 */
	uint32_t item_depth;	/* frames below the open item */
	struct tree *rest;
	bool rest_done, begun, failed;

	uint64_t values;       /* top-level values completed */
	uint64_t value_offset; /* where the last of them ended */
	bool trailing;	       /* something other than blanks follows it */

	uint64_t offset;       /* bytes fed, the running feed included */
	uint64_t feed_offset;  /* where the running feed began */
	uint64_t token_offset; /* offset at the last complete token */
	bool borrowed;	       /* rest_arena is the caller's */
	struct err *err;       /* of the running feed */
};

/* Bytes of the stream that the parser has taken, a bad one included. */
unsigned long long json_here(const struct json_reader *r);
/* Sets the reader's err; false, which stops yajl. */
bool json_too_large(struct json_reader *r, size_t limit);

extern const yajl_callbacks json_events;

#endif
