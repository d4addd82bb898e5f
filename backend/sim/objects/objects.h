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
 * Rules are those of kube-apiserver 1.33: names and defaults, generation,
 * graceful deletion, finalizers, garbage collection by ownerReferences,
 * namespace termination, events that expire after an hour.
 *
 * Thread: the simulation's (one lock around the world, held by the caller).
 */
#ifndef SIM_OBJECTS_OBJECTS_H
#define SIM_OBJECTS_OBJECTS_H

#include <jansson.h>

#include "backend/base/err.h"
#include "backend/base/map.h"

struct buf;
struct objects;

struct object_column { /* of a server-side Table */
	const char *name, *type, *format, *description;
	int32_t priority;
	/* Dotted path, or a named function of kube_cells.c when it begins
	 * with '@'. */
	const char *path;
};

struct object_type {
	const char *group, *version, *kind, *plural, *singular;
	const char *short_names;  /* "po", comma separated, or NULL */
	const char *categories;	  /* "all" or NULL */
	bool namespaced;
	bool status, scale;	  /* subresources */
	bool custom;		  /* from a CRD: no strategic merge patch */
	bool generation;	  /* metadata.generation counts spec changes */
	bool need_rv;		  /* an update must name its resourceVersion */
	bool upsert;		  /* PUT of an absent object creates it */
	const char *const *fields; /* selectable beyond metadata.*, NULL ended*/
	const struct object_column *columns; /* name NULL ends; NULL: default */
	/* events.k8s.io, autoscaling/v1: another shape of the objects of this
	 * type, which is the one the store works with.  NULL: itself. */
	const struct object_type *storage;
	uint32_t index;		  /* position, set by the store */
	bool gone;		  /* its CRD was deleted; never served again */
};

struct object_pair {
	const char *key, *value;
};

struct object { /* reference counted, immutable, one allocation */
	uint32_t refs;
	const struct object_type *type;
	const char *key; /* "ns/name", or "name" when cluster-wide */
	const char *ns, *name, *uid;
	uint64_t rv;
	uint64_t spec_rv; /* of the last write of more than its status, as far
			     as that is known: never too old */
	int64_t created_ms, deleted_ms; /* deletionTimestamp, 0: live */
	const char *node; /* pods: spec.nodeName, "" */
	const struct object_pair *labels;
	const char *const *fields; /* values, in the order of type->fields */
	const char *const *owners; /* uids of ownerReferences */
	uint32_t label_n, field_n, owner_n;
	bool finalized;	  /* carries finalizers */
	const char *json; /* whole object, with kind and apiVersion in front */
	size_t len;
	uint32_t bare_at; /* json + bare_at: what follows `{kind,apiVersion,` */
	uint32_t meta_end; /* json + meta_end: what follows metadata's brace */
	uint32_t rv_at, rv_len; /* the digits of metadata.resourceVersion */
};

const struct object *object_ref(const struct object *o);
void object_unref(const struct object *o); /* NULL is fine */
json_t *object_tree(const struct object *o); /* new */
/* Value of a label or NULL. */
const char *object_label(const struct object *o, const char *key);

struct status_cause {
	char reason[64], message[400], field[160];
};

/* A Status the face prints as it is. */
struct status {
	int code;	     /* 404; 0: success */
	char reason[40];     /* NotFound, AlreadyExists, Conflict ... */
	char message[3000];
	char kind[64], group[64], name[256], uid[40];
	struct status_cause causes[10];
	uint32_t cause_n;
	int32_t retry_after_s;
};

/* Sets code, reason and message, clears the rest; always false. */
PRINTF_LIKE(4, 5)
bool status_fail(struct status *st, int code, const char *reason,
		 const char *fmt, ...);
/* The same with details filled for an object of type t. */
PRINTF_LIKE(6, 7)
bool status_fail_on(struct status *st, int code, const char *reason,
		    const struct object_type *t, const char *name,
		    const char *fmt, ...);
PRINTF_LIKE(4, 5)
void status_add_cause(struct status *st, const char *reason, const char *field,
		      const char *fmt, ...);

/* now_ms is read for timestamps; seed makes uids repeatable. */
struct objects *objects_new(const int64_t *now_ms, uint64_t seed,
			    size_t ring_bytes);
void objects_free(struct objects *o);
int64_t objects_now_ms(const struct objects *o);

/* Registers every built-in kind, and the namespaces default, kube-system,
 * kube-public and kube-node-lease.  objects_new does not, for tiny tests. */
void objects_add_builtin(struct objects *o);
/* The type is copied (its texts and tables are borrowed).  Types may be added
 * later; a CustomResourceDefinition that is created adds its own. */
const struct object_type *objects_add_type(struct objects *o,
					   const struct object_type *type);
const struct object_type *objects_type(const struct objects *o,
				       const char *group, const char *plural);
/* The same in one version, also those that are another shape. */
const struct object_type *objects_type_in(const struct objects *o,
					  const char *group,
					  const char *version,
					  const char *plural);
const struct object_type *objects_type_at(const struct objects *o, uint32_t i);
uint32_t objects_type_count(const struct objects *o);
/* By kind, for bodies that name only that. */
const struct object_type *objects_type_of_kind(const struct objects *o,
					       const char *group,
					       const char *kind);
/* "deployments.apps" or "pods". */
char *object_type_label(const struct object_type *t, char *out, size_t room);

/* The version of the whole store: what lists and bookmarks carry. */
uint64_t objects_rv(const struct objects *o);

/* Borrowed; NULL when absent. */
const struct object *objects_get(const struct objects *o,
				 const struct object_type *t, const char *ns,
				 const char *name);
/* All of a type (ns NULL: every namespace) in key order, from after `from`
 * ("ns/name" or NULL); stops when fn returns false.  fn must not write. */
