/*
 * The node's disk: what images and pods take of it, collection of images that
 * nobody uses, and eviction when that is not enough.
 *
 * Thresholds are those the EKS AMI sets: images are collected from 85 % on,
 * down to 80 %; a tenth of the disk is kept free, at the pods' cost.  The
 * kubelet looks every ten seconds, here only while something may fill the disk.
 */
#include "backend/sim/world/kubelet_pod.h"

#include <stdio.h>
#include <stdlib.h>

#define GIB ((int64_t)1 << 30)
#define LOOK_MS 10000
#define SYSTEM_BYTES (GIB * 7 / 2) /* the AMI's own, logs and all */
/* containerd keeps an image's blobs and their unpacked snapshot. */
#define ON_DISK 3
#define COLLECT_PERCENT 85
#define COLLECT_TO_PERCENT 80
#define FREE_PERCENT 10
#define WATCH_PERCENT 60
#define CALM_MS 300000	    /* eviction-pressure-transition-period */
#define IMAGE_YOUNG_MS 120000 /* imageMinimumGCAge */
#define TELL_AGAIN_MS 300000

int64_t
kubelet_disk_bytes(const struct knode *n)
{
	return n->instance->plan->disk_gib * GIB - 12308 * (int64_t)1024;
}

static int64_t
percent(const struct knode *n, int64_t p)
{
	return kubelet_disk_bytes(n) / 100 * p;
}

/* ---- what is used ---- */

struct usage {
	int64_t bytes;
	bool written; /* by pods: it may grow without a pull */
};

static struct usage
usage_of(struct knode *n)
{
	struct usage u = { .bytes = SYSTEM_BYTES };
	const char *key;
	void *value;

	for (uint32_t at = 0; map_next(n->images, &at, &key, &value);)
		u.bytes += ((struct kimage *)value)->disk_bytes *
			   ON_DISK;
	for (uint32_t at = 0; map_next(n->pods, &at, &key, &value);) {
		const struct kpod *p = value;
		const struct ci_job *j;

		if (p->program != &program_job || p->phase == KPOD_ENDED)
			continue;
		j = job_of_pod(n->k, p);
		u.written |= j && j->load->disk_bytes > 0;
		u.bytes += job_written(n->k, p);
	}
	return u;
}

int64_t
kubelet_disk_used(struct knode *n)
{
	return usage_of(n).bytes;
}

static void
tell(struct knode *n, bool warning, const char *reason, const char *text)
{
	struct event_source from = { "kubelet", n->name, NULL };
	const struct object *o = k8s_find(n->k, n->k->nodes, "", n->name);

	if (o)
		k8s_tell(n->k, o, &from, warning, reason, "%s", text);
}

/* ---- images ---- */

static bool
image_is_used(struct knode *n, const char *image)
{
	const char *uid;
	void *value;

	if (strstr(image, "eks/pause"))
		return true;
	for (uint32_t at = 0; map_next(n->pods, &at, &uid, &value);) {
		const struct kpod *p = value;

		if (p->phase == KPOD_ENDED)
			continue;
		for (uint32_t i = 0; i < p->containers.n; i++) {
			if (str_eq(p->containers.at[i].image, image))
				return true;
		}
	}
	return false;
}

/* The image that nobody has used for longest, or NULL. */
static const char *
idle_image(struct knode *n)
{
	int64_t now = sim_now_ms(n->k->sim), oldest = INT64_MAX;
	const char *best = NULL, *name;
	void *value;

	for (uint32_t at = 0; map_next(n->images, &at, &name, &value);) {
		const struct kimage *i = value;

		if (i->used_ms >= oldest || now - i->used_ms < IMAGE_YOUNG_MS ||
		    image_is_used(n, name))
			continue;
		oldest = i->used_ms;
		best = name;
	}
	return best;
}

/* Frees so many bytes, or what there is. */
static int64_t
collect_images(struct knode *n, int64_t wanted)
{
	int64_t freed = 0;
	const char *name;

	while (freed < wanted && (name = idle_image(n))) {
		struct kimage *i = map_take(n->images, name);

		freed += i->disk_bytes * ON_DISK;
		free(i);
	}
	return freed;
}

