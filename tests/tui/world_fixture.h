/*
 * A fleet by hand: records sealed and slots filled as the store would, with
 * pages shared between publications, so that front-end tests wait for nobody.
 *
 * fixture_new() is empty and unconnected; fixture_incident() is the night of
 * design 1: amd64-general at its maximum, arm64-spot refused, jobs waiting.
 */
#ifndef TUI_WORLD_FIXTURE_H
#define TUI_WORLD_FIXTURE_H

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/workload.h"
#include "backend/port.h"

struct fixture {
	struct snapshot head; /* place, engine, fleet, source: edit freely */
	struct seal *seal;
	struct port *port;
	struct {
		VEC(struct page *) pages;
		uint32_t used; /* slots ever used */
	} table[KIND_COUNT];
	VEC(struct stream_view) streams; /* chunks owned here */
	int64_t boot_ms, wall_ms;	 /* what its clock says */
	struct clockwork clock;
};

/* World time of every fixture at its start: 2026-02-18T03:07:22Z. */
#define FIXTURE_MS INT64_C(1771384042000)
#define MINUTES(n) ((int64_t)(n) * 60000)

struct fixture *fixture_new(void);
struct fixture *fixture_incident(void);
void fixture_free(struct fixture *f);
/* `pods` pods on `nodes` nodes, plain names, half of them waiting. */
struct fixture *fixture_large(uint32_t pods, uint32_t nodes);

/* Time passes on all three clocks. */
void fixture_advance(struct fixture *f, int64_t ms);
/* World time now. */
int64_t fixture_now(const struct fixture *f);

/* Fills the next free slot of the kind; takes both records over. */
struct handle fixture_put(struct fixture *f, enum kind kind, void *rec,
			  void *sum);
/* Replaces what a slot holds; NULL keeps the record or sum there. */
void fixture_set(struct fixture *f, struct handle h, void *rec, void *sum);
/* Gone from its source, kept as evidence. */
void fixture_end(struct fixture *f, struct handle h);
/* Gone for good; the slot's next user has another generation. */
void fixture_drop(struct fixture *f, struct handle h);
/* Puts another object into a dropped slot. */
struct handle fixture_reuse(struct fixture *f, struct handle h, void *rec,
			    void *sum);

/* A snapshot of now: one reference for the caller. */
const struct snapshot *fixture_snapshot(struct fixture *f);
/* The same into the fixture's port. */
void fixture_publish(struct fixture *f);

/* Adds whole lines to stream `id`, making it when new. */
void fixture_stream(struct fixture *f, uint64_t id, const char *text,
		    enum stream_state state);
/* Lets go of the first `n` chunks of a stream. */
void fixture_stream_drop(struct fixture *f, uint64_t id, uint32_t n);

/* ---- records; world times are minutes ago ---- */

struct node *make_node(struct fixture *f, const char *name, const char *type,
		       const char *zone, bool spot, int age_min);
struct node_sum *make_node_sum(struct fixture *f, struct handle group,
			       int32_t jobs, int64_t cpu_mcpu,
			       const char *state, const char *blocker,
			       const char *by);
struct pod *make_pod(struct fixture *f, const char *ns, const char *name,
		     const char *node, enum pod_phase phase, int age_min);
struct pod_sum *make_pod_sum(struct fixture *f, struct handle node,
			     struct handle group, struct handle job,
			     enum phase phase, int since_min, const char *why);
struct group *make_group(struct fixture *f, const char *name, int min,
			 int desired, int max);
struct group_sum *make_group_sum(struct fixture *f, int running, int ready,
				 int jobs, int cpu_milli, const char *state);
struct job *make_job(struct fixture *f, int64_t id, const char *name,
		     const char *project, const char *tags, int queued_min);
struct job_sum *make_job_sum(struct fixture *f, struct handle pod,
			     struct handle node, struct handle group,
			     enum phase phase, int since_min, const char *why);
struct queue *make_queue(struct fixture *f, const char *tags, int waiting,
			 int oldest_min, const char *blocked_by);
struct alarm *make_alarm(struct fixture *f, const char *id, int severity,
			 int since_min, const char *text, struct handle about,
			 const char *fix_verb, const char *fix_text);
struct plan_step *make_step(struct fixture *f, enum step_sort sort,
			    int order, int since_min, const char *const *t);
struct decision *make_decision(struct fixture *f, uint64_t number,
			       int ago_min, const char *by, const char *what,
			       const char *subject, const char *change,
			       const char *reason, const char *detail);
struct event *make_event(struct fixture *f, const char *type,
			 const char *reason, const char *kind,
			 const char *name, const char *message, int ago_min);
struct entry *make_entry(struct fixture *f, uint64_t seq, int ago_min,
			 const char *verb, const char *target,
			 const char *phase, const char *result);

#endif
