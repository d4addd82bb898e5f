/*
 * One pod's place: filter, score, and when nothing fits, preemption and the
 * message that kube-scheduler would write.
 */
#include "backend/sim/world/scheduler.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"

#define WORDS_KEPT 256 /* shapes of pods */

/* What a container without requests counts as when nodes are scored. */
#define SCORE_MCPU 100
#define SCORE_BYTES ((int64_t)200 << 20)

/* ---- scores, 0 to 100 each, weighted as the default profile does ---- */

static int64_t
free_share(int64_t used, int64_t more, int64_t all)
{
	if (all <= 0 || used + more > all)
		return 0;
	return (all - used - more) * 100 / all;
}

static int64_t
image_score(const struct pod *pod, const struct node *node)
{
	int64_t bytes = 0, low = (int64_t)23 << 20, high = (int64_t)1000 << 20;

	for (uint32_t c = 0; c < pod->container_n; c++) {
		for (uint32_t i = 0; i < node->image_n; i++) {
			if (str_eq(node->images[i].name,
				   pod->containers[c].image))
				add_checked(&bytes, node->images[i].bytes);
		}
	}
	if (pod->container_n)
		high *= pod->container_n;
	if (bytes < low)
		return 0;
	return bytes > high ? 100 : (bytes - low) * 100 / (high - low);
}

static bool
prefers_other_nodes(const struct pod *pod, const struct node *node)
{
	for (uint32_t t = 0; t < node->taint_n; t++) {
		bool tolerated = false;

		if (node->taints[t].effect != TAINT_PREFER_NO_SCHEDULE)
			continue;
		for (uint32_t i = 0; i < pod->toleration_n && !tolerated; i++)
			tolerated = toleration_matches(&pod->tolerations[i],
						       &node->taints[t]);
		if (!tolerated)
			return true;
	}
	return false;
}

/* Pods of the same controller there: the default spreading. */
static int64_t
siblings(const struct pod *pod, const struct sched_node *n)
{
	int64_t count = 0;

	if (!pod->meta.owner_uid || !*pod->meta.owner_uid)
		return 0;
	for (uint32_t i = 0; i < n->pods.n; i++)
		count += str_eq(n->pods.at[i]->meta.owner_uid,
				pod->meta.owner_uid);
	return count;
}

static int64_t
score(const struct pod *pod, const struct sched_node *n)
{
	const struct resources *all = &n->node->allocatable;
	int64_t mcpu =
		pod->requests.cpu_mcpu ? pod->requests.cpu_mcpu : SCORE_MCPU;
	int64_t bytes = pod->requests.memory_bytes ? pod->requests.memory_bytes
						   : SCORE_BYTES;
	int64_t cpu = free_share(n->used.cpu_mcpu, mcpu, all->cpu_mcpu);
	int64_t memory =
		free_share(n->used.memory_bytes, bytes, all->memory_bytes);
	int64_t apart = cpu > memory ? cpu - memory : memory - cpu;
	int64_t spread = siblings(pod, n);

	return (cpu + memory) / 2 + (100 - apart) + image_score(pod, n->node) +
	       (prefers_other_nodes(pod, n->node) ? 0 : 300) +
	       (spread > 10 ? 0 : 200 - 20 * spread);
}

/* ---- the message ---- */

struct count {
	uint32_t n;
};

