/*
 * Images: how large they are, which a node has, and how long the others take.
 *
 * The pulls of a node share its bandwidth; a second pod that wants an image
 * under way waits for the same pull.  Images of one repository share their base
 * layers: of a new tag only what is its own has to come.
 */
#include "backend/sim/world/kubelet.h"

#include <stdlib.h>

#define MIB ((int64_t)1 << 20)
#define ASK_MS 400 /* registry and manifest */
/* Bytes a second a node downloads and unpacks. */
#define RATE_SMALL (60.0 * (double)MIB) /* up to 2 vCPUs */
#define RATE (110.0 * (double)MIB)
#define DEFAULT_BYTES (180 * MIB)
#define OWN_SHARE 0.3 /* of an image, beyond the layers its tags share */
#define IMAGES_KEPT 256 /* a node; the longest known goes first */

/* clang-format off */
static const struct {
	const char *part; /* of the image's name */
	int64_t bytes;
} known_sizes[] = {
	{ "gitlab-runner-helper", 38 * MIB },
	{ "gitlab-runner", 92 * MIB },
	{ "cluster-autoscaler", 42 * MIB },
	{ "metrics-server", 21 * MIB },
	{ "coredns", 25 * MIB },
	{ "amazon-k8s-cni-init", 62 * MIB },
	{ "amazon-k8s-cni", 52 * MIB },
	{ "aws-network-policy-agent", 41 * MIB },
	{ "kube-proxy", 32 * MIB },
	{ "eks/pause", 1 * MIB },
	{ "postgres", 155 * MIB },
	{ "redis", 45 * MIB },
	{ "docker:", 130 * MIB },
	{ "alpine", 4 * MIB },
	{ "busybox", 2 * MIB },
	{ "nginx", 72 * MIB },
	{ NULL, 0 },
};
/* clang-format on */

int64_t
image_bytes(const struct scenario *s, const char *image)
{
	for (uint32_t i = 0; i < s->load_n; i++) {
		if (str_eq(s->loads[i].image, image))
			return s->loads[i].image_bytes;
	}
	for (uint32_t i = 0; known_sizes[i].part; i++) {
		if (strstr(image, known_sizes[i].part))
			return known_sizes[i].bytes;
	}
	return DEFAULT_BYTES;
}

/* Length of the name without its tag or digest. */
static size_t
repository(const char *image)
{
	const char *slash = strrchr(image, '/');
	const char *end = strpbrk(slash ? slash : image, ":@");

	return end ? (size_t)(end - image) : strlen(image);
}

/* What of the image the node does not have yet. */
static int64_t
missing_bytes(const struct knode *n, const char *image, int64_t bytes)
{
	size_t len = repository(image);
	const char *name;
	void *value;

	for (uint32_t at = 0; map_next(n->images, &at, &name, &value);) {
		if (repository(name) == len && !strncmp(name, image, len) &&
		    strcmp(name, image) != 0)
			return (int64_t)((double)bytes * OWN_SHARE);
	}
	return bytes;
}

static void
add_image(struct knode *n, const char *image, int64_t bytes)
{
	struct kimage *i;
	const char *oldest;
	void *value;
	uint32_t at = 0;

	if (map_get(n->images, image))
		return;
	if (map_count(n->images) >= IMAGES_KEPT &&
	    map_next(n->images, &at, &oldest, &value)) {
		map_take(n->images, oldest);
		free(value);
	}
	i = xcalloc(1, sizeof(*i));
	i->bytes = bytes;
	i->disk_bytes = missing_bytes(n, image, bytes);
	i->used_ms = sim_now_ms(n->k->sim);
	map_put(n->images, image, i);
}

/* What the EKS AMI brings along. */
void
kubelet_seed_images(struct knode *n)
{
	static const char *const names[] = {
		"602401143452.dkr.ecr.%s.amazonaws.com/eks/pause:3.10",
		"602401143452.dkr.ecr.%s.amazonaws.com/amazon-k8s-cni-init:"
		"v1.20.4-eksbuild.1",
		"602401143452.dkr.ecr.%s.amazonaws.com/amazon-k8s-cni:"
		"v1.20.4-eksbuild.1",
		"602401143452.dkr.ecr.%s.amazonaws.com/amazon/"
		"aws-network-policy-agent:v1.2.7-eksbuild.1",
		"602401143452.dkr.ecr.%s.amazonaws.com/eks/kube-proxy:"
		"v1.33.5-eksbuild.2",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *at = strstr(names[i], "%s");
		char *name =
			xasprintf("%.*s%s%s", (int)(at - names[i]), names[i],
				  n->k->scenario->region, at + 2);

		add_image(n, name, image_bytes(n->k->scenario, name));
		free(name);
	}
}

