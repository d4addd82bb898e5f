/*
 * The protocol of exec credential plugins: what they are told and what they
 * answer (client.authentication.k8s.io/v1 and v1beta1).
 */
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/json.h"
#include "backend/base/text.h"
#include "backend/kube/auth.h"
#include "backend/net/proc.h"

enum { INFO_LIMIT_BYTES = 1 << 20 };

void
exec_credential_fini(struct exec_credential *c)
{
	secret_free(c->token);
	free(c->cert_pem);
	secret_free(c->key_pem);
	*c = (struct exec_credential){ 0 };
}

bool
token_is_clean(const char *token)
{
	for (; *token; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

/* ---- what it is told ---- */

static void
write_cluster(struct jsonw *w, const struct kube_exec *x,
	      const struct http_endpoint *to)
{
	jsonw_object(w);
	jsonw_key(w, "server");
	jsonw_text(w, to->base_url);
	jsonw_opt_text(w, "tls-server-name", to->tls_server_name);
	jsonw_opt_bool(w, "insecure-skip-tls-verify",
		       to->insecure_skip_tls_verify);
	jsonw_opt_bool(w, "disable-compression", to->disable_compression);
	jsonw_opt_text(w, "proxy-url", to->proxy_url);
	if (to->ca_pem) {
		size_t n = strlen(to->ca_pem);
		char *base64 = xmalloc(n / 3 * 4 + 8);

		EVP_EncodeBlock((unsigned char *)base64,
				(const unsigned char *)to->ca_pem, (int)n);
		jsonw_opt_text(w, "certificate-authority-data", base64);
		free(base64);
	}
	if (x->cluster_config) {
		struct arena *a = arena_new();

		jsonw_key(w, "config");
		jsonw_tree(w, json_parse(a, x->cluster_config,
					 strlen(x->cluster_config), NULL));
		arena_free(a);
	}
	jsonw_end_object(w);
}

void
exec_info(struct buf *out, const struct kube_exec *x,
	  const struct http_endpoint *to)
{
	struct jsonw *w;

	buf_init(out, INFO_LIMIT_BYTES);
	buf_puts(out, "KUBERNETES_EXEC_INFO=");
	w = jsonw_new_buf(out, false);
	jsonw_object(w);
	jsonw_key(w, "kind");
	jsonw_text(w, "ExecCredential");
	jsonw_key(w, "apiVersion");
	jsonw_text(w, x->api_version);
	jsonw_key(w, "spec");
	jsonw_object(w);
	if (x->provide_cluster_info) {
		jsonw_key(w, "cluster");
		write_cluster(w, x, to);
	}
	jsonw_key(w, "interactive");
	jsonw_bool(w, false);
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_done(w);
}

/* ---- what it answers ---- */

static bool
check_kind(const struct kube_exec *x, const struct tree *t, struct err *err)
{
	const struct tree *version = tree_get(t, "apiVersion");
	char found[80];

	if (!str_eq(tree_text(tree_get(t, "kind")), "ExecCredential"))
		return err_set(err, ERR_AUTH,
			       "%s did not print an ExecCredential",
			       x->command);
	if (str_eq(tree_text(version), x->api_version))
		return true;
	text_clean_to(found, sizeof(found), str_or_empty(tree_text(version)),
		      tree_text(version) ? version->len : 0);
	return err_set(err, ERR_AUTH,
		       "%s answers in apiVersion \"%s\", the kubeconfig asks "
		       "for %s", x->command, found, x->api_version);
}

static bool
take_status(const struct kube_exec *x, const struct tree *status,
	    struct exec_credential *out, struct err *err)
{
	const char *token = tree_text(tree_get(status, "token"));
	const char *cert =
		tree_text(tree_get(status, "clientCertificateData"));
	const char *key = tree_text(tree_get(status, "clientKeyData"));

	if (!str_or_empty(token)[0] && !str_or_empty(cert)[0])
		return err_set(err, ERR_AUTH,
			       "%s gave neither a token nor a certificate",
			       x->command);
	if (!str_or_empty(cert)[0] != !str_or_empty(key)[0])
		return err_set(err, ERR_AUTH,
			       "%s gave only one of certificate and key",
			       x->command);
	if (token && !token_is_clean(token))
		return err_set(err, ERR_AUTH,
			       "%s gave a token with blanks or control "
			       "characters", x->command);
	if (!tree_time(tree_get(status, "expirationTimestamp"),
		       &out->end_ms))
		return err_set(err, ERR_AUTH,
			       "%s gave an expirationTimestamp that is no time",
			       x->command);
	if (token && *token)
		out->token = xstrdup(token);
	if (cert && *cert) {
		out->cert_pem = xstrdup(cert);
		out->key_pem = xstrdup(key);
	}
	return true;
}

bool
exec_credential_parse(const struct kube_exec *x, const char *text, size_t len,
		      struct exec_credential *out, struct err *err)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, text, len, NULL);
	bool ok;

	*out = (struct exec_credential){ 0 };
	/* Not a word of what it printed: it may hold the secret. */
	if (!t)
		ok = err_set(err, ERR_AUTH, "%s printed %s, not the JSON of an "
			     "ExecCredential", x->command,
			     len ? "something else" : "nothing");
	else
		ok = check_kind(x, t, err) &&
		     take_status(x, tree_get(t, "status"), out, err);
	arena_free(a);
	return ok;
}

/* ---- why it failed ---- */

/* Lines become one and blanks one blank: the sentence stays a sentence. */
static void
join_lines(char *text)
{
	char *to = text;

	for (char *at = text; *at; at++) {
		if (!strchr(" \n\r\t", *at))
			*to++ = *at;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

void
exec_failure(const struct kube_exec *x, const struct proc_result *r,
	     int64_t deadline_ms, struct err *err)
{
	char *text = xstrndup(r->err_text, r->err_len);
	const char *hint = str_or_empty(x->install_hint);
	char said[240], hinted[160];

	join_lines(text);
	text_clean_to(said, sizeof(said), text, strlen(text));
	free(text);
	/* 126 and 127: a script did not find its program. */
	text = xstrdup(r->exit_code == 126 || r->exit_code == 127 ? hint : "");
	join_lines(text);
	text_clean_to(hinted, sizeof(hinted), text, strlen(text));
	free(text);
	if (r->timed_out)
		err_set(err, ERR_AUTH, "%s gave no credentials within %lld s%s"
			"%s", x->command, (long long)(deadline_ms / 1000),
			*said ? "; it said: " : "", said);
	else if (r->exit_code < 0)
		err_set(err, ERR_AUTH, "%s was ended by a signal%s%s",
			x->command, *said ? "; it said: " : "", said);
	else
		err_set(err, ERR_AUTH, "%s failed (exit %d)%s%s%s%s",
			x->command, r->exit_code, *said ? ": " : "", said,
			*hinted ? "; " : "", hinted);
}
