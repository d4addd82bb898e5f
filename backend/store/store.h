/*
 * The store: current objects of every kind, the joins between them, and
 * publishing snapshots whose cost is what changed.
 *
 * Joins: job <-> pod <-> node <-> instance <-> group, runner <-> manager pod.
 * A change dirties its own row and the rows whose sums it feeds; store_settle
 * works those off once a turn.  Ended pods, nodes and jobs stay for an hour of
 * world time, at most STORE_ENDED of each (design 8, rule 14).
 *
 * Thread: the backend's; snapshots go anywhere.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "backend/model/sink.h"

enum { STORE_ENDED = 2000 };

struct store;

struct store *store_new(const struct clockwork *clock);
void store_free(struct store *s);
/* The sink that clients deliver into; lives as long as the store. */
const struct sink *store_sink(struct store *s);

/* World time now, by the last word of a server. */
int64_t store_world_ms(const struct store *s);
/* Parts of the snapshot that others own: edited in place, then published. */
struct place *store_place(struct store *s);
struct engine_status *store_engine(struct store *s);
/* Puts a record of ours (decision, alarm, entry, act).  Takes it over. */
void store_put(struct store *s, const struct record *taken);
/* Text streams listed in the next snapshot (control/stream.c). */
void store_set_streams(struct store *s, const struct stream_view *streams,
		       uint32_t n);
/* What the last plan says of pods, nodes and groups, to join into sums. */
struct store_verdict {
	enum kind kind;		/* POD, NODE or GROUP */
	const char *key;	/* ns/name or name */
	const char *reason, *detail;
	int64_t since_ms;
	int32_t number;		/* GROUP: upcoming */
	bool managed;
};
void store_verdicts(struct store *s, const struct store_verdict *v, uint32_t n);

/* True when something changed since the last publication. */
bool store_dirty(const struct store *s);
/* Recomputes sums, alarms, queues and the fleet line for what changed and for
 * the time that passed. */
void store_settle(struct store *s);
/* One reference to a new snapshot; settles first. */
const struct snapshot *store_publish(struct store *s);
/* How many live rows of a kind were lost in the last list: rule 8's 30 %. */
uint32_t store_shrunk_percent(const struct store *s, enum kind kind);

#endif
