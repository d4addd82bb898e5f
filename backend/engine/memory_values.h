/*
 * Memory as the engine reads and writes it.
 *
 * One arena holds everything; arrays are sorted by name.  A draft is filled by
 * one decision, then sealed and only read.  Times are world milliseconds, 0:
 * never.
 */
#ifndef ENGINE_MEMORY_VALUES_H
#define ENGINE_MEMORY_VALUES_H

#include "backend/engine/memory.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"

struct memory_node {
	const char *name;
	int64_t unneeded_since_ms;
	int64_t unremovable_since_ms; /* when the last attempt failed */
	const char *reason, *by;      /* why it failed; "" when unknown */
	const struct tree *extra;     /* members we do not know */
};

/* Reference 3.9: what we asked for and still expect. */
struct memory_request {
	int32_t increase; /* 0: none */
	int64_t time_ms, expected_ms;
};

/* Reference 3.10. */
struct memory_backoff {
	int64_t until_ms;    /* 0: never failed */
	int64_t duration_ms; /* of the last one */
	int64_t failed_ms;   /* last failure */
	const char *code, *message;
};

/* Reference 6.6. */
struct memory_size {
	int32_t registered, target;
	int64_t since_ms; /* 0: size is right */
};

/* Reference 4.1: the last good node, without names; NULL node: none. */
struct memory_template {
	int64_t time_ms;
	const struct node *node;
	const struct pod *const *pods; /* of DaemonSets, and mirrors */
	uint32_t pod_n;
};

struct memory_group {
	const char *name;
	struct memory_request request;
	struct memory_backoff backoff;
	struct memory_size size;
	struct memory_template tmpl;
	int64_t last_up_ms, last_delete_ms, last_fail_ms; /* local delays */
	const struct tree *extra;
};

struct memory_since {
	const char *id;
	int64_t since_ms;
};

struct memory_act { /* acts already taken into account */
	const char *id;
	uint8_t outcome; /* enum act_outcome */
	bool drains;	 /* a running removal that once had pods to move */
};

struct memory {
	_Atomic uint32_t refs;
	struct arena *arena; /* owned */
	int64_t time_ms;     /* of the decision that left it */
	int64_t last_up_ms, last_delete_ms, last_fail_ms;
	int64_t shortest_ms; /* between two decisions; 0: unknown */
	const struct memory_node *nodes;
	const struct memory_group *groups;
	const struct memory_since *unregistered, *errored;
	const struct memory_act *acts;
	uint32_t node_n, group_n, unregistered_n, errored_n, act_n;
	const struct tree *extra; /* object of members we do not know */
};

/* Empty, one reference, with an arena to fill. */
struct memory *memory_new(void);
const struct memory_node *memory_node(const struct memory *m,
				      const char *name);
const struct memory_group *memory_group(const struct memory *m,
					const char *name);
/* 0 when unknown. */
int64_t memory_unregistered_since(const struct memory *m, const char *id);
/* True when an errored instance was reported before. */
bool memory_errored(const struct memory *m, const char *id);
const struct memory_act *memory_act(const struct memory *m, const char *id);

/* Names of enum act_outcome, and of a running one that drains. */
enum { MEMORY_DRAINING = 3, MEMORY_OUTCOMES };
extern const char *const memory_outcomes[MEMORY_OUTCOMES];

/* A tree, deep, into another arena. */
struct tree *tree_copy(struct arena *a, const struct tree *t);

/* memory_template.c */
bool memory_template_read(struct arena *a, const struct tree *t,
			  struct memory_template *out, struct err *err);
void memory_template_write(struct jsonw *w, const struct memory_template *t);

#endif
