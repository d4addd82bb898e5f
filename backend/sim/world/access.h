/*
 * Who may call the simulated AWS and GitLab: three users with made-up keys.
 * They open nothing but a simulated cloud on loopback.
 */
#ifndef SIM_WORLD_ACCESS_H
#define SIM_WORLD_ACCESS_H

#include "backend/base/mem.h"

enum sim_role {
	SIM_ADMIN,  /* everything */
	SIM_ONCALL, /* reads, and the writes an on-call engineer needs */
	SIM_VIEWER, /* reads */
};

struct sim_user {
	const char *name;
	enum sim_role role;
	const char *aws_key_id, *aws_secret;
	const char *gitlab_token, *gitlab_scopes; /* comma separated */
	int64_t gitlab_id;
};

/* Ends with name NULL; the first is what paddock-sim --env hands out. */
extern const struct sim_user sim_users[];
const struct sim_user *sim_user_by_name(const char *name);
const struct sim_user *sim_user_by_key(const char *aws_key_id);
const struct sim_user *sim_user_by_token(const char *gitlab_token);

#endif
