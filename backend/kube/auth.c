/*
 * Credentials for the API server: which form, whether still good, who waits.
 */
#include "backend/kube/auth.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/kube/kubeconfig_private.h"
#include "backend/net/proc.h"
#include "backend/net/retry.h"

enum {
	PLUGIN_MS = 60000,
	EARLY_MS = 60000, /* renewed this long before the end, at most */
	TOKEN_FILE_MS = 60000,
};

struct waiter {
	void (*on_ready)(void *ctx, const char *header, const struct err *err);
	void *ctx;
	uint64_t round; /* told with the others of its round */
};

struct kube_auth {
	struct reactor *reactor;
	const struct kube_context *context;
	struct http_endpoint endpoint;
	char *header;		/* "Authorization: Bearer ..." or NULL */
	bool have;		/* header (or its absence) is good */
	uint32_t serial;	/* grows with each new credential */
	int64_t got_ms, end_ms;	/* wall; end 0: does not end */
	int64_t read_boot_ms;	/* when the token file was read */
	struct backoff backoff;
	int64_t pause_boot_ms;	/* no plugin run before this */
	struct err failure;	/* of the last run */
	struct proc *plugin;
	uint64_t round;
	VEC(struct waiter) waiters;
};

static char *
dup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static int64_t
boot_ms(const struct kube_auth *a)
{
	return clock_boot_ms(reactor_clock(a->reactor));
}

static int64_t
wall_ms(const struct kube_auth *a)
{
	return clock_wall_ms(reactor_clock(a->reactor));
}

struct kube_auth *
kube_auth_new(struct reactor *r, const struct kube_context *context,
	      uint64_t seed)
{
	const struct http_endpoint *from = &context->endpoint;
	struct kube_auth *a = xcalloc(1, sizeof(*a));

	a->reactor = r;
	a->context = context;
	a->backoff = backoff_kube(seed);
	a->endpoint = *from;
	a->endpoint.base_url = dup_or_null(from->base_url);
	a->endpoint.ca_pem = dup_or_null(from->ca_pem);
	a->endpoint.client_cert_pem = dup_or_null(from->client_cert_pem);
	a->endpoint.client_key_pem = dup_or_null(from->client_key_pem);
	a->endpoint.tls_server_name = dup_or_null(from->tls_server_name);
	a->endpoint.proxy_url = dup_or_null(from->proxy_url);
	return a;
}

void
kube_auth_free(struct kube_auth *a)
{
	if (!a)
		return;
	if (a->plugin)
		proc_cancel(a->plugin);
	http_endpoint_fini(&a->endpoint);
	secret_free(a->header);
	vec_free(&a->waiters);
	free(a);
}

const struct http_endpoint *
kube_auth_endpoint(const struct kube_auth *a)
{
	return &a->endpoint;
}

int64_t
kube_auth_end_ms(const struct kube_auth *a)
{
	return a->end_ms;
}

static void
set_header(struct kube_auth *a, char *header)
{
	secret_free(a->header);
	a->header = header;
	a->have = true;
	a->serial++;
	a->got_ms = wall_ms(a);
	a->end_ms = 0;
}

static void
set_token(struct kube_auth *a, const char *token)
{
	set_header(a, xasprintf("Authorization: Bearer %s", token));
}

/* Those who ask again from their callback belong to the next round; one may
 * also make others be forgotten. */
static void
tell_all(struct kube_auth *a, const struct err *err)
{
	uint64_t round = a->round++;

	while (a->waiters.n && a->waiters.at[0].round <= round) {
		struct waiter w = a->waiters.at[0];

		memmove(a->waiters.at, a->waiters.at + 1,
			--a->waiters.n * sizeof(*a->waiters.at));
		w.on_ready(w.ctx, err ? NULL : a->header, err);
	}
}

/* ---- plugins ---- */

static void
take_credential(struct kube_auth *a, struct exec_credential *c)
{
	if (c->cert_pem) {
		free(a->endpoint.client_cert_pem);
		secret_free(a->endpoint.client_key_pem);
		a->endpoint.client_cert_pem = c->cert_pem;
		a->endpoint.client_key_pem = c->key_pem;
		c->cert_pem = c->key_pem = NULL;
	}
	if (c->token)
		set_token(a, c->token);
	else
		set_header(a, NULL);
	a->end_ms = c->end_ms;
}

/* Not to be renewed yet, or good until it is. */
static bool
still_good(const struct kube_auth *a)
{
	return a->have && a->end_ms && wall_ms(a) < a->end_ms;
}

static void
plugin_failed(struct kube_auth *a, const struct err *err)
{
	int64_t now = boot_ms(a);

	log_at(LOG_WARN, "auth", "plugin=%s error=%s",
	       a->context->exec->command, err->text);
	a->failure = *err;
	a->pause_boot_ms = now + backoff_next(&a->backoff, now, -1);
	tell_all(a, still_good(a) ? NULL : &a->failure);
}

static void
on_plugin_done(void *ctx, const struct proc_result *r)
{
	struct kube_auth *a = ctx;
	const struct kube_exec *x = a->context->exec;
	struct exec_credential c = { 0 };
	struct err err = { 0 };

	a->plugin = NULL;
	if (r->timed_out || r->exit_code != 0)
		exec_failure(x, r, PLUGIN_MS, &err);
	else if (exec_credential_parse(x, r->out, r->out_len, &c, &err))
		take_credential(a, &c);
	exec_credential_fini(&c);
	if (err.code) {
		plugin_failed(a, &err);
		return;
	}
	log_at(LOG_INFO, "auth", "plugin=%s credentials end in %lld s",
	       x->command, a->end_ms ? (long long)(a->end_ms - a->got_ms) / 1000
				     : -1LL);
	a->failure = (struct err){ 0 };
	backoff_good(&a->backoff, boot_ms(a));
	tell_all(a, NULL);
}