static void
tally_add(struct map *counts, const char *reason)
{
	struct count *c = map_get(counts, reason);

	if (!c) {
		c = xcalloc(1, sizeof(*c));
		map_put(counts, reason, c);
	}
	c->n++;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "1 Insufficient cpu, 2 node(s) ...", sorted as text. */
static void
tally_print(struct map *counts, struct buf *out)
{
	VEC(char *) lines = { 0 };
	const char *reason;
	void *value;

	for (uint32_t at = 0; map_next(counts, &at, &reason, &value);)
		vec_push(&lines, xasprintf("%u %s", ((struct count *)value)->n,
					   reason));
	if (lines.n)
		qsort(lines.at, lines.n, sizeof(char *), by_text);
	for (uint32_t i = 0; i < lines.n; i++) {
		buf_printf(out, "%s%s", i ? ", " : "", lines.at[i]);
		free(lines.at[i]);
	}
	vec_free(&lines);
}

/* Nothing that leaves the node could help. */
static bool
is_unresolvable(const struct verdict *v)
{
	switch ((enum plugin)v->plugin) {
	case PLUGIN_NODE_RESOURCES_FIT:
	case PLUGIN_NODE_PORTS:
	case PLUGIN_VOLUME_RESTRICTIONS:
	case PLUGIN_NODE_VOLUME_LIMITS:
	case PLUGIN_POD_TOPOLOGY_SPREAD:
	case PLUGIN_INTER_POD_AFFINITY:
		return false;
	default:
		return true;
	}
}

static void
tally_verdict(struct map *counts, const struct verdict *v)
{
	char text[512];

	if (v->plugin == PLUGIN_TAINT_TOLERATION && v->taint) {
		snprintf(text, sizeof(text),
			 "node(s) had untolerated taint {%s: %s}",
			 v->taint->key, str_or_empty(v->taint->value));
		tally_add(counts, text);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++)
		tally_add(counts, v->reasons[i].text);
}

/* ---- preemption ---- */

static int
by_priority(const void *a, const void *b)
{
	const struct pod *x = *(const struct pod *const *)a;
	const struct pod *y = *(const struct pod *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	/* The younger goes first. */
	if (x->meta.created_ms != y->meta.created_ms)
		return x->meta.created_ms > y->meta.created_ms ? -1 : 1;
	return strcmp(x->meta.name, y->meta.name);
}

/* How many of the pods (sorted) must go so that ours fits; 0: no number. */
static uint32_t
victims_needed(const struct sched_node *n, const struct pod *pod,
	       const struct pod **pods, uint32_t lower)
{
	for (uint32_t go = 1; go <= lower; go++) {
		struct predicate_node alone = { n->node, pods + go,
						n->pods.n - go, NULL };
		struct predicate_view view = { &alone, 1, NULL, false };
		struct prefilter *f = prefilter_new(&view, pod);
		bool fits = prefilter_pass(f, 0, NULL);

		prefilter_free(f);
		if (fits)
			return go;
	}
	return 0;
}

static const struct pod **
sorted_pods(const struct sched_node *n)
{
	const struct pod **pods =
		xmemdup(n->pods.at, n->pods.n * sizeof(*pods));

	qsort(pods, n->pods.n, sizeof(*pods), by_priority);
	return pods;
}

static bool
has_lower(const struct sched_node *n, const struct pod *pod)
{
	for (uint32_t i = 0; i < n->pods.n; i++) {
		if (n->pods.at[i]->priority < pod->priority)
			return true;
	}
	return false;
}

/* Fewest victims, then by name; deletes them.  False: no node would do. */
static bool
preempt(struct scheduler *s, const struct pod *pod)
{
	struct sched_node *best = NULL;
	const struct pod **pods;
	uint32_t fewest = UINT32_MAX;
	VEC(const struct object *) victims = { 0 };

	for (uint32_t i = 0; i < s->order.n; i++) {
		struct sched_node *n = s->order.at[i];
		uint32_t lower = 0, need;

		if (!has_lower(n, pod))
			continue;
		pods = sorted_pods(n);
		while (lower < n->pods.n &&
		       pods[lower]->priority < pod->priority &&
		       !pods[lower]->meta.deleted_ms)
			lower++;
		need = lower ? victims_needed(n, pod, pods, lower) : 0;
		free(pods);
		if (need &&
		    (need < fewest ||
		     (need == fewest &&
		      strcmp(n->node->meta.name, best->node->meta.name) < 0))) {
			fewest = need;
			best = n;
		}
	}
	if (!best)
		return false;
	pods = sorted_pods(best);
	for (uint32_t i = 0; i < fewest; i++) {
		const struct object *o = k8s_find(
			s->k, s->k->pods, pods[i]->meta.ns, pods[i]->meta.name);

		if (o)
			vec_push(&victims, object_ref(o));
	}
	for (uint32_t i = 0; i < victims.n; i++) {
		k8s_tell_scheduling(s->k, victims.at[i], false, "Preempted",
				    "Preempting",
				    "Preempted by pod %s on node %s",
				    pod->meta.uid, best->node->meta.name);
	}
	free(pods);
	for (uint32_t i = 0; i < victims.n; i++) {
		k8s_delete(s->k, victims.at[i], -1);
		object_unref(victims.at[i]);
	}
	vec_free(&victims);
	return true;
}

/* ---- choosing ---- */

static char *
failure(struct scheduler *s, const struct pod *pod, struct map *reasons,
	struct map *after, bool helped)
{
	struct buf out;
	char *text;

	buf_init(&out, 4096);
	if (s->view.n == 0) {
		buf_puts(&out, "no nodes available to schedule pods");
	} else {
		buf_printf(&out, "0/%u nodes are available: ", s->view.n);
		tally_print(reasons, &out);
		buf_puts(&out, ".");
		if (!helped && !pod->preempt_never) {
			buf_printf(&out,
				   " preemption: 0/%u nodes are available: ",
				   s->view.n);
			tally_print(after, &out);
			buf_puts(&out, ".");
		}
	}
	text = xstrdup(buf_text(&out));
	buf_fini(&out);
	return text;
}

/* kube-scheduler looks at so many nodes that would do, not at all: half of a
 * hundred, fewer by one in 125, a twentieth at least (numFeasibleNodesToFind).
 */
static uint32_t
enough_nodes(uint32_t n)
{
	enum { FEW = 100 };
	uint32_t percent = n / 125 < 45 ? 50 - n / 125 : 5;
	uint32_t some = (uint32_t)((uint64_t)n * percent / 100);

	if (n <= FEW)
		return n;
	return some > FEW ? some : FEW;
}

/* Pods that name their node (DaemonSets') have nobody of their kind. */
static struct sched_words *
words_of(struct scheduler *s, const struct pod *pod)
{
	struct sched_words *w;
	const char *key;

	if (!scheduler_words_key(&s->words_key, pod))
		return NULL;
	key = buf_text(&s->words_key);
	w = map_get(s->words, key);
	if (w && w->epoch == s->epoch && w->n == s->view.n)
		return w;
	if (map_count(s->words) >= WORDS_KEPT)
		map_clear(s->words);
	else
		free(map_take(s->words, key));
	w = xcalloc(1, sizeof(*w) + s->view.n);
	w->epoch = s->epoch;
	w->n = s->view.n;
	map_put(s->words, key, w);
	return w;
}

static bool
words_differ(struct sched_words *w, const struct prefilter *f, uint32_t node)
{
	if (w->known[node] == WORDS_UNKNOWN)
		w->known[node] =
			prefilter_words(f, node) ? WORDS_FIT : WORDS_DIFFER;
	return w->known[node] == WORDS_DIFFER;
}

/* The best of enough nodes that would do, -1 when none would; where to go on
 * for the next pod. */
static int32_t
search(struct scheduler *s, const struct pod *pod, const struct prefilter *f,
       uint32_t *looked)
{
	struct sched_words *words = words_of(s, pod);
	uint32_t enough = enough_nodes(s->view.n);
	int32_t best = -1;
	int64_t best_score = -1;

	for (*looked = 0; *looked < s->view.n && enough; ++*looked) {
		uint32_t i = (s->next + *looked) % s->view.n;
		int64_t points;

		if (words ? words_differ(words, f, i) ||
				    !prefilter_room(f, i, NULL)
			  : !prefilter_pass(f, i, NULL))
			continue;
		enough--;
		points = score(pod, s->order.at[i]);
		if (points > best_score ||
		    (points == best_score &&
		     strcmp(s->view.at[i].node->meta.name,
			    s->view.at[best].node->meta.name) < 0)) {
			best = (int32_t)i;
			best_score = points;
		}
	}
	return best;
}

int32_t
scheduler_choose(struct scheduler *s, const struct pod *pod, char **message,
		 bool *helped)
{
	struct predicate_view view = { s->view.at, s->view.n, NULL,
				       s->terms == 0 };
	struct prefilter *f = prefilter_new(&view, pod);
	struct map *reasons, *after;
	uint32_t looked;
	int32_t best = search(s, pod, f, &looked);
	bool resolvable = false;

	if (best >= 0) {
		prefilter_free(f);
		/* The next pod goes on where this one stopped. */
		s->next = (s->next + looked) % s->view.n;
		return best;
	}
	reasons = map_new(free);
	after = map_new(free);
	for (uint32_t i = 0; i < s->view.n; i++) {
		struct verdict v;
		bool lost;

		if (prefilter_pass(f, (s->next + i) % s->view.n, &v))
			BUG("pod %s fits after all", pod->meta.name);
		lost = is_unresolvable(&v);
		tally_verdict(reasons, &v);
		tally_add(after, lost ? "Preemption is not helpful for "
					"scheduling"
				      : "No preemption victims found "
					"for incoming pod");
		resolvable |= !lost;
	}
	prefilter_free(f);
	*helped = resolvable && !pod->preempt_never && preempt(s, pod);
	*message = failure(s, pod, reasons, after, *helped);
	map_free(reasons);
	map_free(after);
	return -1;
}
