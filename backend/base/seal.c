/*
 * Records sealed into one block.
 */
#include "backend/base/seal.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "backend/base/map.h"
#include "backend/base/part.h"

#define SCRATCH_BYTES ((size_t)16 << 20)
/* Pages beyond this go back to the system when the next record begins. */
#define SCRATCH_KEEP_BYTES ((size_t)128 << 10)
#define SEAL_ALIGN 8u
#define KNOWN_SLOTS 1024u /* a power of two, several times the table */
#define SAID_SLOTS 64u    /* a power of two; a collision costs bytes only */

/*
 * Texts that many records carry.  Anything here costs a record no bytes, so
 * the list holds what a fleet repeats thousands of times, nothing rare.
 */
/* clang-format off */
static const char *const known[] = {
	/* Label and taint keys. */
	"app", "app.kubernetes.io/component", "app.kubernetes.io/instance",
	"app.kubernetes.io/managed-by", "app.kubernetes.io/name",
	"app.kubernetes.io/part-of", "app.kubernetes.io/version",
	"alpha.eksctl.io/cluster-name", "alpha.eksctl.io/nodegroup-name",
	"beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type",
	"beta.kubernetes.io/os", "controller-revision-hash",
	"eks.amazonaws.com/capacityType", "eks.amazonaws.com/compute-type",
	"eks.amazonaws.com/nodegroup", "eks.amazonaws.com/nodegroup-image",
	"eks.amazonaws.com/sourceLaunchTemplateId",
	"eks.amazonaws.com/sourceLaunchTemplateVersion",
	"failure-domain.beta.kubernetes.io/region",
	"failure-domain.beta.kubernetes.io/zone", "helm.sh/chart",
	"job.runner.gitlab.com/pod", "job.runner.gitlab.com/id",
	"job.runner.gitlab.com/url", "job.runner.gitlab.com/sha",
	"job.runner.gitlab.com/ref", "job.runner.gitlab.com/name",
	"job.runner.gitlab.com/timeout", "k8s-app", "k8s.io/cloud-provider-aws",
	"kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os",
	"kubernetes.io/metadata.name", "manager.runner.gitlab.com/id-short",
	"manager.runner.gitlab.com/name", "node-role.kubernetes.io/worker",
	"node.kubernetes.io/disk-pressure", "node.kubernetes.io/instance-type",
	"node.kubernetes.io/lifecycle", "node.kubernetes.io/memory-pressure",
	"node.kubernetes.io/network-unavailable",
	"node.kubernetes.io/not-ready", "node.kubernetes.io/pid-pressure",
	"node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable",
	"node.cloudprovider.kubernetes.io/uninitialized", "pod-template-hash",
	"pod-template-generation", "pod", "project.runner.gitlab.com/id",
	"project.runner.gitlab.com/name",
	"project.runner.gitlab.com/namespace",
	"project.runner.gitlab.com/namespace-id",
	"project.runner.gitlab.com/root-namespace",
	"project.runner.gitlab.com/root-namespace-id",
	"statefulset.kubernetes.io/pod-name",
	"topology.ebs.csi.aws.com/zone", "topology.kubernetes.io/region",
	"topology.kubernetes.io/zone", "topology.k8s.aws/zone-id",
	"ToBeDeletedByClusterAutoscaler",
	"DeletionCandidateOfClusterAutoscaler",
	"cluster-autoscaler.kubernetes.io/safe-to-evict",
	"cluster-autoscaler.kubernetes.io/scale-down-disabled",
	/* Effects, operators, policies. */
	"NoSchedule", "PreferNoSchedule", "NoExecute", "Equal", "Exists", "In",
	"NotIn", "DoesNotExist", "Gt", "Lt", "Always", "Never", "OnFailure",
	"IfNotPresent", "ClusterFirst", "PreemptLowerPriority", "Burstable",
	"Guaranteed", "BestEffort", "DoNotSchedule", "ScheduleAnyway",
	/* Phases, conditions, reasons. */
	"Pending", "Running", "Succeeded", "Failed", "Unknown", "Active",
	"Terminating", "True", "False", "Ready", "Initialized",
	"ContainersReady", "PodScheduled", "PodReadyToStartContainers",
	"DisruptionTarget", "MemoryPressure", "DiskPressure", "PIDPressure",
	"NetworkUnavailable", "Unschedulable", "ContainerCreating",
	"PodInitializing", "CrashLoopBackOff", "ImagePullBackOff",
	"ErrImagePull", "CreateContainerConfigError", "Completed", "Error",
	"OOMKilled", "Evicted", "KubeletReady", "Normal", "Warning",
	/* Kinds and API versions. */
	"Pod", "Node", "ReplicaSet", "ReplicationController", "DaemonSet",
	"Deployment", "StatefulSet", "Job", "CronJob", "ConfigMap",
	"PersistentVolumeClaim", "v1", "apps/v1", "batch/v1", "policy/v1",
	/* Resources. */
	"cpu", "memory", "ephemeral-storage", "pods", "nvidia.com/gpu",
	"hugepages-1Gi", "hugepages-2Mi", "vpc.amazonaws.com/pod-eni",
	"attachable-volumes-aws-ebs",
	/* Names and values. */
	"default", "kube-system", "gitlab-runner", "gitlab-runners",
	"default-scheduler", "kubelet", "cluster-autoscaler", "aws-node",
	"coredns", "kube-proxy",
	"build", "helper", "init-permissions", "svc-0", "svc-1", "docker",
	"linux", "windows", "amd64", "arm64", "true", "false", "ON_DEMAND",
	"SPOT", "on-demand", "spot", "on_demand", "eks",
	"system-node-critical", "system-cluster-critical", "Helm", "ec2",
	/* EC2 and Auto Scaling. */
	"InService", "Pending:Wait", "Terminating:Wait", "Terminated",
	"Healthy", "Unhealthy", "running", "pending", "shutting-down",
	"terminated", "stopping", "stopped", "Successful", "InProgress",
	"Cancelled", "ACTIVE", "CREATING", "UPDATING", "DELETING", "DEGRADED",
	/* GitLab. */
	"success", "failed", "canceled", "skipped", "created", "manual",
	"waiting_for_resource", "preparing", "online", "offline", "stale",
	"never_contacted", "instance_type", "group_type", "project_type",
};
/* clang-format on */

