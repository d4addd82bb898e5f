/*
 * Private to kube_*.c: one call on its way through the face.
 */
#ifndef SIM_KUBE_INTERNAL_H
#define SIM_KUBE_INTERNAL_H

#include "backend/sim/kube/accept.h"
#include "backend/sim/kube/face.h"
#include "backend/sim/kube/path.h"
#include "backend/sim/kube/roles.h"
#include "backend/sim/kube/selector.h"

enum { KUBE_GROUPS_MAX = 16 };

struct kube_user {
	const char *name;
	const char *groups[KUBE_GROUPS_MAX];
	uint32_t group_n;
};

struct rbac;
struct tree;

struct kube {
	struct objects *o;
	const struct kube_hooks *hooks;
	const struct clockwork *clock;
	struct rbac *rbac;
	uint64_t audits;
	struct arena *scratch; /* one table row */
};

struct kube_call {
	struct kube *k;
	const struct face_request *q;
	struct face_answer *a;
	struct arena *arena;
	struct kube_path path;
	struct kube_accept accept;
	struct kube_user user;
	const char *verb; /* of the authorizer: get, list, watch, create ... */
	const struct object_type *type;
	struct status st;
};

/* ---- kube_answer.c ---- */

const char *kube_query(struct kube_call *c, const char *name);
/* True for "true" and "1". */
bool kube_query_bool(struct kube_call *c, const char *name);
/* Prints c->st (a failure). */
void kube_fail(struct kube_call *c);
PRINTF_LIKE(4, 5)
void kube_failf(struct kube_call *c, int code, const char *reason,
		const char *fmt, ...);
/* A path that leads nowhere: a Status without details, or plain text where no
 * built-in group is. */
void kube_not_found(struct kube_call *c);
void kube_method_not_allowed(struct kube_call *c);
/* {"kind":"Status","status":"Success"} with details of t when given. */
void kube_success(struct kube_call *c, int code, const struct object_type *t,
		  const char *name, const char *uid);
void kube_json(struct kube_call *c, int code, json_t *tree); /* takes tree */
/* meta: members of metadata, "" for none. */
void status_write(struct buf *out, const struct status *st, const char *meta);
void audit_id(struct kube *k, char out[static 40]);

/* The object as the caller wants it: JSON, Table or metadata only. */
void kube_object(struct kube_call *c, int code, const struct object *obj);

/* ---- kube_table.c: rows of server-side printing ---- */

enum include_object { INCLUDE_METADATA, INCLUDE_NONE, INCLUDE_OBJECT };

enum include_object table_include(struct kube_call *c);
/* `{"kind":"Table",...,"columnDefinitions":[...],"rows":[` */
void table_begin(struct buf *out, const struct kube_call *c,
		 const struct object_type *t, bool headers,
		 const char *list_meta);
void table_row(struct buf *out, struct kube_call *c,
	       const struct object *obj, enum include_object include);
void table_end(struct buf *out);

/* ---- kube_item.c: one object as an item of a list or an event ---- */

/* Whole, with kind and apiVersion. */
void item_whole(struct buf *out, const struct object_type *t,
		const struct object *obj);
/* As an element of items: built-in kinds carry no kind and apiVersion. */
void item_bare(struct buf *out, const struct object_type *t,
	       const struct object *obj);
void item_metadata(struct buf *out, const struct object *obj);
/* The same with another resourceVersion. */
void item_whole_at(struct buf *out, const struct object_type *t,
		   const struct object *obj, uint64_t rv);
/* Tree of obj in the shape of t. */
json_t *item_tree(const struct object_type *t, const struct object *obj);

/* ---- kube_shape.c: kinds shown in another shape than stored ---- */

/* Both in place; nothing to do for a kind that is stored as it is shown. */
void shape_shown(const struct object_type *t, json_t *tree);
void shape_stored(const struct object_type *t, json_t *body);

/* ---- the verbs ---- */

