/*
 * One usable context: everything read, decoded and owned.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/json.h"
#include "backend/kube/auth.h"
#include "backend/kube/kubeconfig_private.h"

#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

static char *
resolve(const struct config_file *f, const char *path)
{
	return *path == '/' ? xstrdup(path)
			    : xasprintf("%s/%s", f->dir, path);
}

static char *
decode_base64(const char *text, struct err *err)
{
	size_t len = 0;
	char *packed = xmalloc(strlen(text) + 1);
	unsigned char *out;
	int got;

	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			packed[len++] = *text;
	packed[len] = '\0';
	out = xmalloc(len / 4 * 3 + 4);
	got = len % 4 ? -1
		      : EVP_DecodeBlock(out, (unsigned char *)packed,
					(int)len);
	if (got < 0) {
		err_set(err, ERR_CONFIG, "this is not base64");
		free(packed);
		free(out);
		return NULL;
	}
	/* Padding counts as zero bytes there. */
	while (len && packed[len - 1] == '=') {
		len--;
		got--;
	}
	out[got < 0 ? 0 : got] = '\0';
	secret_free(packed);
	return (char *)out;
}

/* NAME-data wins over the path in NAME; absent leaves *out NULL. */
static bool
blob(const struct config_entry *e, const char *name, char **out,
     struct err *err)
{
	char key[64];
	const struct tree *data, *path;
	char *file;

	snprintf(key, sizeof(key), "%s-data", name);
	data = tree_get(e->body, key);
	path = tree_get(e->body, name);
	if (tree_text(data) && *tree_text(data)) {
		*out = decode_base64(tree_text(data), err);
		return *out || err_prefix(err, "%s:%u: %s", e->file->path,
					  data->line, key);
	}
	if (!tree_text(path) || !*tree_text(path))
		return true;
	file = resolve(e->file, tree_text(path));
	*out = kubeconfig_read_file(file, NULL, err);
	free(file);
	return *out || err_prefix(err, "%s:%u: %s", e->file->path,
				  path->line, name);
}

static char *
dup_text(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text && *text ? xstrdup(text) : NULL;
}

static bool
read_cluster(struct kube_context *k, const struct config_entry *e,
	     struct err *err)
{
	struct http_endpoint *to = &k->endpoint;
	char *server = dup_text(e->body, "server");
	size_t len;

	if (!server)
		return err_set(err, ERR_CONFIG,
			       "%s:%u: cluster \"%s\" has no server",
			       e->file->path, e->line, k->cluster);
	len = strlen(server);
	while (len && server[len - 1] == '/')
		server[--len] = '\0';
	to->base_url = server;
	if (!strstr(server, "://")) {
		to->base_url = xasprintf("https://%s", server);
		free(server);
	} else if (!str_has_prefix(server, "https://") &&
		   !str_has_prefix(server, "http://")) {
		return err_set(err, ERR_CONFIG,
			       "%s:%u: cluster \"%s\": its server is no http "
			       "or https URL", e->file->path, e->line,
			       k->cluster);
	}
	to->insecure_skip_tls_verify = tree_bool(
		tree_get(e->body, "insecure-skip-tls-verify"), false);
	to->tls_server_name = dup_text(e->body, "tls-server-name");
	to->proxy_url = dup_text(e->body, "proxy-url");
	to->disable_compression = tree_bool(
		tree_get(e->body, "disable-compression"), false);
	return blob(e, "certificate-authority", &to->ca_pem, err);
}

/* A list of texts as a NULL ended array of new ones. */
static char **
text_list(const struct tree *list)
{
	VEC(char *) out = { 0 };

	tree_each(item, list)
		if (tree_text(item))
			vec_push(&out, xstrdup(tree_text(item)));
	vec_push(&out, NULL);
	return out.at;
}

static char **
env_list(const struct tree *list)
{
	VEC(char *) out = { 0 };

	tree_each(item, list) {
		const char *name = tree_text(tree_get(item, "name"));
		const char *value = tree_text(tree_get(item, "value"));

		if (name && *name)
			vec_push(&out, xasprintf("%s=%s", name,
						 str_or_empty(value)));
	}
	vec_push(&out, NULL);
	return out.at;
}

