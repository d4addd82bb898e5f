/*
 * The inside of the Kubernetes client, shared by its parts.
 */
#ifndef KUBE_PRIVATE_H
#define KUBE_PRIVATE_H

#include "backend/base/map.h"
#include "backend/kube/auth.h"
#include "backend/kube/kube.h"
#include "backend/net/retry.h"

struct watch;
struct call;
struct usage;
struct question;

struct kube {
	struct reactor *reactor;
	const struct sink *sink;
	const struct kube_context *context; /* borrowed */
	struct kube_auth *auth;
	struct seal *seal;
	char *ns;		/* only this namespace, or NULL */
	char *shown;		/* the server as messages name it */
	struct rng rng;
	struct watch *watches;	/* linked; few */
	struct map *access;	/* cached reviews */
	struct question *questions; /* reviews under way */
	uint64_t fresh;		/* bit per kind: kube_keep_fresh */
	struct call *calls;	/* single calls under way, linked */
	struct kube_log *logs;
	struct usage *usage[2]; /* of nodes, of pods; NULL: never wanted */
	struct reactor_timer *ping; /* simulated clouds: follows their speed */
	bool simulated, freeing;
	/* last told */
	enum source_state state;
	int64_t told_boot_ms;
	struct err trouble;
};

/* ---- client.c ---- */

/* Date and Paddock-Time of any answer. */
void kube_heard_head(struct kube *k, const struct http_head *head);

/* The lines of one request: Accept, impersonation, then Authorization (never
 * over plain HTTP, as kubectl) and Content-Type, both may be NULL. */
struct kube_headers {
	VEC(const char *) lines; /* NULL ended */
	VEC(char *) owned;
};
void kube_headers_init(struct kube_headers *h, const struct kube *k,
		       const char *accept, const char *authorization,
		       const char *content_type);
void kube_headers_fini(struct kube_headers *h);

/* ---- state.c ---- */

/* A stream said something: restarts the source's age, at most each second. */
void kube_heard_word(struct kube *k);
/* Works out the source's state from its watches, and tells it when it or its
 * trouble changed. */
void kube_tell_state(struct kube *k);

/* ---- status.c ---- */

enum err_code kube_status_code(int status);
/* The sentence for an answer that is not 2xx: what was tried on which server,
 * and what the body says, be it a Status, a proxy's page or anything. */
void kube_status_error(const struct kube *k, const struct http_head *head,
		       const char *what, const char *body, size_t len,
		       struct err *err);
/* details.retryAfterSeconds of a Status in milliseconds, or -1. */
int64_t kube_status_retry_ms(const struct tree *status);

/* ---- life of the parts ---- */

void kube_watches_free(struct kube *k);
void kube_access_free(struct kube *k);
void kube_logs_free(struct kube *k);
void kube_usage_free(struct kube *k);
void kube_calls_free(struct kube *k);

#endif
