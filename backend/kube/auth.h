/*
 * Who we are to the API server: static tokens, token files, passwords, client
 * certificates, exec credential plugins (reference integrations G6).
 *
 * One plugin run at a time serves everybody who waits.  Plugins get no terminal
 * (interactive is false): standard input is empty, what they say on stderr is
 * shown in the error.  Credentials are renewed a while before their end.  A
 * plugin that fails is not run again before a growing pause has passed; those
 * who ask meanwhile get the old credentials while they last, then the error.
 */
#ifndef KUBE_AUTH_H
#define KUBE_AUTH_H

#include "backend/kube/kubeconfig.h"

struct kube_auth;

/* The context is borrowed.  The endpoint is the auth's own copy: plugins may
 * give client certificates. */
struct kube_auth *kube_auth_new(struct reactor *r,
				const struct kube_context *context,
				uint64_t seed);
/* Those who wait are forgotten. */
void kube_auth_free(struct kube_auth *a);
/* Good until the next kube_auth_get: for http_start at once. */
const struct http_endpoint *kube_auth_endpoint(const struct kube_auth *a);

/* Calls back, perhaps at once: header is "Authorization: ..." or NULL (client
 * certificate, anonymous), borrowed; err set when there are no credentials. */
void kube_auth_get(struct kube_auth *a,
		   void (*on_ready)(void *ctx, const char *header,
				    const struct err *err),
		   void *ctx);
/* Forgets a waiter. */
void kube_auth_forget(struct kube_auth *a, void *ctx);
/* Which credentials these are: taken when a request starts. */
uint32_t kube_auth_serial(const struct kube_auth *a);
/* The server said 401 to those: they are renewed, unless they were meanwhile or
 * cannot be.  True when asking again makes sense. */
bool kube_auth_rejected(struct kube_auth *a, uint32_t serial);
/* Wall time the credentials end, 0 when unknown. */
int64_t kube_auth_end_ms(const struct kube_auth *a);

/* ---- auth_exec.c: the protocol of exec credential plugins ---- */

struct exec_credential { /* owned */
	char *token;		     /* or NULL */
	char *cert_pem, *key_pem;    /* both or none */
	int64_t end_ms;		     /* wall; 0: does not end */
};
void exec_credential_fini(struct exec_credential *c); /* wipes */

/* KUBERNETES_EXEC_INFO=... for the plugin's environment. */
void exec_info(struct buf *out, const struct kube_exec *x,
	       const struct http_endpoint *to);
/* What a plugin that ended well printed. */
bool exec_credential_parse(const struct kube_exec *x, const char *text,
			   size_t len, struct exec_credential *out,
			   struct err *err);
/* Why a plugin failed, from its end and its stderr. */
struct proc_result;
void exec_failure(const struct kube_exec *x, const struct proc_result *r,
		  int64_t deadline_ms, struct err *err);
/* A token that can stand in a header: printable, no blanks. */
bool token_is_clean(const char *token);

#endif
