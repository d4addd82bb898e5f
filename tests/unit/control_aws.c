/*
 * The rig's server, as AWS.
 */
#include "tests/unit/control_server.h"

#include <stdio.h>
#include <stdlib.h>

static void
write_group(struct buf *b, const struct rig_group *g)
{
	char *list = xstrdup(g->instances), *save = NULL;

	buf_printf(b, "<member><AutoScalingGroupName>%s</AutoScalingGroupName>"
		   "<MinSize>%d</MinSize><MaxSize>%d</MaxSize>"
		   "<DesiredCapacity>%d</DesiredCapacity>"
		   "<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId>"
		   "<Version>1</Version></LaunchTemplate>"
		   "<AvailabilityZones><member>eu-west-1a</member>"
		   "</AvailabilityZones><Tags><member><Key>"
		   "k8s.io/cluster-autoscaler/enabled</Key><Value>true</Value>"
		   "<PropagateAtLaunch>true</PropagateAtLaunch></member></Tags>"
		   "<Instances>",
		   g->name, g->min, g->max, g->desired);
	for (char *id = strtok_r(list, ",", &save); id;
	     id = strtok_r(NULL, ",", &save))
		buf_printf(b, "<member><InstanceId>%s</InstanceId>"
			   "<InstanceType>m7i.xlarge</InstanceType>"
			   "<AvailabilityZone>eu-west-1a</AvailabilityZone>"
			   "<LifecycleState>InService</LifecycleState>"
			   "<HealthStatus>Healthy</HealthStatus></member>",
			   id);
	buf_puts(b, "</Instances></member>");
	free(list);
}

static bool
form_has(const char *body, const char *name, char *out, size_t room)
{
	char *key = xasprintf("%s=", name);
	const char *at = body;

	while ((at = strstr(at, key)) && at != body && at[-1] != '&')
		at++;
	if (at)
		snprintf(out, room, "%.*s", (int)strcspn(at + strlen(key), "&"),
			 at + strlen(key));
	free(key);
	return at != NULL;
}

static void
describe_groups(struct control_rig *r, struct fake_conn *c,
		const struct fake_request *q)
{
	struct buf b;
	char only[64] = "";

	form_has(q->body, "AutoScalingGroupNames.member.1", only,
		 sizeof(only));
	if (r->late_groups && !*only)
		return;
	buf_init(&b, 1 << 20);
	buf_puts(&b, "<DescribeAutoScalingGroupsResponse>"
		     "<DescribeAutoScalingGroupsResult><AutoScalingGroups>");
	for (int i = 0; i < RIG_GROUPS; i++)
		if (*r->groups[i].name &&
		    (!*only || strcmp(only, r->groups[i].name) == 0))
			write_group(&b, &r->groups[i]);
	buf_puts(&b, "</AutoScalingGroups></DescribeAutoScalingGroupsResult>"
		     "</DescribeAutoScalingGroupsResponse>");
	fake_reply(c, 200, "Content-Type: text/xml\r\n", buf_text(&b));
	buf_fini(&b);
}

static void
change_group(struct control_rig *r, const struct fake_request *q)
{
	char name[64] = "", n[16];

	form_has(q->body, "AutoScalingGroupName", name, sizeof(name));
	for (int i = 0; i < RIG_GROUPS; i++) {
		struct rig_group *g = &r->groups[i];

		if (strcmp(g->name, name) != 0)
			continue;
		if (form_has(q->body, "DesiredCapacity", n, sizeof(n)))
			g->desired = (int)strtol(n, NULL, 10);
		if (form_has(q->body, "MinSize", n, sizeof(n)))
			g->min = (int)strtol(n, NULL, 10);
		if (form_has(q->body, "MaxSize", n, sizeof(n)))
			g->max = (int)strtol(n, NULL, 10);
	}
}

/* With decrement, as we always ask. */
static void
terminate(struct control_rig *r, const struct fake_request *q)
{
	char id[64] = "", with[16] = "";

	form_has(q->body, "InstanceId", id, sizeof(id));
	form_has(q->body, "ShouldDecrementDesiredCapacity", with,
		 sizeof(with));
	assert_text_equal(with, "true");
	for (int i = 0; i < RIG_GROUPS; i++) {
		struct rig_group *g = &r->groups[i];
		char *list = xstrdup(g->instances), *save = NULL;
		bool found = false;

		g->instances[0] = '\0';
		for (char *one = strtok_r(list, ",", &save); one;
		     one = strtok_r(NULL, ",", &save)) {
			size_t n = strlen(g->instances);

			if (strcmp(one, id) == 0)
				found = true;
			else
				snprintf(g->instances + n,
					 sizeof(g->instances) - n, "%s%s",
					 n ? "," : "", one);
		}
		g->desired -= found;
		free(list);
	}
}

void
rig_answer_aws(struct control_rig *r, struct fake_conn *c,
	   const struct fake_request *q)
{
	char action[64] = "", *text;

	form_has(q->body, "Action", action, sizeof(action));
	if (strcmp(action, "DescribeAutoScalingGroups") == 0) {
		describe_groups(r, c, q);
		return;
	}
	if (r->fail_aws && !str_has_prefix(action, "Get") &&
	    !str_has_prefix(action, "Describe")) {
		fake_reply(c, 400, "Content-Type: text/xml\r\n",
			   "<ErrorResponse><Error><Type>Sender</Type><Code>"
			   "ValidationError</Code><Message>scripted"
			   "</Message></Error></ErrorResponse>");
		return;
	}
	if (strcmp(action, "SetDesiredCapacity") == 0 ||
	    strcmp(action, "UpdateAutoScalingGroup") == 0)
		change_group(r, q);
	if (strcmp(action, "TerminateInstanceInAutoScalingGroup") == 0)
		terminate(r, q);
	if (r->lose_answers && !str_has_prefix(action, "Get"))
		return;
	text = xasprintf("<%sResponse><%sResult><Account>471112345690"
			 "</Account><Arn>arn:aws:iam::471112345690:user/x"
			 "</Arn></%sResult></%sResponse>", action, action,
			 action, action);
	fake_reply(c, 200, "Content-Type: text/xml\r\n", text);
	free(text);
}
