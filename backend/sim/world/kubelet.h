/*
 * The kubelets: one struct a node, one a pod on it.
 *
 * kubelet.c carries pods from bound to gone, kubelet_pull.c brings images,
 * kubelet_status.c writes what the API shows, program.c knows what the
 * containers do once they run.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_KUBELET_H
#define SIM_WORLD_KUBELET_H

#include "backend/sim/world/parts.h"

enum kstate { K_WAITING, K_RUNNING, K_TERMINATED };

struct kcontainer {
	char *name, *image;
	bool init, sidecar, pulled;
	enum kstate state;
	const char *reason; /* waiting or terminated; static */
	int32_t exit_code, restarts;
	int64_t started_ms, finished_ms, back_off_ms;
	int64_t last_started_ms, last_finished_ms; /* of the one before */
	int32_t last_exit_code;
	const char *last_reason;
	int64_t cpu_mcpu, memory_bytes; /* requests */
	char id[72];	/* 64 hex digits, "" before the first start */
	uint64_t timer; /* of its restart */
};

enum kphase {
	KPOD_ADMITTED, /* seen, no sandbox yet */
	KPOD_STARTING, /* sandbox there; containers come one by one */
	KPOD_RUNNING,
	KPOD_STOPPING, /* told to go */
	KPOD_ENDED,    /* all containers ended for good */
};

struct program;
struct logbook;

struct kpod {
	struct knode *node;
	char *ns, *name, *uid, *key;
	const struct program *program;
	void *process; /* the program's own */
	struct logbook *log, *last_log; /* of the main container; or NULL */
	enum kphase phase;
	VEC(struct kcontainer) containers; /* init first, in order */
	uint32_t at;			   /* the one being started */
	uint32_t address;		   /* 0: host network, or none yet */
	int64_t job_id;			   /* of GitLab, or 0 */
	bool host_network, restart_never, restart_on_failure, ready;
	bool failed; /* phase Failed rather than Succeeded */
	bool past_deadline;
	char *evicted; /* the kubelet's words when it took the pod down */
	int64_t grace_s;
	int64_t start_ms, scheduled_ms, initialized_ms, ready_ms;
	struct pull *pull; /* waiting for this image, or NULL */
	uint64_t timer, deadline_timer, ready_timer;
};

struct kimage {
	int64_t bytes;	    /* all of it */
	int64_t disk_bytes; /* without the layers another image brought */
	int64_t used_ms;    /* when a container last wanted it */
};

struct pull {
	struct knode *node;
	char *image;
	double left_bytes;
	int64_t began_ms, bytes;
	VEC(struct kpod *) waiting;
};

struct knode {
	struct kubernetes *k;
	char name[80];
	struct cloud_instance *instance;
	struct map *pods;   /* uid -> struct kpod */
	struct map *images; /* name -> struct kimage */
	VEC(struct pull *) pulls;
	int64_t pulls_at_ms; /* left_bytes are as of this moment */
	uint64_t pull_timer, lease_timer, status_timer, disk_timer;
	bool registered, ready, dead, disk_pressure;
	int64_t disk_pressure_ms; /* when that became so */
	int64_t disk_short_ms;	  /* when space was last too little */
	int64_t disk_told_ms;	  /* of a collection that found too little */
	bool gone;     /* forgotten; waits for its last event */
	uint32_t refs; /* events under way: node_later */
	int64_t registered_ms, ready_ms, lease_ms, created_ms;
	struct rng rng;
};

struct kubelets {
	struct kubernetes *k;
	struct map *nodes; /* node name -> struct knode */
	VEC(struct knode *) gone;
	struct work_queue *sync;
	bool closing;
};

struct kubelets *kubelets_new(struct kubernetes *k);
void kubelets_free(struct kubelets *ks);
struct knode *kubelet_node(struct kubernetes *k, const char *name);
struct kpod *kubelet_pod(struct kubernetes *k, const char *ns, const char *name,
			 const char *uid);

/* A kubelet comes up with its machine, and goes down with it. */
struct knode *kubelet_boot(struct kubernetes *k, struct cloud_instance *i);
void kubelet_die(struct knode *n);
/* The node is registered: looks after the pods already bound to it. */
void kubelet_adopt(struct knode *n);
/* Its Node is gone for good. */
void kubelet_forget(struct kubernetes *k, const char *node);
/* An event of a node that may be forgotten before it happens: fn begins with
 * `if (!node_is_there(n)) return;`, which ends n when it was the last one. */
