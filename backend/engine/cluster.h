/*
 * The cluster as it is simulated: nodes, what stands on them, what is free.
 *
 * Flat arrays: free[node][dimension], a tree of maxima over the nodes so that a
 * pod's search skips full nodes, pods in doubly linked lists per node.  Every
 * change is noted in a journal; cluster_rollback() takes back what came after a
 * mark.  Nodes added from templates come after the real ones.
 *
 * Equal pods are judged once: a shape is what scheduling reads of a pod, a node
 * class what those shapes read of a node's labels and taints.
 */
#ifndef ENGINE_CLUSTER_H
#define ENGINE_CLUSTER_H

#include "backend/engine/predicates.h"
#include "backend/engine/run.h"

/* Dimensions of the free vectors; extended resources follow. */
enum { DIM_CPU, DIM_MEMORY, DIM_EPHEMERAL, DIM_PODS, DIM_EXT };

struct index;
struct buf;
struct volumes;
struct topo; /* topology.h: spread and affinity state of one pod */

struct shape {
	const struct pod *sample;
	const int64_t *req; /* one per dimension */
	const void *key;    /* canonical bytes: equal shapes, equal keys */
	uint32_t key_len;
	uint32_t next;	    /* in the hash chain; NONE ends */
	bool zero;	    /* requests nothing */
	bool by_name;	    /* reads the node's name or hostname */
	bool has_ports, has_volumes, has_topology;
	bool volumes_known, volumes_wait; /* a claim keeps it from any node */
	bool minds_others;  /* some pod's anti-affinity may refuse it */
	bool minds_known;
	uint8_t *row;	    /* by node class: 0 unknown, else 1 + plugin */
	uint32_t row_n;
	uint64_t failed;    /* growth at which no node fitted; 0: none */
	uint32_t topo;	    /* index into topos; NONE until needed */
};

struct cluster_pod {
	const struct pod *pod;
	uint32_t shape;	 /* NONE: not worked out yet */
	uint32_t labels; /* label class; NONE: not worked out yet */
	uint32_t node;	/* NONE: nowhere */
	uint32_t next, prev;
};

/* A node that a group would add (template.h makes them). */
struct template {
	const struct node *node;
	/* The same without what only tags promise: whether pods fit at all is
	 * asked of this one (template.c). */
	const struct node *plain;
	const struct pod *const *pods; /* DaemonSet and mirror pods */
	uint32_t pod_n;
	bool real; /* from a node of the group, else from the cloud */
	const char *csi_node; /* whose CSINode its nodes will resemble; "" */
};

struct cluster_node {
	const struct node *node;
	uint32_t group; /* index into groups, NONE: in none */
	uint32_t class; /* NONE: not worked out */
	uint32_t tree, leaf; /* maxima.c: where it stands; NONE: nowhere */
	uint32_t pods, tail; /* first and last cluster_pod, NONE */
	uint32_t pod_n;
	uint32_t port_n; /* pods here with host ports */
	bool fake;	 /* from a template */
	const char *csi_node; /* of a fake: see struct template */
	bool closed;	 /* takes no pods now */
	bool absent;	 /* stands for nothing: replaced by a fake (6.5) */
	bool broken;	 /* its sums overflowed: takes no pods */
};

struct node_class {
	uint64_t hash;
	const void *key;
	uint32_t key_len;
	const struct node *sample; /* of node classes */
};

struct anti_term {
	const struct pod_term *term;
	const struct pod *owner;
};

struct cluster_topo { /* cluster_topology.c */
	struct topo *topo;
	uint8_t **rows; /* what pods match, by label class */
	uint32_t row_n;
};

struct class_tree { /* maxima.c: the nodes of one class */
	uint32_t *nodes; /* in order */
	struct maxima *tree; /* 2 x leaves */
	uint32_t n, room, leaves;
};

struct key_set { /* sorted, unique */
	const char **at;
	uint32_t n, room;
};

enum change_kind { CHANGE_PLACE, CHANGE_UNPLACE, CHANGE_CLOSE, CHANGE_OPEN,
		   CHANGE_NODE, CHANGE_ADD_NODE, CHANGE_LEAVE };

struct change {
	uint8_t kind;
	uint32_t node, pod;
	uint32_t next, prev;	/* UNPLACE: its links */
	const struct node *was; /* NODE */
};

struct cluster {
	struct run *run;
	struct key_set dims; /* names from DIM_EXT on */
	uint32_t dim_n;

