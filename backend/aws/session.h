/*
 * What all AWS services of one client share: the keys in use, and how far the
 * servers' clock is from ours.
 */
#ifndef AWS_SESSION_H
#define AWS_SESSION_H

#include "backend/aws/cred.h"
#include "backend/base/clock.h"

struct aws_session {
	const struct clockwork *clock; /* borrowed */
	struct aws_keys keys;	       /* id NULL: not looked for yet */
	int64_t skew_ms; /* servers minus us; 0 within AWS's tolerance */
};

void aws_session_fini(struct aws_session *s);
/* Looks for keys when there are none, or those there are have ended. */
bool aws_session_ready(struct aws_session *s, struct err *err);
/* Wall time as the servers have it: what signatures say. */
int64_t aws_session_now_ms(const struct aws_session *s);
/* AWS refused the keys or the signature; date_ms is its Date header or 0.
 * Looks at both again; true when something changed, so that asking once more
 * makes sense. */
bool aws_session_refused(struct aws_session *s, int64_t date_ms);

#endif