static bool
run_plugin(struct kube_auth *a, struct err *err)
{
	const struct kube_exec *x = a->context->exec;
	VEC(const char *) argv = { 0 };
	VEC(const char *) env = { 0 };
	struct buf info;

	if (x->mode == EXEC_ALWAYS)
		return err_set(err, ERR_AUTH,
			       "%s wants a terminal (interactiveMode: Always), "
			       "which paddock cannot lend it; use a plugin "
			       "or a login that needs none", x->command);
	exec_info(&info, x, &a->endpoint);
	vec_push(&argv, x->command);
	for (uint32_t i = 0; x->args[i]; i++)
		vec_push(&argv, x->args[i]);
	vec_push(&argv, NULL);
	for (uint32_t i = 0; x->env[i]; i++)
		vec_push(&env, x->env[i]);
	vec_push(&env, buf_text(&info));
	vec_push(&env, NULL);
	a->plugin = proc_start(a->reactor, &(struct proc_call){
		.argv = argv.at,
		.env = env.at,
		.deadline_ms = PLUGIN_MS,
		.on_done = on_plugin_done,
		.ctx = a,
	}, err);
	vec_free(&argv);
	vec_free(&env);
	buf_fini(&info);
	if (!a->plugin) {
		char hint[200];

		text_clean_to(hint, sizeof(hint),
			      str_or_empty(x->install_hint),
			      strlen(str_or_empty(x->install_hint)));
		if (*hint && err->code == ERR_GONE)
			err_set(err, ERR_AUTH, "cannot start %s: there is no "
				"such program; %s", x->command, hint);
		err->code = ERR_AUTH;
	}
	return a->plugin != NULL;
}

static void
get_from_plugin(struct kube_auth *a, struct waiter w)
{
	struct err err = { 0 };

	if (!a->plugin && a->failure.code && boot_ms(a) < a->pause_boot_ms) {
		err = a->failure;
		if (still_good(a))
			w.on_ready(w.ctx, a->header, NULL);
		else
			w.on_ready(w.ctx, NULL, &err);
		return;
	}
	w.round = a->round;
	vec_push(&a->waiters, w);
	if (!a->plugin && !run_plugin(a, &err))
		plugin_failed(a, &err);
}

/* ---- the other forms ---- */

/* The file wins over a token beside it, as long as it can be read. */
static bool
read_token_file(struct kube_auth *a, struct err *err)
{
	size_t len = 0;
	char *token = kubeconfig_read_file(a->context->token_file, &len, err);

	if (!token)
		return false;
	while (len && strchr(" \t\r\n", token[len - 1]))
		token[--len] = '\0';
	if (!len || !token_is_clean(token)) {
		secret_free(token);
		return err_set(err, ERR_AUTH, "%s holds no token",
			       a->context->token_file);
	}
	set_token(a, token);
	a->read_boot_ms = boot_ms(a);
	secret_free(token);
	return true;
}

static bool
take_token_file(struct kube_auth *a, struct err *err)
{
	if (read_token_file(a, err))
		return true;
	if (!a->context->token) {
		err->code = ERR_AUTH;
		return false;
	}
	log_at(LOG_WARN, "auth", "%s", err->text);
	set_token(a, a->context->token);
	a->read_boot_ms = boot_ms(a);
	return true;
}

static void
set_basic(struct kube_auth *a)
{
	const struct kube_context *c = a->context;
	char *pair = xasprintf("%s:%s", c->username,
			       str_or_empty(c->password));
	size_t n = strlen(pair);
	char *base64 = xmalloc(n / 3 * 4 + 8);

	EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)pair,
			(int)n);
	set_header(a, xasprintf("Authorization: Basic %s", base64));
	secret_free(pair);
	secret_free(base64);
}

static bool
is_fresh(const struct kube_auth *a)
{
	int64_t early;

	if (!a->have)
		return false;
	if (a->context->token_file)
		return boot_ms(a) - a->read_boot_ms < TOKEN_FILE_MS;
	if (!a->end_ms)
		return true;
	/* Credentials that live shorter than that still serve a while. */
	early = (a->end_ms - a->got_ms) / 4;
	return wall_ms(a) < a->end_ms - (early < EARLY_MS ? early : EARLY_MS);
}

void
kube_auth_get(struct kube_auth *a,
	      void (*on_ready)(void *ctx, const char *header,
			       const struct err *err),
	      void *ctx)
{
	const struct kube_context *c = a->context;
	struct err err = { 0 };

	if (!is_fresh(a)) {
		if (c->token_file) {
			if (!take_token_file(a, &err)) {
				on_ready(ctx, NULL, &err);
				return;
			}
		} else if (c->token) {
			set_token(a, c->token);
		} else if (c->username) {
			set_basic(a);
		} else if (c->exec) {
			get_from_plugin(a, (struct waiter){
						   .on_ready = on_ready,
						   .ctx = ctx });
			return;
		} else {
			a->have = true;
		}
	}
	on_ready(ctx, a->header, NULL);
}

void
kube_auth_forget(struct kube_auth *a, void *ctx)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < a->waiters.n; i++)
		if (a->waiters.at[i].ctx != ctx)
			a->waiters.at[kept++] = a->waiters.at[i];
	a->waiters.n = kept;
}

uint32_t
kube_auth_serial(const struct kube_auth *a)
{
	return a->serial;
}

bool
kube_auth_rejected(struct kube_auth *a, uint32_t serial)
{
	const struct kube_context *c = a->context;

	if (!c->token_file && (c->token || c->username || !c->exec))
		return false;
	if (serial == a->serial)
		a->have = false;
	return true;
}
