/*
 * kubeconfig: loading, merging, choosing a context (reference integrations G6).
 *
 * --kubeconfig: that file only; else KUBECONFIG's list; else ~/.kube/config;
 * else in-cluster.  First file that defines an entry wins whole; relative paths
 * resolve against their own file; *-data wins over paths.  Errors name file and
 * line.
 *
 * Of several ways to authenticate one counts, as in client-go: token file, else
 * token, else user and password, else exec; client certificates go beside any.
 */
#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include "backend/net/http.h"

enum exec_mode { EXEC_NEVER, EXEC_IF_AVAILABLE, EXEC_ALWAYS };

struct kube_exec { /* users[].user.exec */
	char *command;
	char **args, **env;	/* NULL ended; env as "K=V" */
	char *api_version, *install_hint;
	char *cluster_config;	/* JSON of the cluster's extension
				   client.authentication.k8s.io/exec, or NULL */
	bool provide_cluster_info;
	enum exec_mode mode;
};

/* One usable context: everything owned, files already read. */
struct kube_context {
	char *name, *cluster, *user, *ns;
	struct http_endpoint endpoint;
	char *token;		/* static; wiped on fini */
	char *token_file;	/* re-read each minute */
	char *username, *password;
	char *as_user, *as_uid;	/* impersonation */
	char **as_groups;	/* NULL ended */
	char **as_extra;	/* "key: value", NULL ended */
	struct kube_exec *exec; /* or NULL */
	char *config_dir;	/* where exec runs relative commands from */
};

struct kubeconfig;

/* path: --kubeconfig or NULL.  NULL with err: ERR_CONFIG and exit 3. */
struct kubeconfig *kubeconfig_load(const char *path, struct err *err);
void kubeconfig_free(struct kubeconfig *c);
const char *kubeconfig_current(const struct kubeconfig *c); /* may be "" */
/* Names, NULL ended; borrowed. */
const char *const *kubeconfig_contexts(const struct kubeconfig *c);
/* name NULL or "": the current one.  New; kube_context_free. */
struct kube_context *kubeconfig_context(const struct kubeconfig *c,
					const char *name, struct err *err);
void kube_context_free(struct kube_context *c);

#endif