void kube_list(struct kube_call *c);
/* False, with the 422 of an option of list or watch that may not be. */
bool kube_invalid_option(struct kube_call *c, const char *field,
			 const char *text);
void kube_watch(struct kube_call *c, const struct selector *sel);
void kube_get(struct kube_call *c);
void kube_create(struct kube_call *c);
void kube_update(struct kube_call *c);
void kube_patch(struct kube_call *c);
void kube_delete(struct kube_call *c);
void kube_delete_collection(struct kube_call *c);
/* Body to a tree (new); NULL with st set. */
json_t *kube_body(struct kube_call *c);
/* The same, checked against the type: kind, apiVersion, fields. */
json_t *kube_typed_body(struct kube_call *c);
/* A patch whose values are of the wrong type or, as fieldValidation has it, of
 * fields that are none: false with st set. */
bool kube_check_patch(struct kube_call *c, const json_t *patch,
		      enum patch_kind kind);
/* dryRun and so on; false with st set. */
bool kube_write_flags(struct kube_call *c, unsigned *flags);
bool kube_patch_kind(struct kube_call *c, enum patch_kind *kind);
bool kube_delete_options(struct kube_call *c, struct delete_options *d);

/* ---- subresources ---- */

void kube_scale(struct kube_call *c);
void kube_binding(struct kube_call *c);
void kube_eviction(struct kube_call *c);
void kube_log(struct kube_call *c);
void kube_proxy(struct kube_call *c);
void kube_token_request(struct kube_call *c);
/* exec, attach and portforward: as far as a cluster goes whose nodes' kubelets
 * cannot be reached. */
void kube_connect(struct kube_call *c);
/* The container meant by name ("": the only one), borrowed; NULL with st
 * set. */
const char *kube_container(struct kube_call *c, const struct tree *pod,
			   const char *name);
/* "system:serviceaccount:ns:name" of a token for this cluster; NULL. */
const char *kube_token_subject(struct kube_call *c, const char *token);

/* ---- what is no object ---- */

/* Handle /, /api and /apis; /version, /healthz and their like; /openapi.
 * False: not one of them. */
bool kube_discovery(struct kube_call *c);
bool kube_health(struct kube_call *c);
bool kube_openapi(struct kube_call *c);
/* With or without a slash at its end. */
bool kube_path_is(const char *path, const char *want);
void kube_metrics(struct kube_call *c);
void kube_review(struct kube_call *c);
/* True when the path names a resource of the reviews or metrics groups. */
bool kube_is_review(const struct kube_path *p);

/* A resource that is served without being stored. */
struct virtual_resource {
	const char *group, *version, *plural, *singular, *kind;
	const char *verbs; /* comma separated */
	bool namespaced;
};
extern const struct virtual_resource kube_virtuals[]; /* group NULL ends */

/* ---- kube_auth.c, kube_rbac.c ---- */

bool kube_authenticate(struct kube_call *c);
bool kube_token_user(struct kube_call *c, const char *token,
		     struct kube_user *u);

/* Name and groups, for the log of writes. */
void kube_caller(const struct kube_call *c, struct face_caller *out);

struct access {
	const char *verb, *group, *resource, *subresource, *name, *ns;
	const char *path; /* not a resource: "/version"; else NULL */
};
struct rbac *rbac_new(struct objects *o);
void rbac_free(struct rbac *r);
/* reason (borrowed, "" when denied) says which binding allows it. */
bool rbac_allows(struct rbac *r, const struct kube_user *user,
		 const struct access *a, char *reason, size_t room);
/* Rules a user has in a namespace, as SelfSubjectRulesReview prints them. */
json_t *rbac_rules(struct rbac *r, const struct kube_user *user,
		   const char *ns, bool resources);
/* Sets c->st to the 403 of the real server. */
void kube_forbid(struct kube_call *c, const struct kube_user *user,
		 const struct access *a);
bool kube_authorize(struct kube_call *c);

#endif
