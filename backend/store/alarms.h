/*
 * Raising alarms: shared by the files that know causes.  For backend/store/
 * only.
 */
#ifndef STORE_ALARMS_H
#define STORE_ALARMS_H

#include "backend/store/private.h"

enum { ALARM_TEXT = 240 };

struct raising {
	const char *id;
	enum severity severity;
	int64_t since_ms; /* 0: since it was first seen, if that is known */
	struct handle subject;
	const char *fix_verb, *fix_text;
	const char *why;
	bool pinned;
	bool follows; /* a symptom: whatever causes it stands before it */
};

/* A node's name as people say it, without EC2's domain. */
const char *alarm_host(const char *name, char out[static RECORD_KEY]);

PRINTF_LIKE(3, 4)
void alarm_raise(struct store *s, const struct raising *r, const char *fmt,
		 ...);

/* Pods that wait, and whoever should have made room for them. */
void alarms_of_waiting(struct store *s);
/* By alarms_of_waiting. */
void alarms_of_leader(struct store *s);
/* Groups: what keeps them from growing, and what others did to them.  After
 * alarms_of_waiting. */
void alarms_of_groups(struct store *s);
/* Managers that end or are gone with jobs, and changed limits. */
void alarms_of_runners(struct store *s);
/* Nodes that are ill, instances that become none, subnets that run dry. */
void alarms_of_machines(struct store *s);

#endif
