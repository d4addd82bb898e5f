/*
 * The users of the simulated AWS and GitLab.
 */
#include "backend/sim/world/access.h"

const struct sim_user *
sim_user_by_name(const char *name)
{
	for (const struct sim_user *u = sim_users; u->name; u++) {
		if (str_eq(u->name, name))
			return u;
	}
	return NULL;
}

const struct sim_user *
sim_user_by_key(const char *aws_key_id)
{
	for (const struct sim_user *u = sim_users; u->name; u++) {
		if (str_eq(u->aws_key_id, aws_key_id))
			return u;
	}
	return NULL;
}

const struct sim_user *
sim_user_by_token(const char *gitlab_token)
{
	for (const struct sim_user *u = sim_users; u->name; u++) {
		if (str_eq(u->gitlab_token, gitlab_token))
			return u;
	}
	return NULL;
}

/* clang-format off */
const struct sim_user sim_users[] = {
	{ "admin", SIM_ADMIN, "AKIASIMULATEDADMIN00",
	  "simulated/secret/of/admin/not/for/aws000",
	  "glpat-simulated-admin", "api,read_api,read_user,manage_runner", 1 },
	{ "oncall", SIM_ONCALL, "AKIASIMULATEDONCALL0",
	  "simulated/secret/of/oncall/not/for/aws00",
	  "glpat-simulated-oncall", "api,read_api,read_user", 21 },
	{ "viewer", SIM_VIEWER, "AKIASIMULATEDVIEWER0",
	  "simulated/secret/of/viewer/not/for/aws00",
	  "glpat-simulated-viewer", "read_api,read_user", 22 },
	{ 0 },
};
/* clang-format on */
