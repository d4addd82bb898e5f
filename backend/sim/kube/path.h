/*
 * Request paths of the Kubernetes API, taken apart.
 */
#ifndef SIM_KUBE_PATH_H
#define SIM_KUBE_PATH_H

#include "backend/base/mem.h"

struct kube_path {
	bool resource;	     /* else only `whole` is set */
	const char *whole;   /* decoded, "/" at least */
	const char *group;   /* "" is core */
	const char *version;
	const char *ns;	     /* NULL: cluster-wide or all namespaces */
	const char *plural;  /* "pods" */
	const char *name;    /* NULL: the collection */
	const char *sub;     /* "log", "status" or NULL */
	const char *rest;    /* of a proxy: "/metrics", "" */
};

/* Texts are in the arena.  Never fails: what is no resource path is a path. */
void kube_path_parse(struct arena *a, const char *raw, struct kube_path *p);

#endif