struct seal {
	char *scratch; /* SCRATCH_BYTES of address space */
	size_t used;
	size_t touched; /* of it, since pages last went back */
	bool overflowed;
	VEC(uint32_t) moved; /* where pointers stand */
	/* Arrays that found no room live here until the next record, so that
	 * a decoder may go on writing into what it was given. */
	VEC(void *) spilled;
	const char *slots[KNOWN_SLOTS];
	/* Texts of this record, by hash: what it says twice stands once. */
	struct said {
		uint32_t round, at, len; /* of other rounds: empty */
	} said[SAID_SLOTS];
	uint32_t round;
	VEC(const void *) parts; /* one reference each */
	bool sharing;		 /* between seal_share_begin and _end */
};

static uint32_t
known_slot(const char *t, size_t len)
{
	return (uint32_t)hash_words(t, len) & (KNOWN_SLOTS - 1);
}

struct seal *
seal_new(void)
{
	struct seal *s = xcalloc(1, sizeof(*s));

	s->scratch = mmap(NULL, SCRATCH_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->scratch == MAP_FAILED)
		s->scratch = xmalloc(SCRATCH_BYTES); /* dies if it must */
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		uint32_t at = known_slot(known[i], strlen(known[i]));

		while (s->slots[at])
			at = (at + 1) & (KNOWN_SLOTS - 1);
		s->slots[at] = known[i];
	}
	return s;
}

static void
drop_spilled(struct seal *s)
{
	for (uint32_t i = 0; i < s->spilled.n; i++)
		free(s->spilled.at[i]);
	vec_clear(&s->spilled);
}

/* What the unfinished record held on to. */
static void
drop_parts(struct seal *s)
{
	part_drop(s->parts.at, s->parts.n);
	vec_clear(&s->parts);
}

