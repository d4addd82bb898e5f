/*
 * The pods on the node of a removal, listed uncached: what forbids it, and who
 * has to go first.
 */
#include "backend/control/removal_private.h"

#include "backend/model/pod.h"

#define READ_MS ((int64_t)10 * 1000)

static bool
may_be_moved(const struct removal *r, const struct pod *p)
{
	char key[RECORD_KEY];

	record_key(&p->record, key);
	for (uint32_t i = 0; i < r->planned.n; i++)
		if (strcmp(r->planned.at[i], key) == 0)
			return true;
	return false;
}

/* Pods that are nobody's loss, or that come along (reference 5.6). */
static bool
is_nothing(const struct removal *r, const struct pod *p)
{
	return pod_is_finished(p) || pod_is_daemon(p) || pod_is_mirror(p) ||
	       (p->has_priority && p->priority < r->expendable_below &&
		!p->is_job);
}

static bool
carries_the_fleet(const struct pod *p)
{
	static const char *const apps[] = { "cluster-autoscaler",
					    "aws-cluster-autoscaler",
					    "paddock" };
	const char *app = labels_get(&p->meta.labels,
				     "app.kubernetes.io/name");

	if (!app)
		app = labels_get(&p->meta.labels, "app");
	if (p->is_manager)
		return true;
	for (size_t i = 0; app && i < ARRAY_LEN(apps); i++)
		if (strcmp(app, apps[i]) == 0)
			return true;
	for (uint32_t i = 0; i < p->container_n; i++)
		if (strstr(str_or_empty(p->containers[i].image),
			   "/cluster-autoscaler"))
			return true;
	return false;
}

/* What forbids the removal, found on the node now. */
static bool
pod_allows(const struct removal *r, const struct pod *p, struct err *err)
{
	if (p->is_job && !p->is_pause && !pod_is_finished(p))
		return err_set(err, ERR_CONFLICT,
			       "%s: a CI job came to it, %s/%s (rule 6)",
			       r->node.name, p->meta.ns, p->meta.name);
	if (carries_the_fleet(p))
		return err_set(err, ERR_CONFLICT,
			       "%s: %s/%s came to it (rule 5)", r->node.name,
			       p->meta.ns, p->meta.name);
	if (is_nothing(r, p) || may_be_moved(r, p))
		return true;
	return err_set(err, ERR_CONFLICT, "%s: a pod came to it, %s/%s",
		       r->node.name, p->meta.ns, p->meta.name);
}

/* A DaemonSet's pod that is evicted too, so that it may end in order. */
static bool
is_extra(const struct removal *r, const struct pod *p)
{
	const char *own = labels_get(&p->meta.annotations,
				     "cluster-autoscaler.kubernetes.io/"
				     "enable-ds-eviction");

	if (!pod_is_daemon(p) || pod_is_mirror(p) || pod_is_finished(p))
		return false;
	return own && (str_eq(own, "true") || str_eq(own, "false"))
		       ? str_eq(own, "true")
		       : r->evict_daemons;
}

/* The round of the highest priority that the pod reaches. */
static uint32_t
round_of(const struct removal *r, const struct pod *p)
{
	int64_t priority = p->has_priority ? p->priority : 0;
	uint32_t i = 0;

	while (i + 1 < r->rounds.n && r->rounds.at[i + 1].priority <= priority)
		i++;
	return i;
}

static void
remember(struct removal *r, const struct pod *p)
{
	struct removal_pod one = { .grace_s = p->grace_s,
				   .extra = is_extra(r, p),
				   .round = round_of(r, p) };

	for (uint32_t i = 0; i < r->pods.n; i++)
		if (strcmp(r->pods.at[i].uid, p->meta.uid) == 0)
			return;
	one.ns = xstrdup(p->meta.ns);
	one.name = xstrdup(p->meta.name);
	one.uid = xstrdup(p->meta.uid);
	one.evicted = p->meta.deleted_ms != 0; /* on its way already */
	vec_push(&r->pods, one);
}

