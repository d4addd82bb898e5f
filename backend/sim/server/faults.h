/*
 * Faults on demand: rows of YAML, each for some face, path and method, at some
 * rate, that say what goes wrong.  From --faults FILE, or put in later by
 * POST /sim/faults.
 *
 *	faults:
 *	- face: kubernetes		# aws, gitlab, sim; absent: all
 *	  path: /api/v1/pods?		# shell pattern on the path; absent: all
 *	  method: GET
 *	  rate: 0.25			# of matching requests; or every: 3
 *	  from: 10s			# of virtual time since the row came
 *	  to: 5m
 *	  delay: 500ms			# then the rest, or the usual answer
 *	  status: 503			# any of these ends the request
 *	  retry-after: 2s		# with status or throttle
 *	  throttle: true		# each service's own refusal
 *	  credentials: expired		# each service's own refusal
 *	  gone: true			# 410: the resourceVersion is too old
 *	  reset: true			# connection reset instead of an answer
 *	  hang: true			# no answer at all
 *	  truncate: 1000		# bytes of the body, then the end
 *	  drip: 100			# bytes a second
 *	  skew: 20m			# the server's clock runs ahead, or
 *	 				# behind: Date headers, signatures
 *	- watch: drop			# rate counts events of open watches:
 *	  rate: 0.1			# drop, duplicate, gone, cut (off)
 *	 				# or silent: nothing comes any more
 *	- capacity: refused		# launches of instances
 *	  group: arm64-spot		# absent: any; so are type and zone
 *	  type: m7g.xlarge
 *	  zone: eu-west-1a
 *
 * The first row that applies wins.  Rates are drawn from a generator of the
 * row's own, so that the same requests meet the same faults.
 *
 * Thread: under the world's lock.
 */
#ifndef SIM_SERVER_FAULTS_H
#define SIM_SERVER_FAULTS_H

#include "backend/base/buf.h"
#include "backend/base/err.h"

enum fault_words { /* refusals that each service says in its own words */
	FAULT_PLAIN,   /* a bare status */
	FAULT_THROTTLE,
	FAULT_EXPIRED, /* credentials */
	FAULT_GONE,    /* resourceVersion */
};

struct fault { /* what happens to one request; all zero: nothing */
	int status;		/* 0: no refusal, unless words say one */
	enum fault_words words;
	int64_t retry_after_ms, delay_ms, skew_ms;
	bool reset, hang;
	int64_t truncate;   /* bytes; -1: no */
	int64_t drip_bytes; /* a second; 0: no */
};

enum fault_event { /* what happens to one event of a watch */
	EVENT_PASSES,
	EVENT_DROPPED,
	EVENT_DOUBLED,
	EVENT_SILENT, /* and all that follow while the row applies */
	EVENT_CUT,
	EVENT_GONE,
};

struct fault_request {
	const char *face, *method, *path;
	int64_t world_ms;
};

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *f);
/* More rows, after those that are there; name is for messages
 * ("file:line: ...").  On failure none is added. */
bool faults_add(struct faults *f, const char *name, const char *text,
		size_t len, int64_t now_ms, struct err *err);
void faults_clear(struct faults *f);
uint32_t faults_count(const struct faults *f);
/* The row as it was written (one line), and how often it struck. */
const char *faults_row(const struct faults *f, uint32_t i, uint64_t *struck);

/* False: the request goes through. */
bool faults_pick(struct faults *f, const struct fault_request *q,
		 struct fault *out);
bool faults_touch_watches(const struct faults *f);
enum fault_event faults_pick_event(struct faults *f,
				   const struct fault_request *watch);
/* True: a launch is refused for want of capacity. */
bool faults_refuse_launch(struct faults *f, const char *group,
			  const char *type, const char *zone,
			  int64_t world_ms);

#endif
