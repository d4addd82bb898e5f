/*
 * The rig's server: sorts requests, and keeps what was written.
 */
#include "tests/unit/control_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
is_write(const struct fake_request *q)
{
	if (strstr(q->target, "selfsubjectaccessreviews"))
		return false;
	if (strcmp(q->target, "/") == 0)
		return !strstr(q->body, "Action=Describe") &&
		       !strstr(q->body, "Action=GetCallerIdentity") &&
		       !strstr(q->body, "Action=Get");
	return strcmp(q->method, "GET") != 0;
}

/* Rule 2: the intent of this act is in the file before the request is here. */
static void
check_journal(struct control_rig *r, const struct fake_request *q)
{
	const char *agent = fake_header(q, "User-Agent");
	const char *act = agent ? strstr(agent, "a-") : NULL;
	char id[40], *found;

	if (!act) {
		r->unjournalled++;
		return;
	}
	snprintf(id, sizeof(id), "\"id\":\"%.*s\"",
		 (int)strspn(act, "abcdefghijklmnopqrstuvwxyz0123456789-"),
		 act);
	found = access(r->journal, R_OK) == 0 ? read_fixture(r->journal, NULL)
					      : xstrdup("");
	if (!strstr(found, id))
		r->unjournalled++;
	free(found);
}

void
rig_answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct control_rig *r = ctx;
	bool write = is_write(q);

	if (write) {
		r->write_n++;
		buf_printf(&r->writes, "%s %s\n%s\n", q->method, q->target,
			   q->body);
		check_journal(r, q);
		if (r->on_write)
			r->on_write(r, q);
		if (r->hang_writes)
			return;
	}
	if (strstr(q->target, "selfsubjectaccessreviews"))
		rig_answer_review(r, c, q);
	else if (strcmp(q->target, "/") == 0)
		rig_answer_aws(r, c, q);
	else if (write)
		rig_answer_write(r, c, q);
	else
		rig_answer_get(r, c, q);
}