/* Pods that have to go first: in all, and of the rounds so far. */
struct left {
	uint32_t all, now;
};

/* False with err: given up. */
static bool
take_pods(struct removal *r, const struct tree *list, struct left *left,
	  struct err *err)
{
	struct seal *s = seal_new();
	bool ok = true;

	*left = (struct left){ 0, 0 };
	if (!tree_is(tree_get(list, "items"), TREE_ARRAY) ||
	    *str_or_empty(tree_text(tree_at(list, "metadata.continue"))))
		ok = err_set(err, ERR_BAD,
			     "%s: its pods could not be listed completely",
			     r->node.name);
	tree_each (t, tree_get(list, "items")) {
		const struct record *rec;
		const struct pod *p;

		if (!ok)
			break;
		rec = codec_of(KIND_POD)->decode(s, t, err);
		p = (const void *)rec;
		ok = rec && pod_allows(r, p, err);
		if (ok && r->state == REMOVAL_LOOKING && is_extra(r, p)) {
			remember(r, p);
		} else if (ok && !is_nothing(r, p)) {
			remember(r, p);
			left->all++;
			left->now += round_of(r, p) <= r->round;
		}
		if (rec)
			record_unref(rec);
	}
	seal_free(s);
	return ok;
}

static bool
extras_left(const struct removal *r)
{
	for (uint32_t i = 0; i < r->pods.n; i++)
		if (r->pods.at[i].extra && !r->pods.at[i].evicted)
			return true;
	return false;
}

static void
go_on_with(struct removal *r, const struct left *left)
{
	struct err err;

	if (r->stopped) {
		err_set(&err, ERR_CONFLICT, "stopped");
		removal_give_up(r, "aborted", &err);
	} else if (r->state == REMOVAL_LAST_LOOK && !left->all) {
		removal_terminate(r);
	} else if (!left->all && extras_left(r)) {
		r->round = UINT32_MAX; /* of all rounds, now */
		removal_enter(r, REMOVAL_EVICTING);
	} else if (!left->all) {
		removal_enter(r, REMOVAL_DELAYED);
	} else if (!r->drain || r->state == REMOVAL_LAST_LOOK) {
		err_set(&err, ERR_CONFLICT, "%s is not empty any more",
			r->node.name);
		removal_give_up(r, "aborted", &err);
	} else if (r->state == REMOVAL_LOOKING) {
		removal_enter(r, REMOVAL_EVICTING);
	} else if (!left->now) {
		r->round++;
		removal_enter(r, REMOVAL_EVICTING);
	}
}

static void
on_pods(void *ctx, const struct kube_answer *a)
{
	struct removal *r = ctx;
	struct err err = a->err;
	struct left left;

	if (!removal_back(r) || r->state >= REMOVAL_CLEANING)
		return;
	r->listed_ms = store_world_ms(removal_backend(r)->store);
	if (err.code || !take_pods(r, a->body, &left, &err))
		removal_give_up(r, err.code == ERR_CONFLICT ? "aborted"
							    : "FailedToDelete",
				&err);
	else
		go_on_with(r, &left);
}

void
removal_look(struct removal *r)
{
	struct err err;
	struct buf path;
	bool started;

	buf_init(&path, 4096);
	/* No resourceVersion: the server asks etcd, not its cache. */
	buf_printf(&path, "/api/v1/pods?fieldSelector=spec.nodeName%%3D%s",
		   r->node.name);
	r->busy++;
	started = kube_call(removal_backend(r)->kube,
			    &(struct kube_call){ .row = ROW_K8S_LIST,
						 .method = "GET",
						 .path = buf_text(&path),
						 .deadline_ms = READ_MS,
						 .on_done = on_pods,
						 .ctx = r },
			    &err);
	buf_fini(&path);
	if (started)
		return;
	r->busy--;
	removal_give_up(r, "FailedToDelete", &err);
}