static void
tell_too_little(struct knode *n, int64_t wanted, int64_t freed)
{
	int64_t now = sim_now_ms(n->k->sim);
	char text[240];

	if (n->disk_told_ms && now - n->disk_told_ms < TELL_AGAIN_MS)
		return;
	n->disk_told_ms = now;
	snprintf(text, sizeof(text),
		 "Failed to garbage collect required amount of images. "
		 "Attempted to free %lld bytes, but only found %lld bytes "
		 "eligible to free.",
		 (long long)wanted, (long long)freed);
	tell(n, true, "FreeDiskSpaceFailed", text);
}

/* ---- pods ---- */

/* The pod that has written most, or NULL. */
static struct kpod *
biggest_writer(struct knode *n)
{
	struct kpod *best = NULL;
	int64_t most = 0;
	const char *uid;
	void *value;

	for (uint32_t at = 0; map_next(n->pods, &at, &uid, &value);) {
		struct kpod *p = value;
		int64_t wrote;

		if (p->program != &program_job || p->phase >= KPOD_STOPPING)
			continue;
		wrote = job_written(n->k, p);
		if (wrote > most) {
			most = wrote;
			best = p;
		}
	}
	return best;
}

static void
evict_one(struct knode *n, int64_t free_bytes)
{
	struct kpod *p = biggest_writer(n);

	if (!p)
		return;
	kubelet_evict(
		p, xasprintf("The node was low on resource: ephemeral-storage. "
			     "Threshold quantity: %lld, available: %lldKi. "
			     "Container build was using %lldKi, request is 0, "
			     "has larger consumption of ephemeral-storage. ",
			     (long long)percent(n, FREE_PERCENT),
			     (long long)(free_bytes > 0 ? free_bytes / 1024
							: 0),
			     (long long)(job_written(n->k, p) / 1024)));
}

static void
set_pressure(struct knode *n, bool on)
{
	char text[160];

	n->disk_pressure = on;
	n->disk_pressure_ms = sim_now_ms(n->k->sim);
	node_write_status(n);
	snprintf(text, sizeof(text), "Node %s status is now: %s", n->name,
		 on ? "NodeHasDiskPressure" : "NodeHasNoDiskPressure");
	tell(n, false, on ? "NodeHasDiskPressure" : "NodeHasNoDiskPressure",
	     text);
}

/* A tenth of the disk is to be free. */
static void
keep_free(struct knode *n)
{
	int64_t now = sim_now_ms(n->k->sim), want = percent(n, FREE_PERCENT);
	int64_t left = kubelet_disk_bytes(n) - kubelet_disk_used(n);

	if (left >= want) {
		if (n->disk_pressure && now - n->disk_short_ms >= CALM_MS)
			set_pressure(n, false);
		return;
	}
	n->disk_short_ms = now;
	if (!n->disk_pressure)
		set_pressure(n, true);
	tell(n, true, "EvictionThresholdMet",
	     "Attempting to reclaim ephemeral-storage");
	left += collect_images(n, want - left);
	if (left < want)
		evict_one(n, left);
}

/* ---- looking ---- */

static void
on_look(struct sim *w, void *ctx, uint64_t arg)
{
	struct knode *n = ctx;
	int64_t used = kubelet_disk_used(n), wanted, freed;

	(void)w;
	(void)arg;
	n->disk_timer = 0;
	if (used > percent(n, COLLECT_PERCENT)) {
		wanted = used - percent(n, COLLECT_TO_PERCENT);
		freed = collect_images(n, wanted);
		if (freed)
			node_write_status(n);
		if (freed < wanted)
			tell_too_little(n, wanted, freed);
	}
	keep_free(n);
	kubelet_disk_look(n);
}

void
kubelet_disk_look(struct knode *n)
{
	struct usage u;

	if (n->disk_timer || n->dead || sim_in_history(n->k->sim))
		return;
	u = usage_of(n);
	if (u.written || n->disk_pressure ||
	    u.bytes > percent(n, WATCH_PERCENT))
		n->disk_timer =
			sim_after(n->k->sim, LOOK_MS, on_look, n, 0);
}