void objects_each(const struct objects *o, const struct object_type *t,
		  const char *ns, const char *from,
		  bool (*fn)(void *ctx, const struct object *obj), void *ctx);
uint32_t objects_count(const struct objects *o, const struct object_type *t);
/* Pods on a node, borrowed; by the index of spec.nodeName. */
void objects_each_on_node(const struct objects *o, const char *node,
			  bool (*fn)(void *ctx, const struct object *pod),
			  void *ctx);

/* Objects of all types that name this owner, in no order. */
void objects_each_owned(const struct objects *o, const char *uid,
			bool (*fn)(void *ctx, const struct object *obj),
			void *ctx);

/* The state of a type as it was at rv (a continued list): like objects_each,
 * over what was there then.  False: rv fell out of the event ring (410). */
bool objects_each_at(const struct objects *o, const struct object_type *t,
		     uint64_t rv, const char *ns, const char *from,
		     bool (*fn)(void *ctx, const struct object *obj),
		     void *ctx);

enum object_write {
	WRITE_DRY_RUN = 1,
	WRITE_STATUS = 2,      /* only .status changes (PUT x/status) */
	WRITE_KEEP_STATUS = 4, /* behaviours: create and update take .status
				  as given instead of keeping the server's,
				  and need no resourceVersion */
	WRITE_FORCE = 8,       /* server-side apply: take fields over */
	WRITE_TRUSTED = 16,    /* behaviours, a merge patch: the result is what
				  defaults and checks would let pass */
};

/* Borrowed results (a dry run's until the next write); NULL with st filled.
 * body is borrowed and may be completed in place (defaults, metadata). */
const struct object *objects_create(struct objects *o,
				    const struct object_type *t,
				    const char *ns, json_t *body,
				    unsigned flags, struct status *st);
/* The same of an object whose members after metadata the caller has as compact
 * JSON, complete and right; fields are the values of type->fields.  For kinds
 * without a status.  NULL: the name is taken, or the namespace is not there. */
const struct object *objects_create_text(struct objects *o,
					 const struct object_type *t,
					 const char *ns, const char *name,
					 const struct buf *content,
					 const char *const *fields);
/* metadata.resourceVersion in body, when present, must match. */
const struct object *objects_update(struct objects *o,
				    const struct object_type *t,
				    const char *ns, const char *name,
				    json_t *body, unsigned flags,
				    struct status *st);

enum patch_kind { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY };

struct patch_options {
	enum patch_kind kind;
	unsigned flags;
	const char *manager; /* PATCH_APPLY: fieldManager */
};
/* PATCH_APPLY creates what is absent. */
const struct object *objects_patch(struct objects *o,
				   const struct object_type *t,
				   const char *ns, const char *name,
				   json_t *patch,
				   const struct patch_options *options,
				   struct status *st);

/* Who the next writes are by, until it is said anew: the fields they set are
 * theirs, which server-side apply and managedFields tell.  NULL: the cluster's
 * own parts, which nobody follows.  sub: the subresource, or NULL. */
void objects_set_writer(struct objects *o, const char *manager,
			const char *sub);
/* Appends metadata.managedFields as JSON; false: nobody is known. */
bool objects_managed_fields(const struct objects *o, const struct object *obj,
			    struct buf *out);
/* A client replaced managedFields: managers it does not name are forgotten. */
void objects_keep_managers(struct objects *o, const struct object *obj,
			   const json_t *list);

/* The plain patches by themselves, for documents that are no objects: new
 * trees that share what stayed; target is not changed. */
json_t *objects_merge_patch(json_t *target, json_t *patch);
json_t *objects_json_patch(json_t *target, json_t *ops, struct status *st);

/* What POST pods/x/binding does: the scheduler's way to place a pod.  uid NULL:
 * whichever pod has the name. */
const struct object *objects_bind(struct objects *o, const char *ns,
				  const char *name, const char *uid,
				  const char *node, struct status *st);

struct delete_options {
	int64_t grace_s;	/* -1: the object's own */
	const char *uid, *rv;	/* preconditions, or NULL */
	const char *propagation; /* Background, Foreground, Orphan, or NULL */
	bool dry_run;
};
/* Pods with a grace period only get deletionTimestamp (the kubelet removes
 * them); finalizers hold; owned objects follow.  *last, when asked for, is the
 * object as it was left (new reference), and *gone whether it is removed. */
bool objects_delete(struct objects *o, const struct object_type *t,
		    const char *ns, const char *name,
		    const struct delete_options *options,
		    const struct object **last, bool *gone,
		    struct status *st);
/* What the quota's namespace uses of it: {"pods": "2"}; new tree. */
json_t *objects_quota_used(struct objects *o, const struct object *quota);
/* Removes now, without grace (kubelet, garbage collector); finalizers still
 * hold.  False when absent. */
bool objects_remove(struct objects *o, const struct object_type *t,
		    const char *ns, const char *name);

/* ---- behaviours listen ---- */

enum object_event { OBJECT_ADDED, OBJECT_MODIFIED, OBJECT_DELETED };
/* Called after each write, inside it; must not write back: note it and act in
 * the next simulation event.  t NULL: every type. */
void objects_listen(struct objects *o, const struct object_type *t,
		    void (*fn)(void *ctx, enum object_event e,
			       const struct object *now,
			       const struct object *before),
		    void *ctx);

/* ---- watchers ---- */

struct watch_event {
	enum object_event event;
	/* DELETED: now is the last state with the deletion's version. */
	const struct object *now, *before; /* before is NULL when ADDED */
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
/* False when there is nothing new now, or the cursor fell out.  The event is
 * borrowed until the next write. */
bool objects_watch_next(struct objects *o, struct watch_cursor *c,
			struct watch_event *e);

#endif
