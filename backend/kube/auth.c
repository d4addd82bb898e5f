/*
 * Credentials for the API server.
 */
#include "backend/kube/auth.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/json.h"
#include "backend/base/text.h"
#include "backend/kube/kubeconfig_private.h"
#include "backend/net/proc.h"

enum {
	PLUGIN_MS = 60000,
	EARLY_MS = 60000,     /* renewed this long before the end */
	TOKEN_FILE_MS = 60000,
	FAILED_PAUSE_MS = 5000,
};

struct waiter {
	void (*on_ready)(void *ctx, const char *header, const struct err *err);
	void *ctx;
};

struct kube_auth {
	struct reactor *reactor;
	const struct kube_context *context;
	struct http_endpoint endpoint;
	char *header;		/* "Authorization: Bearer ..." or NULL */
	bool have;		/* header (or its absence) is good */
	int64_t end_ms;		/* wall; 0: does not end */
	int64_t read_boot_ms;	/* when the token file was read */
	int64_t failed_boot_ms; /* a plugin that fails is not run in a loop */
	struct err failure;
	struct proc *plugin;
	VEC(struct waiter) waiters;
	VEC(char *) retired;	/* keys that requests under way may still use */
};

static char *
dup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

struct kube_auth *
kube_auth_new(struct reactor *r, const struct kube_context *context)
{
	const struct http_endpoint *from = &context->endpoint;
	struct kube_auth *a = xcalloc(1, sizeof(*a));

	a->reactor = r;
	a->context = context;
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
	for (uint32_t i = 0; i < a->retired.n; i++)
		secret_free(a->retired.at[i]);
	vec_free(&a->retired);
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
tell_all(struct kube_auth *a, const struct err *err)
{
	uint32_t n = a->waiters.n;
	struct waiter *list = xmemdup(a->waiters.at, n * sizeof(*list));

	/* Those told may ask again at once. */
	vec_clear(&a->waiters);
	for (uint32_t i = 0; i < n; i++)
		list[i].on_ready(list[i].ctx, err ? NULL : a->header, err);
	free(list);
}

static void
set_header(struct kube_auth *a, char *header)
{
	secret_free(a->header);
	a->header = header;
	a->have = true;
}

static bool
token_is_clean(const char *token)
{
	for (; *token; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

/* ---- plugins ---- */

/* What the plugin printed, as credentials. */
static bool
take_credential(struct kube_auth *a, const struct tree *t, struct err *err)
{
	const struct kube_exec *x = a->context->exec;
	const struct tree *st = tree_get(t, "status");
	const char *token = tree_text(tree_get(st, "token"));
	const char *cert = tree_text(tree_get(st, "clientCertificateData"));
	const char *key = tree_text(tree_get(st, "clientKeyData"));

	if (!str_eq(tree_text(tree_get(t, "kind")), "ExecCredential"))
		return err_set(err, ERR_AUTH,
			       "%s did not print an ExecCredential",
			       x->command);
	if (!str_eq(tree_text(tree_get(t, "apiVersion")), x->api_version))
		return err_set(err, ERR_AUTH,
			       "%s answers in apiVersion %s, the kubeconfig "
			       "wants %s", x->command,
			       str_or_empty(tree_text(tree_get(t,
							"apiVersion"))),
			       x->api_version);
	if ((!token || !*token) && !(cert && key))
		return err_set(err, ERR_AUTH,
			       "%s gave neither a token nor a certificate",
			       x->command);
	if (token && !token_is_clean(token))
		return err_set(err, ERR_AUTH,
			       "%s gave a token with blanks or control "
			       "characters", x->command);
	if (cert && key) {
		if (a->endpoint.client_cert_pem)
			vec_push(&a->retired, a->endpoint.client_cert_pem);
		if (a->endpoint.client_key_pem)
			vec_push(&a->retired, a->endpoint.client_key_pem);
		a->endpoint.client_cert_pem = xstrdup(cert);
		a->endpoint.client_key_pem = xstrdup(key);
	}
	set_header(a, token && *token
			      ? xasprintf("Authorization: Bearer %s", token)
			      : NULL);
	a->end_ms = 0;
	tree_time(tree_get(st, "expirationTimestamp"), &a->end_ms);
	return true;
}

static bool
read_plugin(struct kube_auth *a, const struct proc_result *r, struct err *err)
{
	const struct kube_exec *x = a->context->exec;
	const struct tree *t;
	struct arena *arena;
	char said[300];
	bool ok;

	text_clean_to(said, sizeof(said), r->err_text, r->err_len);
	if (r->timed_out)
		return err_set(err, ERR_AUTH,
			       "%s did not answer within %d s", x->command,
			       PLUGIN_MS / 1000);
	if (r->exit_code)
		return err_set(err, ERR_AUTH, "%s failed (exit %d): %s%s%s",
			       x->command, r->exit_code,
			       *said ? said : "it said nothing",
			       x->install_hint ? "; " : "",
			       str_or_empty(x->install_hint));
	arena = arena_new();
	t = json_parse(arena, r->out, r->out_len, err);
	if (!t) {
		err->code = ERR_AUTH;
		ok = err_prefix(err, "%s printed no ExecCredential: ",
				x->command);
	} else {
		ok = take_credential(a, t, err);
	}
	arena_free(arena);
	return ok;
}

static void
on_plugin_done(void *ctx, const struct proc_result *r)
{
	struct kube_auth *a = ctx;
	struct err err = { 0 };

	a->plugin = NULL;
	if (read_plugin(a, r, &err)) {
		tell_all(a, NULL);
		return;
	}
	a->failure = err;
	a->failed_boot_ms = clock_boot_ms(reactor_clock(a->reactor));
	tell_all(a, &err);
}

static void
exec_info(struct kube_auth *a, struct buf *out)
{
	const struct kube_exec *x = a->context->exec;
	const struct http_endpoint *e = &a->endpoint;
	struct jsonw *w = jsonw_new_buf(out, false);

	jsonw_object(w);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, x->api_version);
	jsonw_key(w, "kind");
	jsonw_text(w, "ExecCredential");
	jsonw_key(w, "spec");
	jsonw_object(w);
	jsonw_key(w, "interactive");
	jsonw_bool(w, false);
	if (x->provide_cluster_info) {
		jsonw_key(w, "cluster");
		jsonw_object(w);
		jsonw_key(w, "server");
		jsonw_text(w, e->base_url);
		jsonw_opt_text(w, "tls-server-name", e->tls_server_name);
		jsonw_opt_bool(w, "insecure-skip-tls-verify",
			       e->insecure_skip_tls_verify);
		jsonw_opt_text(w, "proxy-url", e->proxy_url);
		if (e->ca_pem) {
			size_t n = strlen(e->ca_pem);
			char *b64 = xmalloc(n / 3 * 4 + 8);

			EVP_EncodeBlock((unsigned char *)b64,
					(const unsigned char *)e->ca_pem,
					(int)n);
			jsonw_opt_text(w, "certificate-authority-data", b64);
			free(b64);
		}
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_done(w);
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
			       "%s needs a terminal (interactiveMode: "
			       "Always); log in outside first", x->command);
	buf_init(&info, 1 << 20);
	buf_puts(&info, "KUBERNETES_EXEC_INFO=");
	exec_info(a, &info);
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
	if (a->plugin)
		return true;
	if (err->code == ERR_GONE)
		err_prefix(err, "credential plugin of user \"%s\": ",
			   a->context->user);
	err->code = ERR_AUTH;
	if (x->install_hint)
		err_set(err, ERR_AUTH, "%s is not installed; %s", x->command,
			x->install_hint);
	return false;
}

/* ---- the other forms ---- */

static bool
read_token_file(struct kube_auth *a, struct err *err)
{
	size_t len;
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
	set_header(a, xasprintf("Authorization: Bearer %s", token));
	a->read_boot_ms = clock_boot_ms(reactor_clock(a->reactor));
	secret_free(token);
	return true;
}

static char *
basic_header(const struct kube_context *c)
{
	char *pair = xasprintf("%s:%s", c->username,
			       str_or_empty(c->password));
	size_t n = strlen(pair);
	char *b64 = xmalloc(n / 3 * 4 + 8);
	char *header;

	EVP_EncodeBlock((unsigned char *)b64, (const unsigned char *)pair,
			(int)n);
	header = xasprintf("Authorization: Basic %s", b64);
	secret_free(pair);
	secret_free(b64);
	return header;
}

static bool
is_fresh(const struct kube_auth *a)
{
	const struct clockwork *clock = reactor_clock(a->reactor);

	if (!a->have)
		return false;
	if (a->context->token_file && !a->context->token)
		return clock_boot_ms(clock) - a->read_boot_ms < TOKEN_FILE_MS;
	return !a->end_ms || clock_wall_ms(clock) < a->end_ms - EARLY_MS;
}

void
kube_auth_get(struct kube_auth *a,
	      void (*on_ready)(void *ctx, const char *header,
			       const struct err *err),
	      void *ctx)
{
	const struct kube_context *c = a->context;
	int64_t now = clock_boot_ms(reactor_clock(a->reactor));
	struct err err = { 0 };

	if (is_fresh(a)) {
		on_ready(ctx, a->header, NULL);
		return;
	}
	if (c->token) {
		set_header(a, xasprintf("Authorization: Bearer %s", c->token));
	} else if (c->token_file) {
		if (!read_token_file(a, &err)) {
			on_ready(ctx, NULL, &err);
			return;
		}
	} else if (c->exec) {
		if (a->failure.code &&
		    now - a->failed_boot_ms < FAILED_PAUSE_MS) {
			on_ready(ctx, NULL, &a->failure);
			return;
		}
		vec_push(&a->waiters, ((struct waiter){ on_ready, ctx }));
		if (!a->plugin && !run_plugin(a, &err)) {
			a->failure = err;
			a->failed_boot_ms = now;
			tell_all(a, &err);
		}
		return;
	} else if (c->username) {
		set_header(a, basic_header(c));
	} else {
		a->have = true;
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

bool
kube_auth_rejected(struct kube_auth *a)
{
	const struct kube_context *c = a->context;

	if (!c->exec && !(c->token_file && !c->token))
		return false;
	a->have = false;
	return true;
}