void node_later(struct knode *n, int64_t delay_ms, sim_fn fn, uint64_t arg);
NODISCARD bool node_is_there(struct knode *n);

/* What happens in a pod of its own accord. */
void kubelet_exited(struct kubernetes *k, struct kpod *p, uint32_t container,
		    int32_t code, const char *reason);
/* The pod's container was told to stop and has (programs with a term). */
void kubelet_stopped(struct kubernetes *k, struct kpod *p, int32_t code);
void kubelet_set_ready(struct kubernetes *k, struct kpod *p, bool ready);
void kubelet_tell(struct kpod *p, bool warning, const char *reason,
		  const char *fmt, ...) PRINTF_LIKE(4, 5);
struct kcontainer *kpod_container(struct kpod *p, const char *name);

/* kubelet_pull.c */
int64_t image_bytes(const struct scenario *s, const char *image);
/* True when it is there already; else on_pulled follows. */
bool kubelet_pull(struct kpod *p, const char *image);
void kubelet_pull_forget(struct kpod *p);
void kubelet_pulled(struct kpod *p, int64_t took_ms, int64_t bytes);
void kubelet_seed_images(struct knode *n);

/* kubelet_disk.c: the node's disk, images and what pods write */

/* Something may fill it: the kubelet keeps looking while that is so. */
void kubelet_disk_look(struct knode *n);
int64_t kubelet_disk_used(struct knode *n);
int64_t kubelet_disk_bytes(const struct knode *n);
/* Ends the pod for the node's sake: phase Failed, reason Evicted. */
void kubelet_evict(struct kpod *p, char *message);

/* kubelet_status.c */
void kubelet_write_status(struct kpod *p);

/* nodes.c: the node's own object and lease */
void node_register(struct knode *n);
void node_write_status(struct knode *n);
/* aws-node runs: the network is there. */
void node_network_up(struct knode *n);

/* node_json.c */
json_t *node_body(struct knode *n);
/* The CSINode beside it: no CSI driver is installed. */
json_t *node_csi_body(const struct object *node);
json_t *node_conditions(struct knode *n);
json_t *node_unknown_conditions(struct knode *n);
json_t *node_images(struct knode *n);
json_t *node_cloud_patch(struct knode *n);

/* ---- programs (program.c): what runs in containers ---- */

struct program {
	const char *name;
	const char *image;   /* a part of the first container's image */
	int64_t stop_ms;     /* median from SIGTERM to the end */
	int64_t ready_in_ms; /* from started to ready */
	double cpu, memory;  /* share of the request used; see usage.c */
	int64_t idle_mcpu, idle_bytes; /* used when nothing is requested */
	void (*start)(struct kubernetes *k, struct kpod *p);
	/* SIGTERM: it calls kubelet_stopped when it is done.  NULL: ends by
	 * itself after stop_ms. */
	void (*term)(struct kubernetes *k, struct kpod *p);
	/* Its exit code when it ends by itself after SIGTERM.  NULL: 0. */
	int32_t (*stop_code)(struct kubernetes *k, struct kpod *p);
	/* It runs no more, however that came about. */
	void (*stop)(struct kubernetes *k, struct kpod *p);
	/* Lines its containers have written so far, and the n-th of them.
	 * NULL: those of the pod's logbook. */
	uint64_t (*log_end)(struct kubernetes *k, const struct kpod *p,
			    const struct kcontainer *c);
	bool (*log_line)(struct kubernetes *k, const struct kpod *p,
			 const struct kcontainer *c, uint64_t n, int64_t *at_ms,
			 struct buf *text);
};

/* By the pod's first container; NULL: nothing special. */
const struct program *program_of(const struct pod *pod,
				 const struct container *c);
/* The job a pod was made for, or NULL. */
const struct ci_job *job_of_pod(struct kubernetes *k, const struct kpod *p);
/* Bytes the job's script has written to the node's disk so far. */
int64_t job_written(struct kubernetes *k, const struct kpod *p);
extern const struct program program_manager, program_autoscaler,
	program_job;

void logbook_free(struct logbook *l); /* container_log.c */

/* usage.c: what a container uses now */
void usage_now(struct kubernetes *k, const struct kpod *p,
	       const struct kcontainer *c, int64_t *mcpu, int64_t *bytes);
void hooks_fill(struct kubernetes *k); /* hooks.c */

#endif
