/*
 * The simulated cloud's generic Kubernetes object store: no sockets, no HTTP.
 *
 * Objects are kept as their JSON text with the few indexed fields beside it (a
 * parsed tree costs ten times as much) and are immutable: a write makes a new
 * object with the next resourceVersion.  Both the HTTP face and the behaviours
 * (scheduler, kubelets, controllers) read and write through here, so that the
 * rules hold for both.
 *
 * Each type has one ring of recent events, bounded in bytes, shared by all its
 * watchers; a watcher is a cursor into it and falls out with 410 when it lags.
 *
 * Thread: the simulation's (one lock around the world, held by the caller).
 */
#ifndef SIM_OBJECTS_H
#define SIM_OBJECTS_H

#include <jansson.h>

#include "backend/base/err.h"
#include "backend/base/map.h"

struct objects;

struct object_column { /* of a server-side Table */
	const char *name, *type, *format, *description;
	int32_t priority;
	/* Dotted path, or a named function of table.c when it begins '@'. */
	const char *path;
};

struct object_type {
	const char *group, *version, *kind, *plural, *singular;
	const char *short_names;  /* "po", comma separated, or NULL */
	const char *categories;	  /* "all" or NULL */
	bool namespaced;
	bool status, scale;	  /* subresources */
	bool custom;		  /* from a CRD: no strategic merge patch */
	const char *const *fields; /* selectable beyond metadata.*, NULL ended*/
	const struct object_column *columns; /* name NULL ends; NULL: default */
	uint32_t index;		  /* position, set by the store */
};

struct object { /* reference counted, immutable */
	uint32_t refs;
	const struct object_type *type;
	const char *ns, *name, *uid;
	uint64_t rv;
	int64_t created_ms, deleted_ms; /* deletionTimestamp, 0: live */
	const char *node; /* pods: spec.nodeName, "" */
	const char *json; /* whole object, with apiVersion and kind */
	size_t len;
};

const struct object *object_ref(const struct object *o);
void object_unref(const struct object *o);
json_t *object_tree(const struct object *o); /* new */

/* A Status the face prints as it is. */
struct status {
	int code;	     /* 404; 0: success */
	char reason[40];     /* NotFound, AlreadyExists, Conflict ... */
	char message[600];
	char kind[64], group[64], name[256], uid[40];
	char cause_reason[64], cause_message[300], cause_field[160];
	int32_t retry_after_s;
};
PRINTF_LIKE(4, 5)
bool status_fail(struct status *st, int code, const char *reason,
		 const char *fmt, ...);

/* now_ms is read for timestamps; seed makes uids repeatable. */
struct objects *objects_new(const int64_t *now_ms, uint64_t seed,
			    size_t ring_bytes);
void objects_free(struct objects *o);

/* The type is copied.  Types may be added later (CRDs). */
const struct object_type *objects_add_type(struct objects *o,
					   const struct object_type *type);
const struct object_type *objects_type(const struct objects *o,
				       const char *group, const char *plural);
const struct object_type *objects_type_at(const struct objects *o, uint32_t i);
uint32_t objects_type_count(const struct objects *o);

/* The version of the whole store: what lists and bookmarks carry. */
uint64_t objects_rv(const struct objects *o);

/* Borrowed; NULL when absent. */
const struct object *objects_get(const struct objects *o,
				 const struct object_type *t, const char *ns,
				 const char *name);
/* All of a type (ns NULL: every namespace) in key order, from after `from`
 * ("ns/name" or NULL); stops when fn returns false. */
void objects_each(const struct objects *o, const struct object_type *t,
		  const char *ns, const char *from,
		  bool (*fn)(void *ctx, const struct object *obj), void *ctx);
uint32_t objects_count(const struct objects *o, const struct object_type *t);
/* Pods on a node, borrowed; by the index of spec.nodeName. */
void objects_each_on_node(const struct objects *o, const char *node,
			  bool (*fn)(void *ctx, const struct object *pod),
			  void *ctx);

enum { WRITE_DRY_RUN = 1, WRITE_STATUS = 2 /* only .status changes */ };

/* Borrowed results; NULL with st filled.  body is borrowed. */
const struct object *objects_create(struct objects *o,
				    const struct object_type *t,
				    const char *ns, json_t *body,
				    unsigned flags, struct status *st);
/* metadata.resourceVersion in body, when present, must match. */
const struct object *objects_update(struct objects *o,
				    const struct object_type *t,
				    const char *ns, const char *name,
				    json_t *body, unsigned flags,
				    struct status *st);

enum patch_kind { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY };
const struct object *objects_patch(struct objects *o,
				   const struct object_type *t,
				   const char *ns, const char *name,
				   enum patch_kind kind, json_t *patch,
				   unsigned flags, struct status *st);

struct delete_options {
	int64_t grace_s;	/* -1: the object's own */
	const char *uid, *rv;	/* preconditions, or NULL */
	const char *propagation; /* Background, Foreground, Orphan, or NULL */
	bool dry_run;
};
/* Pods with a grace period only get deletionTimestamp (the kubelet removes
 * them); finalizers hold; owned objects follow. */
bool objects_delete(struct objects *o, const struct object_type *t,
		    const char *ns, const char *name,
		    const struct delete_options *options, struct status *st);
/* Removes for good, now: kubelet and garbage collector. */
bool objects_remove(struct objects *o, const struct object_type *t,
		    const char *ns, const char *name);

/* ---- behaviours listen ---- */

enum object_event { OBJECT_ADDED, OBJECT_MODIFIED, OBJECT_DELETED };
/* Called after each write, inside it; must not write back: note it and act in
 * the next simulation event. */
void objects_listen(struct objects *o, const struct object_type *t,
		    void (*fn)(void *ctx, enum object_event e,
			       const struct object *now,
			       const struct object *before),
		    void *ctx);

/* ---- watchers ---- */

struct watch_event {
	enum object_event event;
	const struct object *now, *before; /* before for selectors; may be NULL */
	uint64_t rv;
};

struct watch_cursor {
	const struct object_type *type;
	uint64_t at;	 /* ring position */
	bool fell_out;
};

/* False: rv is older than the window (410) or in the future (504). */
bool objects_watch_from(struct objects *o, const struct object_type *t,
			uint64_t rv, struct watch_cursor *c,
			struct status *st);
/* False when there is nothing new now, or the cursor fell out. */
bool objects_watch_next(struct objects *o, struct watch_cursor *c,
			struct watch_event *e);

#endif