/* A map of key -> list as "key: value" lines. */
static char **
extra_list(const struct tree *map)
{
	VEC(char *) out = { 0 };
	struct buf key;

	buf_init(&key, 4096);
	tree_each(entry, map) {
		buf_reset(&key);
		buf_percent(&key, entry->key, entry->key_len, false);
		tree_each(value, entry)
			if (tree_text(value))
				vec_push(&out, xasprintf("%s: %s",
							 buf_text(&key),
							 tree_text(value)));
	}
	buf_fini(&key);
	vec_push(&out, NULL);
	return out.at;
}

static void
list_free(char **list)
{
	for (uint32_t i = 0; list && list[i]; i++)
		secret_free(list[i]);
	free(list);
}

static bool
read_exec(struct kube_context *k, const struct config_entry *e,
	  const struct tree *t, struct err *err)
{
	const char *mode = tree_text(tree_get(t, "interactiveMode"));
	struct kube_exec *x = xcalloc(1, sizeof(*x));
	char *command = dup_text(t, "command");

	k->exec = x;
	x->args = text_list(tree_get(t, "args"));
	x->env = env_list(tree_get(t, "env"));
	x->api_version = dup_text(t, "apiVersion");
	x->install_hint = dup_text(t, "installHint");
	x->provide_cluster_info =
		tree_bool(tree_get(t, "provideClusterInfo"), false);
	x->mode = str_eq(mode, "Never")    ? EXEC_NEVER
		  : str_eq(mode, "Always") ? EXEC_ALWAYS
					   : EXEC_IF_AVAILABLE;
	if (!command)
		return err_set(err, ERR_CONFIG,
			       "%s:%u: user \"%s\": exec has no command",
			       e->file->path, t->line, k->user);
	/* A relative path with a slash is relative to its file. */
	x->command = strchr(command, '/') ? resolve(e->file, command)
					  : xstrdup(command);
	free(command);
	if (!str_eq(x->api_version, "client.authentication.k8s.io/v1") &&
	    !str_eq(x->api_version, "client.authentication.k8s.io/v1beta1"))
		return err_set(err, ERR_CONFIG,
			       "%s:%u: user \"%s\": exec apiVersion \"%s\" is "
			       "not client.authentication.k8s.io/v1 or "
			       "v1beta1", e->file->path, t->line, k->user,
			       str_or_empty(x->api_version));
	return true;
}

static bool
read_user(struct kube_context *k, const struct config_entry *e,
	  struct err *err)
{
	const struct tree *t = e->body;
	const struct tree *old = tree_get(t, "auth-provider");
	char *file = dup_text(t, "tokenFile");

	k->token = dup_text(t, "token");
	if (file)
		k->token_file = resolve(e->file, file);
	free(file);
	k->username = dup_text(t, "username");
	k->password = dup_text(t, "password");
	k->as_user = dup_text(t, "as");
	k->as_uid = dup_text(t, "as-uid");
	k->as_groups = text_list(tree_get(t, "as-groups"));
	k->as_extra = extra_list(tree_get(t, "as-user-extra"));
	if (k->token && !token_is_clean(k->token))
		return err_set(err, ERR_CONFIG,
			       "%s:%u: user \"%s\": the token has blanks or "
			       "control characters", e->file->path,
			       tree_get(t, "token")->line, k->user);
	if (old)
		return err_set(err, ERR_CONFIG,
			       "%s:%u: user \"%s\": auth-provider was removed "
			       "from Kubernetes; use an exec plugin",
			       e->file->path, old->line, k->user);
	if (!blob(e, "client-certificate", &k->endpoint.client_cert_pem,
		  err) ||
	    !blob(e, "client-key", &k->endpoint.client_key_pem, err))
		return false;
	if (tree_is(tree_get(t, "exec"), TREE_OBJECT))
		return read_exec(k, e, tree_get(t, "exec"), err);
	return true;
}