static void on_pull_timer(struct sim *w, void *ctx, uint64_t arg);

static double
rate_each(const struct knode *n)
{
	double rate = n->instance->type->vcpus <= 2 ? RATE_SMALL : RATE;

	return rate / (double)n->pulls.n;
}

/* Takes what came since the last look off what is left. */
static void
pulls_progress(struct knode *n)
{
	int64_t now = sim_now_ms(n->k->sim);

	if (n->pulls.n) {
		double came =
			rate_each(n) * (double)(now - n->pulls_at_ms) / 1000.0;

		for (uint32_t i = 0; i < n->pulls.n; i++)
			n->pulls.at[i]->left_bytes -= came;
	}
	n->pulls_at_ms = now;
}

static void
pulls_wait(struct knode *n)
{
	double least = -1;

	sim_cancel(n->k->sim, n->pull_timer);
	n->pull_timer = 0;
	for (uint32_t i = 0; i < n->pulls.n; i++) {
		if (least < 0 || n->pulls.at[i]->left_bytes < least)
			least = n->pulls.at[i]->left_bytes;
	}
	if (least < 0 && n->pulls.n == 0)
		return;
	least = least < 0 ? 0 : least;
	n->pull_timer = sim_after(n->k->sim,
				  1 + (int64_t)(least * 1000.0 / rate_each(n)),
				  on_pull_timer, n, 0);
}

static void
pull_end(struct knode *n, struct pull *p)
{
	int64_t took = sim_now_ms(n->k->sim) - p->began_ms;

	add_image(n, p->image, p->bytes);
	kubelet_disk_look(n);
	for (uint32_t i = 0; i < p->waiting.n; i++) {
		p->waiting.at[i]->pull = NULL;
		kubelet_pulled(p->waiting.at[i], took, p->bytes);
	}
	vec_free(&p->waiting);
	free(p->image);
	free(p);
}

static void
on_pull_timer(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;

	(void)w;
	(void)arg;
	n->pull_timer = 0;
	pulls_progress(n);
	for (uint32_t i = 0; i < n->pulls.n;) {
		struct pull *p = n->pulls.at[i];

		if (p->left_bytes > 0.5) {
			i++;
			continue;
		}
		n->pulls.n--;
		memmove(&n->pulls.at[i], &n->pulls.at[i + 1],
			(n->pulls.n - i) * sizeof(p));
		pull_end(n, p);
	}
	pulls_wait(n);
}

bool
kubelet_pull(struct kpod *pod, const char *image)
{
	struct knode *n = pod->node;
	struct kimage *there = map_get(n->images, image);
	struct pull *p = NULL;

	if (there) {
		there->used_ms = sim_now_ms(n->k->sim);
		return true;
	}
	for (uint32_t i = 0; i < n->pulls.n && !p; i++) {
		if (str_eq(n->pulls.at[i]->image, image))
			p = n->pulls.at[i];
	}
	if (!p) {
		pulls_progress(n);
		p = xcalloc(1, sizeof(*p));
		p->node = n;
		p->image = xstrdup(image);
		p->bytes = image_bytes(n->k->scenario, image);
		p->began_ms = sim_now_ms(n->k->sim);
		/* Asking the registry counts as bytes at full rate. */
		p->left_bytes =
			(double)missing_bytes(n, image, p->bytes) +
			RATE * (double)sim_draw_ms(&n->rng, ASK_MS, 0.3) /
				1000.0;
		vec_push(&n->pulls, p);
		pulls_wait(n);
	}
	vec_push(&p->waiting, pod);
	pod->pull = p;
	return false;
}

void
kubelet_pull_forget(struct kpod *pod)
{
	struct pull *p = pod->pull;

	if (!p)
		return;
	pod->pull = NULL;
	for (uint32_t i = 0; i < p->waiting.n; i++) {
		if (p->waiting.at[i] != pod)
			continue;
		p->waiting.n--;
		memmove(&p->waiting.at[i], &p->waiting.at[i + 1],
			(p->waiting.n - i) * sizeof(pod));
		return;
	}
}
