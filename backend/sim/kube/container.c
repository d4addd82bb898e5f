/*
 * Which container of a pod a request means.
 */
#include <stdio.h>

#include "backend/base/json.h"
#include "backend/sim/kube/internal.h"

static const char *const lists[] = {
	"containers",
	"initContainers",
	"ephemeralContainers",
};

static const char *
name_of(const struct tree *container)
{
	return str_or_empty(tree_text(tree_get(container, "name")));
}

static const char *
names_of(struct kube_call *c, const struct tree *spec, const char *list)
{
	const char *all = "";

	tree_each (one, tree_get(spec, list))
		all = arena_printf(c->arena, "%s%s%s", all, *all ? " " : "",
				   name_of(one));
	return all;
}

static bool
is_there(const struct tree *spec, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		tree_each (one, tree_get(spec, lists[i]))
			if (str_eq(name_of(one), name))
				return true;
	return false;
}

const char *
kube_container(struct kube_call *c, const struct tree *pod, const char *name)
{
	const struct tree *spec = tree_get(pod, "spec");
	const struct tree *list = tree_get(spec, "containers");
	const char *inits;

	if (*name && is_there(spec, name))
		return name;
	if (*name) {
		status_fail(&c->st, 400, "BadRequest",
			    "container %s is not valid for pod %s", name,
			    c->path.name);
		return NULL;
	}
	if (list && list->len == 1)
		return name_of(tree_index(list, 0));
	inits = names_of(c, spec, "initContainers");
	status_fail(&c->st, 400, "BadRequest",
		    "a container name must be specified for pod %s, choose one "
		    "of: [%s]%s%s%s",
		    c->path.name, names_of(c, spec, "containers"),
		    *inits ? " or one of the init containers: [" : "", inits,
		    *inits ? "]" : "");
	return NULL;
}