void
seal_free(struct seal *s)
{
	if (!s)
		return;
	drop_spilled(s);
	drop_parts(s);
	vec_free(&s->parts);
	vec_free(&s->spilled);
	vec_free(&s->moved);
	munmap(s->scratch, SCRATCH_BYTES);
	free(s);
}

/* Room in the scratch, or NULL with the overflow noted. */
static void *
take(struct seal *s, size_t bytes, size_t align)
{
	size_t at = (s->used + align - 1) & ~(align - 1);

	if (s->overflowed || bytes > SCRATCH_BYTES - at) {
		s->overflowed = true;
		return NULL;
	}
	/* The gap is zeroed so that equal records have equal bytes. */
	memset(s->scratch + s->used, 0, at - s->used);
	s->used = at + bytes;
	if (s->used > s->touched)
		s->touched = s->used;
	return s->scratch + at;
}

void *
seal_begin(struct seal *s, size_t bytes)
{
	if (s->touched > SCRATCH_KEEP_BYTES) {
		madvise(s->scratch, SCRATCH_BYTES, MADV_DONTNEED);
		s->touched = 0;
	}
	drop_spilled(s);
	drop_parts(s);
	vec_clear(&s->moved);
	s->used = 0;
	s->overflowed = false;
	s->sharing = false;
	s->round++;
	BUG_IF(bytes > SCRATCH_BYTES);
	return memset(take(s, bytes, SEAL_ALIGN), 0, bytes);
}

/* Stores a pointer into a slot of any pointer type. */
static void
store(const void *slot, const void *p)
{
	memcpy((void *)(uintptr_t)slot, &p, sizeof(p));
}

static void
note(struct seal *s, const void *slot)
{
	size_t at = (size_t)((const char *)slot - s->scratch);

	/* A slot in a spilled array is dropped with it. */
	if (s->overflowed)
		return;
	BUG_IF(at > s->used || s->used - at < sizeof(void *));
	vec_push(&s->moved, (uint32_t)at);
}

void
seal_textn(struct seal *s, const char **slot, const char *t, size_t len)
{
	struct said *said;
	char *copy;

	if (!t) {
		store(slot, NULL);
		return;
	}
	if (!len) {
		store(slot, "");
		return;
	}
	said = &s->said[hash_words(t, len) & (SAID_SLOTS - 1)];
	if (said->round == s->round && said->len == len && !s->overflowed &&
	    memcmp(s->scratch + said->at, t, len) == 0) {
		store(slot, s->scratch + said->at);
		note(s, slot);
		return;
	}
	if (len >= SCRATCH_BYTES || !(copy = take(s, len + 1, 1))) {
		s->overflowed = true;
		store(slot, "");
		return;
	}
	memcpy(copy, t, len);
	copy[len] = '\0';
	*said = (struct said){ s->round, (uint32_t)(copy - s->scratch),
			       (uint32_t)len };
	store(slot, copy);
	note(s, slot);
}

void
seal_common(struct seal *s, const char **slot, const char *t, size_t len)
{
	const char *part = NULL;

	if (t && len >= PART_MIN_BYTES && len < UINT32_MAX && !s->sharing &&
	    !s->overflowed && s->parts.n < UINT16_MAX)
		part = part_text(t, (uint32_t)len);
	if (!part) {
		seal_textn(s, slot, t, len);
		return;
	}
	vec_push(&s->parts, part);
	store(slot, part);
}

struct seal_mark
seal_share_begin(struct seal *s)
{
	struct seal_mark mark = { .inner = s->sharing };

	if (mark.inner)
		return mark;
	s->sharing = true;
	/* Texts said before stand outside: they are said again. */
	s->round++;
	take(s, 0, SEAL_ALIGN);
	mark.used = s->used;
	mark.moved = s->moved.n;
	return mark;
}

/* Slots of what was sealed since the mark, behind those noted meanwhile that
 * stand before it; the first of them. */
