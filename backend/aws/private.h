/*
 * The inside of the AWS client: aws.c is its life and calls, poll.c what is
 * asked when, wants.c which follow-up questions the groups raise.
 */
#ifndef AWS_PRIVATE_H
#define AWS_PRIVATE_H

#include "backend/aws/query.h"
#include "backend/base/map.h"

/* The questions of one round, in order. */
enum step {
	STEP_IDENTITY,
	STEP_GROUPS,
	STEP_TEMPLATES,
	STEP_TYPES,
	STEP_INSTANCES,
	STEP_ACTIVITIES,
	STEP_SUBNETS,
	STEP_COUNT
};

struct step_state {
	int64_t due_boot_ms;	/* not asked before this */
	bool loaded;		/* its first list was complete */
};

struct aws {
	struct reactor *reactor;
	const struct sink *sink;
	struct aws_session session;
	struct query_service *autoscaling, *ec2, *sts;
	struct seal *seal;
	struct reactor_timer *timer;
	char *region, *cluster, *account;
	struct step_state steps[STEP_COUNT];
	enum step step;
	bool running;		/* a round is under way */
	bool again;		/* aws_refresh during a round */
	/* How often aws_refresh was called: by now, before the round under way
	 * began, and before the round that read the groups last. */
	uint64_t refreshes, refreshes_of_round, refreshes_read;
	bool round_done;	/* once */
	uint32_t failures;
	int64_t busy_until_boot_ms; /* something changed: look often */
	enum source_state state;
	/* What groups told last: name -> const struct group *, referenced. */
	struct map *groups, *groups_next;
	struct map *known_types;     /* names asked for */
	struct map *known_instances; /* ids put into the sink */
	struct map *known_templates; /* "id version" -> BOOTTIME asked */
	struct map *activity_ids;    /* group -> ids, '\n' ended each */
	struct map *changed;	     /* groups whose activities to read */
	char *next_token;
	char *asking;		/* what the call under way is about */
	uint32_t asked;		/* follow-up calls of this step this round */
};

int64_t aws_boot_ms(const struct aws *a);

/* Form of the next call of the current step; false when it has none now. */
bool aws_next_form(struct aws *a, struct buf *form, enum row_id *row,
		   struct query_service **service);
/* Takes an answer of the current step.  False: not what was expected. */
bool aws_take(struct aws *a, const struct tree *body, struct err *err);
/* All pages of the current step are read. */
void aws_step_complete(struct aws *a);

/* poll.c */
void aws_poll_start(struct aws *a);

#endif