	VEC(struct cluster_node) nodes;
	VEC(struct cluster_pod) pods;
	VEC(struct shape) shapes;
	uint32_t real_n; /* nodes of the world come first */
	int64_t *free;	 /* nodes.room x dim_n */
	uint32_t free_room;
	VEC(struct class_tree) trees; /* by node class */
	bool tree_stale;     /* many changes: build again before use */

	uint32_t *shape_heads; /* hash table */
	uint32_t shape_head_n;
	VEC(struct node_class) classes;
	/* Label keys that shapes read of nodes; sorted. */
	struct key_set node_keys;
	bool classes_stale;
	/* Label keys of pods that some selector reads; sorted. */
	struct key_set pod_keys;
	bool any_terms; /* some pod has affinity or spread */
	VEC(struct anti_term) anti; /* every kind of required one, once */
	VEC(struct node_class) anti_keys;
	VEC(struct cluster_topo) topos;
	VEC(struct node_class) label_classes;
	struct index *by_name; /* node name -> index */
	struct volumes *volumes; /* NULL until a pod needs it; owned */

	VEC(struct change) journal;
	uint64_t growth; /* counts what may make room: starts at 1 */
	VEC(uint32_t) out; /* nodes that are absent, sorted */
	uint32_t turn;	   /* see turns.h */
	struct buf *key; /* scratch for shape keys */
};

/* Names of all resources of these, for the dimensions. */
struct cluster *cluster_new(struct run *r);
void cluster_free(struct cluster *c);

/* ---- building ---- */

/* Every resource name must be known before the first node is added. */
void cluster_know_resources(struct cluster *c, const struct resources *r);
/* Every pod whose terms count must be seen before the first shape is made. */
void cluster_know_terms(struct cluster *c, const struct pod *p);
void cluster_freeze_names(struct cluster *c);

uint32_t cluster_add_node(struct cluster *c, const struct node *n,
			  uint32_t group);
/* A fake node with its DaemonSet pods. */
uint32_t cluster_add_template(struct cluster *c, const struct template *t,
			      uint32_t group);
/* The same, of its plain node. */
uint32_t cluster_add_plain(struct cluster *c, const struct template *t,
			   uint32_t group);
/* What was done so far is no longer undone. */
void cluster_settle(struct cluster *c);
/* The node steps aside: neither it nor its pods count; not undone. */
void cluster_absent(struct cluster *c, uint32_t node);
/* Known but nowhere yet. */
uint32_t cluster_add_pod(struct cluster *c, const struct pod *p);
uint32_t cluster_node_index(const struct cluster *c, const char *name);

/* ---- changing, all journalled ---- */

void cluster_place(struct cluster *c, uint32_t pod, uint32_t node);
void cluster_unplace(struct cluster *c, uint32_t pod);
void cluster_close(struct cluster *c, uint32_t node, bool closed);
/* The same node with other labels, taints or flags (ghosts). */
void cluster_change_node(struct cluster *c, uint32_t node,
			 const struct node *n);
/* An empty, closed node stops counting as a domain. */
void cluster_leave(struct cluster *c, uint32_t node);
uint32_t cluster_mark(const struct cluster *c);
void cluster_rollback(struct cluster *c, uint32_t mark);

/* ---- asking ---- */

uint32_t cluster_shape(struct cluster *c, uint32_t pod);
/* why may be NULL. */
bool cluster_fits(struct cluster *c, uint32_t pod, uint32_t node,
		  struct verdict *why);
/* The first node of [low, high) that takes the pod, searched from behind the
 * one that took the last (turns.h); NONE when none does.  Skips closed and
 * cordoned nodes. */
uint32_t cluster_find(struct cluster *c, uint32_t pod, uint32_t low,
		      uint32_t high);

static inline const int64_t *
cluster_free_of(const struct cluster *c, uint32_t node)
{
	return c->free + (size_t)node * c->dim_n;
}

/* Sorted, unique; false when it was there. */
bool key_set_add(struct arena *a, struct key_set *set, const char *key);
const char *cluster_dim_name(const struct cluster *c, uint32_t dim);
/* Amount of a resource by dimension. */
int64_t cluster_amount(const struct cluster *c, const struct resources *r,
		       uint32_t dim);

/* for (p = cluster_first(c, node); p != NONE; p = cluster_next(c, p)) */
static inline uint32_t
cluster_first(const struct cluster *c, uint32_t node)
{
	return c->nodes.at[node].pods;
}

static inline uint32_t
cluster_next(const struct cluster *c, uint32_t pod)
{
	return c->pods.at[pod].next;
}

#endif
