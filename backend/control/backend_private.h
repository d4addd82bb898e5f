/*
 * The backend's parts, for control/ only.
 *
 * Thread: the backend's, but for what says otherwise.
 */
#ifndef CONTROL_BACKEND_PRIVATE_H
#define CONTROL_BACKEND_PRIVATE_H

#include "backend/aws/aws.h"
#include "backend/control/gate.h"
#include "backend/control/backend.h"
#include "backend/control/config.h"
#include "backend/control/journal.h"
#include "backend/control/worker.h"
#include "backend/gitlab/gitlab.h"
#include "backend/kube/kube.h"
#include "backend/store/store.h"

struct act_runs;	/* act_run.c */
struct previews;	/* preview.c */
struct streams;		/* stream.c */
struct asking;
struct engine_run;	/* engine_run.c */
struct holds;		/* hold.c */
struct leading;		/* lease.c */
struct threading;	/* backend_thread.c */

struct backend {
	struct backend_config config; /* texts are owned copies below */
	char *texts[16];
	const struct clockwork *clock;
	struct port *port;	/* borrowed; NULL: nobody listens */
	struct reactor *reactor;
	struct worker *worker;
	struct store *store;
	struct config *file;
	struct kubeconfig *kubeconfig;
	struct kube_context *context;
	struct kube *kube;	/* NULL with --world */
	struct aws *aws;	/* NULL: off */
	struct gitlab *gitlab;	/* NULL: off */
	struct journal *journal;
	struct gate gate;
	struct act_runs *acts;
	struct previews *previews;
	struct streams *streams;
	struct asking *asks;	/* stream_kube.c */
	struct engine_run *engine;
	struct holds *holds;
	struct leading *leading;
	VEC(struct reply) unsent; /* the ring was full */
	int64_t published_boot_ms;
	int64_t second_boot_ms;	/* last once-a-second pass */
	uint64_t base_kinds, wanted_kinds; /* watched anyhow; by views */
	const struct policy *policy;	/* as given or read; one reference */
	const struct memory *memory;	/* of a world file, or NULL */
	bool quitting;		/* finish, then stop */
	bool closing;		/* being freed: nothing new begins */
	bool mode_asked;	/* config.mode was taken up */
	struct reactor_timer *tick, *publish;
	struct reactor_fd *commands;
	/* Deeds of earlier runs, until the engine has recalled them; what its
	 * holds are made of stays there. */
	VEC(struct journal_deed) past;
	VEC(char *) asked_configs; /* ConfigMaps of runner managers */
	struct threading *threading; /* backend_thread.c */
};

static inline int64_t
backend_boot_ms(const struct backend *b)
{
	return clock_boot_ms(b->clock);
}

/* Takes the reply's text over; never fails: what the ring does not take waits,
 * notes beyond a ceiling are dropped. */
void backend_reply(struct backend *b, const struct reply *moved);
PRINTF_LIKE(4, 5)
void backend_note(struct backend *b, enum severity severity,
		  enum err_code code, const char *fmt, ...);
/* A line of the journal that now stands on the disk becomes a row. */
void backend_show_line(struct backend *b, const struct journal_line *l,
		       uint64_t seq);

/* Begins to finish: hands back, lets what is under way end. */
void backend_quit(struct backend *b);
/* Nothing is under way any more. */
bool backend_is_idle(struct backend *b);

/* commands.c */
void backend_commands(struct backend *b);

/* backend_source.c: from where the data comes. */
bool backend_open_cluster(struct backend *b, struct err *err);
bool backend_open_world(struct backend *b, struct err *err);
void backend_close_sources(struct backend *b);
/* Account, credentials, proof, managers' configuration; once a second. */
void backend_look_around(struct backend *b);

/* backend_thread.c */
bool backend_asked_to_finish(const struct backend *b);
bool backend_is_abandoned(const struct backend *b);
struct threading *threading_new(struct err *err);
void threading_free(struct threading *t);

#endif
