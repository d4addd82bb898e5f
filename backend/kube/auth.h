/*
 * Who we are to the API server: static tokens, token files, passwords, client
 * certificates, exec credential plugins (reference integrations G6).
 *
 * One plugin run at a time serves everybody who waits.  Plugins get no
 * terminal: stdin is closed, stderr is shown in the error.
 */
#ifndef KUBE_AUTH_H
#define KUBE_AUTH_H

#include "backend/kube/kubeconfig.h"

struct kube_auth;

/* The context is borrowed.  The endpoint is the auth's own copy: plugins may
 * give client certificates. */
struct kube_auth *kube_auth_new(struct reactor *r,
				const struct kube_context *context);
void kube_auth_free(struct kube_auth *a);
const struct http_endpoint *kube_auth_endpoint(const struct kube_auth *a);

/* Calls back, perhaps at once: header is "Authorization: ..." or NULL (client
 * certificate, anonymous), borrowed; err set when there are no credentials. */
void kube_auth_get(struct kube_auth *a,
		   void (*on_ready)(void *ctx, const char *header,
				    const struct err *err),
		   void *ctx);
/* Forgets a waiter. */
void kube_auth_forget(struct kube_auth *a, void *ctx);
/* The server said 401: credentials that can be renewed are.  True when asking
 * again makes sense. */
bool kube_auth_rejected(struct kube_auth *a);
/* Wall time the credentials end, 0 when unknown. */
int64_t kube_auth_end_ms(const struct kube_auth *a);

#endif
