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

struct kube {
	struct reactor *reactor;
	const struct sink *sink;
	const struct kube_context *context; /* borrowed */
	struct kube_auth *auth;
	struct seal *seal;
	char *ns;		/* only this namespace, or NULL */
	struct rng rng;
	struct watch *watches;	/* linked; few */
	struct map *access;	/* cached reviews */
	struct call *calls;	/* single calls under way, linked */
	struct kube_log *logs;
	struct reactor_timer *ping; /* simulated clouds: follows their speed */
	bool simulated;
	enum source_state state; /* last told */
	int64_t told_boot_ms;
	struct err trouble;
};

/* Date and Paddock-Time of any answer. */
void kube_heard_head(struct kube *k, const struct http_head *head);
/* A stream said something: restarts the source's age, at most each second. */
void kube_heard_word(struct kube *k);
/* Works out the source's state from its watches and tells it when it changed.
 * err: new trouble, or NULL. */
void kube_tell_state(struct kube *k, const struct err *err);

/* "https://..." answered STATUS: the err for a body that may be a Status. */
void kube_status_error(const struct kube *k, int status, const char *what,
		       const char *body, size_t len, struct err *err);
enum err_code kube_status_code(int status);

/* Impersonation and Accept headers, then the given Authorization. */
struct kube_headers {
	const char *line[16];
	char *owned[12];
	uint32_t n, owned_n;
};
void kube_headers_init(struct kube_headers *h, const struct kube *k,
		       const char *authorization, const char *content_type);
void kube_headers_fini(struct kube_headers *h);

void kube_watches_free(struct kube *k);
void kube_watches_state(const struct kube *k, uint32_t *wanted,
			uint32_t *live, uint32_t *loading, uint32_t *denied);
void kube_access_free(struct kube *k);
void kube_logs_free(struct kube *k);
void kube_calls_free(struct kube *k);

#endif
