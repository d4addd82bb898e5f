/*
 * The Kubernetes client: one cluster, read through lists and watches, changed
 * through a few calls that each need a permit.
 *
 * Opening never fails late: a cluster that cannot be reached is a state that
 * the sink is told, and is retried.  Facts: reference integrations G.
 *
 * Thread: the backend's.
 */
#ifndef KUBE_KUBE_H
#define KUBE_KUBE_H

#include "backend/decode/decode.h"
#include "backend/kube/kubeconfig.h"
#include "backend/model/sink.h"
#include "backend/net/http.h"

struct kube;

struct kube_options {
	const struct kube_context *context; /* borrowed for the life of kube */
	const char *ns;		/* only this namespace for pods and events;
				   NULL or "": the whole cluster */
	uint64_t seed;		/* jitter */
};

struct kube *kube_new(struct reactor *r, const struct sink *sink,
		      const struct kube_options *options);
/* Calls under way end in their on_done with ERR_CANCELLED; log streams are
 * closed; an open list ends incomplete. */
void kube_free(struct kube *k);
/* Wall time the credentials end, 0 when unknown. */
int64_t kube_credentials_end_ms(const struct kube *k);

/* Starts or stops list+watch of a kind (codec_of tells where it lives).  A
 * stopped kind lingers a minute before its connection closes. */
void kube_want(struct kube *k, enum kind kind, bool wanted);
/* One named object instead of all of its kind: the autoscaler's ConfigMap,
 * Lease (ns/name).  The kind's list, as the sink hears it, is these objects. */
void kube_want_one(struct kube *k, enum kind kind, const char *ns,
		   const char *name);
/* While on, the word on this kind (all of it) is never older than half a minute
 * on a healthy connection, which rule 8 of design 8 asks of what the engine
 * acts on: bookmarks alone come once a minute.  Its streams last under 30 s
 * each; at their end the server tells its newest version. */
void kube_keep_fresh(struct kube *k, enum kind kind, bool on);
bool kube_live(const struct kube *k, enum kind kind);
/* BOOTTIME of the last word on this kind's stream (bookmarks count). */
int64_t kube_heard_boot_ms(const struct kube *k, enum kind kind);

/* Polls what nodes (KIND_NODE) or pods (KIND_POD) use while wanted; the sink
 * hears usage and usage_end.  Nothing of it is a trouble of the source:
 * metrics-server may not be there. */
void kube_want_usage(struct kube *k, enum kind kind, bool wanted);
/* The first answer came, good or bad. */
bool kube_usage_told(struct kube *k, enum kind kind);

/* ---- single calls ---- */

struct kube_answer {
	int status;		/* HTTP; 0: none */
	struct err err;		/* ERR_NONE on 2xx */
	const struct tree *body; /* parsed JSON, or NULL; dies after on_done */
	const char *reason;	/* Status.reason, "" */
	int64_t retry_after_ms; /* -1: none */
	bool disruption_budget; /* 429 because of a PDB, not of load */
};

struct kube_call {
	enum row_id row;
	struct permit *permit;	/* write rows */
	const char *method;
	const char *path;	/* with query; copied */
	const char *content_type; /* NULL: application/json */
	const char *body;	/* copied */
	int64_t deadline_ms;	/* 0: 30 s */
	void (*on_done)(void *ctx, const struct kube_answer *a);
	void *ctx;
};

/* Reads: a 401 renews credentials once and repeats, and what passes is tried
 * again within the deadline.  Writes are sent once; after a 401 the next one
 * finds renewed credentials.  The permit is taken over (used afterwards).
 * Exactly one on_done, never within this call unless credentials are missing
 * or the request cannot be built. */
bool kube_call(struct kube *k, const struct kube_call *call, struct err *err);

/* Path of an object: "/api/v1/namespaces/ns/pods/name" (percent-encoded). */
void kube_path(struct buf *out, enum kind kind, const char *ns,
	       const char *name, const char *subresource);

/* ---- access: allowed, denied, or unknown ---- */

enum access { ACCESS_UNKNOWN, ACCESS_ALLOWED, ACCESS_DENIED };
/* SelfSubjectAccessReview, cached five minutes.  on_done may come at once.
 * UNKNOWN carries why, and is not cached. */
void kube_may(struct kube *k, const char *verb, const char *group,
	      const char *resource, const char *sub, const char *ns,
	      void (*on_done)(void *ctx, enum access a, const char *reason),
	      void *ctx);

/* ---- log streams ---- */

struct kube_log;

struct kube_log_options {
	const char *ns, *pod, *container;
	bool follow, previous, timestamps;
	int64_t tail_lines;	/* -1: all */
	int64_t since_s;	/* 0: none */
	bool (*on_bytes)(void *ctx, const char *bytes, size_t len);
	void (*on_end)(void *ctx, const struct err *err);
	void *ctx;
};

/* NULL when it failed at once: on_end has told why. */
struct kube_log *kube_log_open(struct kube *k, const struct kube_log_options *);
void kube_log_pause(struct kube_log *l, bool paused);
void kube_log_close(struct kube_log *l); /* on_end is not called */

#endif
