/*
 * Faults on demand: a YAML file of rows, each for some face, path and method,
 * at some rate, that says what goes wrong.
 *
 *	faults:
 *	- face: kubernetes		# aws, gitlab, sim; absent: all
 *	  path: /api/v1/pods?		# shell pattern on the path; absent: all
 *	  method: GET
 *	  rate: 0.25			# of matching requests; or every: 3
 *	  from: 10s			# of virtual time since the start
 *	  to: 5m
 *	  status: 429			# one or more of these
 *	  retry-after: 2s
 *	  delay: 500ms
 *	  reset: true			# connection reset instead of an answer
 *	  hang: true			# no answer at all
 *	  truncate: 1000		# bytes of the body, then the end
 *	  drip: 100			# bytes a second
 *
 * The first row that applies wins.  Rates are drawn from a generator of the
 * row's own, so that the same requests meet the same faults.
 */
#ifndef SIM_SERVER_FAULTS_H
#define SIM_SERVER_FAULTS_H

#include "backend/base/err.h"

struct fault { /* what happens to one request; all zero: nothing */
	int status;
	int64_t retry_after_ms, delay_ms;
	bool reset, hang;
	int64_t truncate;  /* bytes; -1: no */
	int64_t drip_bytes; /* a second; 0: no */
};

struct faults;

/* NULL with err ("file:line: ..."). */
struct faults *faults_read(const char *path, int64_t start_ms,
			   struct err *err);
/* The same from text; name is for messages. */
struct faults *faults_parse(const char *name, const char *text, size_t len,
			    int64_t start_ms, struct err *err);
void faults_free(struct faults *f);
/* False: the request goes through.  faults may be NULL. */
bool faults_pick(struct faults *f, const char *face, const char *method,
		 const char *path, int64_t world_ms, struct fault *out);

#endif
