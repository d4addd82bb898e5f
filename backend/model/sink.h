/*
 * Where clients deliver records: the store implements it, clients know only
 * this.
 *
 * A full list is begin, put..., end; what end has not seen is gone.  Changes
 * after that are put and gone.  An interrupted list calls end with complete
 * false: nothing is removed.
 *
 * Thread: the backend's.
 */
#ifndef MODEL_SINK_H
#define MODEL_SINK_H

#include "backend/base/err.h"
#include "backend/model/snapshot.h"

struct sink {
	void *ctx;
	void (*list_begin)(void *ctx, enum kind kind);
	void (*list_end)(void *ctx, enum kind kind, bool complete);
	/* Takes the reference over. */
	void (*put)(void *ctx, const struct record *taken);
	/* key: record_key() of the object. */
	void (*gone)(void *ctx, enum kind kind, const char *key);
	/* A source is well (err NULL) or in trouble.  Each good word also
	 * restarts its age. */
	void (*status)(void *ctx, enum source source, enum source_state state,
		       const struct err *err);
	/* What an object uses right now (metrics); optional.  key as for gone.
	 * At usage_end what was not told since the last one is unknown. */
	void (*usage)(void *ctx, enum kind kind, const char *key,
		      int64_t mcpu, int64_t bytes);
	void (*usage_end)(void *ctx, enum kind kind);
	/* The server told the time of its world. */
	void (*clock)(void *ctx, const struct world_clock *clock);
};

#endif
