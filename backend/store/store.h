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
/* How fast it runs: 1000 is real time, 0 stands still. */
int32_t store_speed_milli(const struct store *s);
/* World time stands still at world_ms and servers do not move it: --now and
 * world files. */
void store_freeze(struct store *s, int64_t world_ms);
/* Parts of the snapshot that others own: edited in place, then published.
 * lead, leader and loop_ms of the engine's status are the store's own, read
 * from the Lease and the status ConfigMap. */
struct place *store_place(struct store *s);
struct engine_status *store_engine(struct store *s);
const struct source_status *store_source(const struct store *s,
					 enum source source);
/* The name under which we would hold the Lease. */
void store_set_identity(struct store *s, const char *holder);
/* Where the deployed autoscaler keeps its Lease and status ("ns/name"), when
 * its flags say other than the defaults. */
void store_set_autoscaler(struct store *s, const char *lease,
			  const char *status);
/* Puts a record of ours (decision, entry, act).  Takes it over. */
void store_put(struct store *s, const struct record *taken);
/* Removes a record of ours; nothing happens when there is none. */
void store_remove(struct store *s, enum kind kind, const char *key);
/* The current record of that key and its handle (out may be NULL); NULL when
 * there is none.  Borrowed until the next change of the store. */
const void *store_find(const struct store *s, enum kind kind, const char *key,
		       struct handle *out);
/* A node's instance stands in a group's list: this account and region hold this
 * cluster (rule 9). */
bool store_is_proven(const struct store *s);
/* The sum in the same slot, or NULL. */
const void *store_sum(const struct store *s, struct handle h);
/* Every pod that is a runner manager, live ones only:
 * for (void *at = NULL; (pod = store_next_manager(s, &at));) */
const struct pod *store_next_manager(const struct store *s, void **cursor);
/* Text streams listed in the next snapshots; copied, chunks are referenced. */
void store_set_streams(struct store *s, const struct stream_view *streams,
		       uint32_t n);

/* A line of NEEDS YOU that control raises: stays until cleared.  Raising it
 * again changes the text and keeps the time. */
struct store_alarm {
	const char *id;
	uint8_t severity;
	const char *text, *why, *fix_verb, *fix_text;
	struct handle subject;
	int64_t since_ms; /* world; 0: since it is raised */
};
void store_alarm(struct store *s, const struct store_alarm *a);
void store_alarm_clear(struct store *s, const char *id);

/* What the last plan says of pods, nodes and groups, to join into sums; what
 * is not named any more is forgotten. */
struct store_verdict {
	enum kind kind;		/* POD, NODE or GROUP */
	const char *key;	/* ns/name or name */
	const char *reason, *detail;
	const char *group;	/* POD: the group whose limit keeps it out */
	int64_t since_ms;	/* NODE: unneeded since; GROUP: backoff end */
	int32_t number;		/* GROUP: upcoming */
	bool managed;
};
void store_verdicts(struct store *s, const struct store_verdict *v, uint32_t n);

/* Groups that a person holds, all of them; others are held no more. */
struct store_hold {
	const char *group, *why;
	int64_t until_ms;
};
void store_holds(struct store *s, const struct store_hold *h, uint32_t n);

/* What helps against a failed launch, by AWS' words for it.  Static text. */
const char *store_launch_remedy(const char *message);

/* True when something changed since the last publication. */
bool store_dirty(const struct store *s);
/* Recomputes sums, alarms, queues and the fleet line for what changed and for
 * the time that passed. */
void store_settle(struct store *s);
/* The next settling also does what is done once a second (queues, alarms): for
 * who looks once. */
void store_hurry(struct store *s);
/* One reference to a new snapshot; settles first. */
const struct snapshot *store_publish(struct store *s);
/* The same for the backend's own eyes: what changed is still due to be
 * published. */
const struct snapshot *store_peek(struct store *s);
/* By how many percent of the live rows of a kind a full list was shorter
 * (rule 8): stays until there are as many again or a person accepts it. */
uint32_t store_shrunk_percent(const struct store *s, enum kind kind);
void store_accept_shrunk(struct store *s);

#endif
