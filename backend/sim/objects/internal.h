/*
 * Private to objects_*.c: the store's own state and the steps of a write.
 */
#ifndef SIM_OBJECTS_INTERNAL_H
#define SIM_OBJECTS_INTERNAL_H

#include "backend/base/buf.h"
#include "backend/sim/objects/objects.h"
#include "backend/sim/objects/index.h"

struct ring_event {
	enum object_event event;
	const struct object *now, *before; /* references */
	uint64_t rv;
};

struct ring { /* positions count for ever; slots are positions modulo room */
	struct ring_event *at;
	uint32_t room;
	uint64_t first, next;
	uint64_t floor_rv; /* events up to here are forgotten */
	size_t bytes;
};

struct listener {
	void (*fn)(void *ctx, enum object_event e, const struct object *now,
		   const struct object *before);
	void *ctx;
};

struct listener_vec { /* as VEC */
	struct listener *at;
	uint32_t n, room;
};

struct object_vec { /* as VEC */
	const struct object **at;
	uint32_t n, room;
};

struct store { /* one type's objects */
	struct object_type type;
	struct object_index index;
	struct ring ring;
	struct listener_vec listeners;
	struct arena *arena; /* texts of a custom type, else NULL */
};

/* An event object that expires an hour after its last write. */
struct expiry {
	char *key;
	uint64_t rv;
	int64_t at_ms;
};

/* What services reached through the nodes get. */
enum { NODE_PORT_FIRST = 30000, NODE_PORTS = 2768 };

struct objects {
	const int64_t *now_ms;
	uint64_t seed, rv, uids, names;
	size_t ring_bytes;
	VEC(struct store *) stores;
	struct map *by_name;	/* "group/plural" -> struct store */
	struct map *by_node;	/* node -> struct object_vec of pods */
	struct map *by_owner;	/* owner's uid -> struct object_vec */
	struct map *applied;	/* uid -> struct owners: owners.c */
	struct {		/* who writes next, NULL: the cluster itself */
		char *manager, *sub;
	} writer;
	struct listener_vec listeners; /* of every type */
	const struct object *last; /* a result that is not in the store */
	struct buf scratch;
	struct expiry *expiries; /* a queue; see objects_expire */
	uint32_t expiry_at, expiry_n, expiry_room;
	struct store *namespaces, *pods, *events, *crds, *quotas;
	/* Owners whose dependants wait for collection. */
	struct object_vec orphaned;
	bool collecting;
};

/* ---- objects.c ---- */

struct store *store_of(const struct objects *o, const struct object_type *t);
/* Puts a finished object in (old: what it replaces, may be NULL) and tells
 * indexes, ring and listeners.  Takes the reference of obj. */
void objects_commit(struct objects *o, struct store *s,
		    const struct object *obj);
/* Takes an object out; last is its final version (reference taken). */
void objects_drop(struct objects *o, struct store *s,
		  const struct object *last);
char *object_key(const struct object_type *t, const char *ns,
		 const char *name);

/* ---- objects_seal.c ---- */

/* A new object of a whole tree whose metadata is already in order. */
const struct object *object_seal(struct objects *o,
				 const struct object_type *t, json_t *tree,
				 uint64_t rv);
/* The same object with another resourceVersion, by cutting text. */
const struct object *object_reversion(struct objects *o,
				      const struct object *obj, uint64_t rv);
const char *type_api_version(const struct object_type *t, char *out,
			     size_t room);
/* A value as stored text has it. */
void object_dump(struct buf *out, const json_t *value);
/* The same object with another text, of which these are the news. */
struct object_news {
	uint64_t rv, spec_rv;
	uint32_t meta_end, rv_len; /* in the text, as in struct object */
	const char *node;	   /* NULL: as before */
	const char *const *fields; /* all of them */
};
const struct object *object_renew(const struct object *from,
				  const struct buf *text,
				  const struct object_news *news);

/* ---- objects_splice.c ---- */

/* metadata.deletionGracePeriodSeconds; -1 when there is none. */
int64_t object_grace_s(const struct object *obj);

/* A merge patch that leaves kind, apiVersion and metadata alone, by cutting
 * text: a new object of this version, now itself when nothing changes, or NULL
 * when the patch is nothing for that way. */
const struct object *object_splice(struct objects *o, const struct object *now,
				   json_t *patch, uint64_t rv);

/* ---- objects_ring.c ---- */

void ring_push(struct ring *r, size_t limit_bytes, enum object_event event,
	       const struct object *now, const struct object *before);
void ring_fini(struct ring *r);

/* ---- objects_meta.c ---- */