/* What a cluster's entry holds for exec plugins, as JSON (new) or NULL. */
static char *
exec_config(const struct config_entry *cluster)
{
	tree_each(e, tree_get(cluster->body, "extensions")) {
		const struct tree *config = tree_get(e, "extension");
		struct jsonw *w;
		struct buf out;

		if (!config || !str_eq(tree_text(tree_get(e, "name")),
				       "client.authentication.k8s.io/exec"))
			continue;
		buf_init(&out, 1 << 20);
		w = jsonw_new_buf(&out, false);
		jsonw_tree(w, config);
		if (jsonw_done(w) && buf_ok(&out))
			return buf_take(&out, NULL);
		buf_fini(&out);
	}
	return NULL;
}

static char *
account_file(const char *dir, const char *name, struct err *err)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *text = kubeconfig_read_file(path, NULL, err);

	if (text)
		text[strcspn(text, "\r\n")] = '\0';
	free(path);
	return text;
}

struct kube_context *
kubeconfig_in_cluster(const char *dir, struct err *err)
{
	struct kube_context *k = xcalloc(1, sizeof(*k));
	const char *host = str_or_empty(getenv("KUBERNETES_SERVICE_HOST"));
	const char *port = str_or_empty(getenv("KUBERNETES_SERVICE_PORT"));
	bool v6 = strchr(host, ':') != NULL;
	char *ca = xasprintf("%s/ca.crt", dir);

	k->name = xstrdup("in-cluster");
	k->cluster = xstrdup("in-cluster");
	k->user = xstrdup("serviceaccount");
	k->endpoint.base_url =
		xasprintf("https://%s%s%s:%s", v6 ? "[" : "", host,
			  v6 ? "]" : "", *port ? port : "443");
	k->endpoint.ca_pem = kubeconfig_read_file(ca, NULL, err);
	free(ca);
	k->token_file = xasprintf("%s/token", dir);
	k->ns = account_file(dir, "namespace", NULL);
	if (!k->endpoint.ca_pem) {
		kube_context_free(k);
		return NULL;
	}
	return k;
}

struct kube_context *
kubeconfig_context(const struct kubeconfig *c, const char *name,
		   struct err *err)
{
	struct config_entry context, cluster, user;
	struct kube_context *k;

	if (c->in_cluster)
		return kubeconfig_in_cluster(ACCOUNT, err);
	if (!name || !*name)
		name = c->current;
	if (!name || !*name) {
		err_set(err, ERR_CONFIG,
			"%s: no current-context; use --context NAME",
			c->files.at[0].path);
		return NULL;
	}
	if (!kubeconfig_entry(c, "contexts", "context", name, &context, err))
		return NULL;
	k = xcalloc(1, sizeof(*k));
	k->name = xstrdup(name);
	k->cluster = dup_text(context.body, "cluster");
	k->user = dup_text(context.body, "user");
	k->ns = dup_text(context.body, "namespace");
	k->config_dir = xstrdup(context.file->dir);
	if (!k->cluster) {
		err_set(err, ERR_CONFIG, "%s:%u: context \"%s\" has no cluster",
			context.file->path, context.line, name);
		goto fail;
	}
	if (!kubeconfig_entry(c, "clusters", "cluster", k->cluster, &cluster,
			      err) ||
	    !read_cluster(k, &cluster, err))
		goto fail;
	if (k->user &&
	    (!kubeconfig_entry(c, "users", "user", k->user, &user, err) ||
	     !read_user(k, &user, err)))
		goto fail;
	if (k->exec)
		k->exec->cluster_config = exec_config(&cluster);
	return k;
fail:
	kube_context_free(k);
	return NULL;
}

void
kube_context_free(struct kube_context *k)
{
	if (!k)
		return;
	free(k->name);
	free(k->cluster);
	free(k->user);
	free(k->ns);
	http_endpoint_fini(&k->endpoint);
	secret_free(k->token);
	free(k->token_file);
	free(k->username);
	secret_free(k->password);
	free(k->as_user);
	free(k->as_uid);
	list_free(k->as_groups);
	list_free(k->as_extra);
	if (k->exec) {
		free(k->exec->command);
		list_free(k->exec->args);
		list_free(k->exec->env);
		free(k->exec->api_version);
		free(k->exec->install_hint);
		free(k->exec->cluster_config);
		free(k->exec);
	}
	free(k->config_dir);
	free(k);
}
