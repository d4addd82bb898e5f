/*
 * Templates: the node a group would add, with the pods it would start with
 * (reference 4).
 */
#ifndef ENGINE_TEMPLATE_H
#define ENGINE_TEMPLATE_H

#include "backend/engine/groups.h"

/* Resource names that templates may bring along; before the freeze. */
void templates_know_resources(struct run *r);
/* For every group, once the cluster holds its nodes and pods. */
void templates_build(struct run *r);

/* ---- inside template*.c ---- */

/* Labels under construction: later puts win. */
struct label_set {
	struct label *at;
	uint32_t n, room;
};
void label_set_put(struct arena *a, struct label_set *s, const char *key,
		   const char *value);
struct labels label_set_done(const struct label_set *s);
struct label_set label_set_from(struct arena *a, const struct labels *l);

/* Sets an amount by name (cpu in thousandths). */
void resources_put(struct arena *a, struct resources *r, const char *name,
		   int64_t amount);
bool resources_has(const struct resources *r, const char *name);

/* The node as the cloud describes it (4.3): unsanitised; NULL with *fault set
 * to a sentence. */
struct node *template_from_cloud(struct run *r, const struct node_group *g,
				 const char **fault);
/* One kube-proxy mirror pod, as upstream adds to cloud templates. */
const struct pod *template_kube_proxy(struct run *r,
				      const struct node_group *g);
/* Name and amount of a ".../node-template/resources/NAME" tag. */
bool template_resource_tag(const char *key, const char *value,
			   const char **name, int64_t *amount);
/* Instance type by 4.5 and 4.6; NULL with *fault. */
const struct instance_type *template_instance_type(struct run *r,
						   const struct group *asg,
						   const char **fault);
/* Requirements that stand in for types in a mixed policy, or NULL. */
const struct type_requirements *
template_requirements(struct run *r, const struct group *asg);

#endif