/* "object", "array", "string", "bool" or "number", as Go's decoder says. */
const char *json_kind_name(const json_t *v);

void uid_make(struct objects *o, char out[static 40]);
/* Refuses metadata of wrong shape: labels that are no texts ... (400). */
bool meta_check(const struct object_type *t, json_t *body,
		struct status *st);
/* metadata for a new object from the body's own. */
json_t *meta_create(struct objects *o, const struct object_type *t,
		    const char *ns, const char *name, json_t *body);
/* metadata for a changed object: what a client may change from body, the rest
 * from old. */
json_t *meta_update(const struct object_type *t, json_t *old, json_t *body);
/* name, or generateName with a fresh suffix; NULL with st set. */
const char *meta_name(struct objects *o, const struct object_type *t,
		      json_t *body, char *room, struct status *st);
bool meta_validate(const struct object_type *t, json_t *meta,
		   struct status *st);

/* RFC 1123 names, and what is said of others. */
bool name_is_label(const char *s, size_t len);
bool name_is_subdomain(const char *s, size_t len);
#define SUBDOMAIN_RULE                                                      \
	"a lowercase RFC 1123 subdomain must consist of lower case "       \
	"alphanumeric characters, '-' or '.', and must start and end with " \
	"an alphanumeric character (e.g. 'example.com', regex used for "    \
	"validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?"                      \
	"(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LABEL_RULE                                                          \
	"a lowercase RFC 1123 label must consist of lower case "           \
	"alphanumeric characters or '-', and must start and end with an "   \
	"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used " \
	"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

/* ---- objects_default.c, objects_check.c ---- */

/* Completes a tree that is about to be stored, in place; old is NULL on
 * create.  False: refused by what admission would refuse (403). */
/* quota.c: false with 403 when the namespace's quotas do not have it. */
bool quota_admit(struct objects *o, const struct object_type *t,
		 const char *ns, const char *name, const json_t *tree,
		 struct status *st);
bool object_defaults(struct objects *o, const struct object_type *t,
		     json_t *tree, const json_t *old, struct status *st);
/* Status an object is born with; given: what the body carried, kept only for
 * nodes and when keep is set. */
void object_first_status(const struct objects *o, const struct object_type *t,
			 json_t *tree, bool keep);
/* 422 with causes; old is NULL on create. */
bool object_check(const struct object_type *t, json_t *tree, json_t *old,
		  unsigned flags, struct status *st);
enum { WRITE_BIND = 256 /* spec.nodeName may be set */ };
/* Adds to an Invalid status: the first call makes it one. */
PRINTF_LIKE(4, 5)
bool status_invalid(struct status *st, const struct object_type *t,
		    const char *field, const char *fmt, ...);

/* ---- objects_patch.c, objects_strategic.c, objects_apply.c ---- */

/* Path-copying: new trees that share what did not change; NULL with st. */
json_t *patch_strategic(const struct object_type *t, json_t *target,
			json_t *patch, struct status *st);
json_t *patch_apply(struct objects *o, const struct object *now,
		    json_t *target, json_t *config,
		    const struct patch_options *options, struct status *st);
/* Remembers what manager applied, once the write is done. */
void apply_remember(struct objects *o, const struct object *obj,
		    const struct patch_options *options, json_t *config);
/* Remembers what the writer set by other ways: what obj has that was (NULL:
 * nothing) has not. */
void owners_note(struct objects *o, const struct object *obj,
		 const json_t *was);
void apply_forget(struct objects *o, const char *uid);
void apply_fini(struct objects *o);

/* ---- objects_gc.c ---- */

/* What follows from a removal or a change: dependants, namespaces that are
 * empty now, foreground owners that wait. */
void objects_collect(struct objects *o, const struct object *gone);
/* An object whose deletion waits goes when nothing holds it any more. */
void objects_settle(struct objects *o, const struct object *obj);
/* Asks every object of the kind in the namespace to go. */
void objects_delete_all(struct objects *o, struct store *s, const char *ns);
/* Takes one ownerReference off. */
void objects_disown(struct objects *o, const struct object *now,
		    const char *uid);
void objects_expire(struct objects *o);
void expiry_note(struct objects *o, const struct object *event);

/* ---- objects_crd.c ---- */

void crd_added(struct objects *o, const struct object *crd);
void crd_removed(struct objects *o, const struct object *crd);
/* The status of a CRD that is served at once. */
json_t *crd_status(const struct objects *o, const json_t *tree);

/* ---- small readers of jansson trees ---- */

static inline const char *
jtext(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* By dotted path; NULL when any step is absent. */
json_t *jpath(const json_t *t, const char *path);

#endif