static uint32_t
slots_since(struct seal *s, struct seal_mark mark)
{
	uint32_t first = mark.moved;

	for (uint32_t i = mark.moved; i < s->moved.n; i++) {
		uint32_t at = s->moved.at[i];

		if (at >= mark.used)
			continue;
		s->moved.at[i] = s->moved.at[first];
		s->moved.at[first++] = at;
	}
	return first;
}

void
seal_share_end(struct seal *s, struct seal_mark mark, const void *slot)
{
	const char *from = s->scratch + mark.used, *at;
	size_t len = s->used - mark.used;
	const void *part;
	uint32_t first;

	if (mark.inner)
		return;
	s->sharing = false;
	s->round++;
	if (s->overflowed || len < PART_MIN_BYTES || s->parts.n >= UINT16_MAX)
		return;
	memcpy(&at, slot, sizeof(at));
	BUG_IF(at != from);
	first = slots_since(s, mark);
	part = part_get(s->scratch + mark.used, (uint32_t)len,
			&(struct part_slots){ s->moved.at + first,
					      s->moved.n - first,
					      (uint32_t)mark.used });
	if (!part)
		return;
	vec_push(&s->parts, part);
	store(slot, part);
	s->used = mark.used;
	s->moved.n = first;
}

void
seal_text(struct seal *s, const char **slot, const char *text)
{
	seal_textn(s, slot, text, text ? strlen(text) : 0);
}

void
seal_known(struct seal *s, const char **slot, const char *t, size_t len)
{
	if (t && len) {
		for (uint32_t at = known_slot(t, len); s->slots[at];
		     at = (at + 1) & (KNOWN_SLOTS - 1)) {
			if (strncmp(s->slots[at], t, len) == 0 &&
			    s->slots[at][len] == '\0') {
				store(slot, s->slots[at]);
				return;
			}
		}
	}
	seal_textn(s, slot, t, len);
}

void *
seal_array(struct seal *s, const void *slot, size_t count, size_t bytes)
{
	size_t all;
	void *p;

	if (!count) {
		store(slot, NULL);
		return NULL;
	}
	BUG_IF(__builtin_mul_overflow(count, bytes, &all));
	p = take(s, all, SEAL_ALIGN);
	if (!p) {
		p = xcalloc(count, bytes);
		vec_push(&s->spilled, p);
		store(slot, p);
		return p;
	}
	memset(p, 0, all);
	store(slot, p);
	note(s, slot);
	return p;
}

bool
seal_overflowed(const struct seal *s)
{
	return s->overflowed;
}

void
seal_release(void *block, uint32_t bytes, uint16_t parts)
{
	if (!block)
		return;
	part_drop((const void *const *)(void *)((char *)block + bytes) - parts,
		  parts);
	free(block);
}

/* Behind everything else, where seal_release finds them. */
static void
take_parts(struct seal *s)
{
	size_t bytes = s->parts.n * sizeof(*s->parts.at);
	char *at = bytes ? take(s, bytes, SEAL_ALIGN) : NULL;

	if (at)
		memcpy(at, s->parts.at, bytes);
}

void *
seal_done(struct seal *s, uint32_t *bytes, uint16_t *parts)
{
	uintptr_t from = (uintptr_t)s->scratch;
	char *block;

	take_parts(s);
	if (s->overflowed)
		return NULL;
	BUG_IF(s->used == 0);
	block = xmemdup(s->scratch, s->used);
	for (uint32_t i = 0; i < s->moved.n; i++) {
		char *at = block + s->moved.at[i];
		uintptr_t p;

		/* A slot set twice is noted twice but moves only once; one
		 * set to a known text or NULL afterwards must not move. */
		memcpy(&p, at, sizeof(p));
		if (p - from >= s->used)
			continue;
		p = (uintptr_t)block + (p - from);
		memcpy(at, &p, sizeof(p));
	}
	*bytes = (uint32_t)s->used;
	*parts = (uint16_t)s->parts.n;
	vec_clear(&s->parts); /* the block's now */
	s->used = 0;
	vec_clear(&s->moved);
	return block;
}
