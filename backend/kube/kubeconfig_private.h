/*
 * A loaded kubeconfig as its two halves see it: files and look-up in
 * kubeconfig.c, one usable context in kubeconfig_context.c.
 */
#ifndef KUBE_KUBECONFIG_PRIVATE_H
#define KUBE_KUBECONFIG_PRIVATE_H

#include "backend/base/tree.h"
#include "backend/kube/kubeconfig.h"

struct config_file {
	char *path, *dir;
	const struct tree *tree; /* in the kubeconfig's arena */
};

struct kubeconfig {
	struct arena *arena;
	VEC(struct config_file) files;
	VEC(const char *) names; /* of contexts, NULL ended */
	const char *current;
	bool in_cluster;
};

/* One file's text, as kubeconfig_load reads it; path need not exist. */
struct kubeconfig *kubeconfig_from_text(const char *path, const char *text,
					size_t len, struct err *err);

/* An entry of a named list ("clusters", "users", "contexts") and its file. */
struct config_entry {
	const struct tree *body; /* what stands under cluster:, user: ... */
	const struct config_file *file;
	uint32_t line;
};

/* False with "there is no ..." when no file defines it. */
bool kubeconfig_entry(const struct kubeconfig *c, const char *list,
		      const char *member, const char *name,
		      struct config_entry *out, struct err *err);

/* Text of a file, NUL ended, at most 1 MiB; NULL with ERR_CONFIG. */
char *kubeconfig_read_file(const char *path, size_t *len, struct err *err);

/* The service account of the pod we run in, mounted at dir. */
struct kube_context *kubeconfig_in_cluster(const char *dir, struct err *err);

#endif
