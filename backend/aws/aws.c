/*
 * The AWS client: life, and the calls that control makes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/aws/private.h"

int64_t
aws_boot_ms(const struct aws *a)
{
	return clock_boot_ms(reactor_clock(a->reactor));
}

static void
drop_group(void *value)
{
	record_unref(value);
}

struct aws *
aws_new(struct reactor *r, const struct sink *sink,
	const struct aws_options *o, struct err *err)
{
	char *region = o->region && *o->region ? xstrdup(o->region)
					       : aws_region_find();
	struct aws *a;

	if (!region) {
		err_set(err, ERR_CONFIG,
			"no AWS region: use --region, AWS_REGION or the "
			"profile's region, or --no-aws");
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->reactor = r;
	a->sink = sink;
	a->region = region;
	a->cluster = xstrdup(str_or_empty(o->cluster));
	a->account = xstrdup("");
	a->seal = seal_new();
	a->session.clock = reactor_clock(r);
	a->autoscaling = query_service_new(r, &a->session, "autoscaling",
					   "2011-01-01", region, o->seed);
	a->ec2 = query_service_new(r, &a->session, "ec2", "2016-11-15",
				   region, o->seed + 1);
	a->sts = query_service_new(r, &a->session, "sts", "2011-06-15",
				   region, o->seed + 2);
	a->groups = map_new(drop_group);
	a->groups_next = map_new(drop_group);
	a->known_types = map_new(NULL);
	a->known_instances = map_new(NULL);
	a->known_templates = map_new(free);
	a->activity_ids = map_new(free);
	a->changed = map_new(NULL);
	a->state = SOURCE_CONNECTING;
	sink->status(sink->ctx, SOURCE_AWS, SOURCE_CONNECTING, NULL);
	aws_poll_start(a);
	return a;
}

void
aws_free(struct aws *a)
{
	if (!a)
		return;
	query_service_free(a->autoscaling);
	query_service_free(a->ec2);
	query_service_free(a->sts);
	aws_session_fini(&a->session);
	reactor_timer_free(a->timer);
	map_free(a->groups);
	map_free(a->groups_next);
	map_free(a->known_types);
	map_free(a->known_instances);
	map_free(a->known_templates);
	map_free(a->activity_ids);
	map_free(a->changed);
	seal_free(a->seal);
	free(a->next_token);
	free(a->asking);
	free(a->region);
	free(a->cluster);
	free(a->account);
	free(a);
}

bool
aws_is_caught_up(const struct aws *a)
{
	return a->round_done;
}

const char *
aws_region(const struct aws *a)
{
	return a->region;
}

const char *
aws_account(const struct aws *a)
{
	return a->account;
}

int64_t
aws_credentials_end_ms(const struct aws *a)
{
	return a->session.keys.end_ms;
}

const char *
aws_credentials_source(const struct aws *a)
{
	return a->session.keys.source;
}

/* ---- calls of control ---- */

static void
form_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "&%s=", name);
	buf_percent(b, value, strlen(value), false);
}

static bool
start(struct aws *a, enum row_id row, struct permit *permit, struct buf *form,
      aws_on_done on_done, void *ctx, struct err *err)
{
	bool ok = query_start(a->autoscaling, &(struct query_call){
		.row = row,
		.permit = permit,
		.form = buf_text(form),
		.on_done = on_done,
		.ctx = ctx,
	}, err);

	buf_fini(form);
	return ok;
}

bool
aws_describe_group(struct aws *a, const char *group, aws_on_done on_done,
		   void *ctx, struct err *err)
{
	struct buf form;

	buf_init(&form, 4096);
	buf_puts(&form, "Action=DescribeAutoScalingGroups");
	form_text(&form, "AutoScalingGroupNames.member.1", group);
	return start(a, ROW_AWS_GROUPS, NULL, &form, on_done, ctx, err);
}

bool
aws_set_desired(struct aws *a, struct permit *permit, const char *group,
		int32_t desired, aws_on_done on_done, void *ctx,
		struct err *err)
{
	struct buf form;

	buf_init(&form, 4096);
	buf_puts(&form, "Action=SetDesiredCapacity");
	form_text(&form, "AutoScalingGroupName", group);
	buf_printf(&form, "&DesiredCapacity=%d&HonorCooldown=false", desired);
	return start(a, ROW_AWS_SET_DESIRED, permit, &form, on_done, ctx, err);
}

bool
aws_set_limits(struct aws *a, struct permit *permit, const char *group,
	       int32_t min, int32_t max, aws_on_done on_done, void *ctx,
	       struct err *err)
{
	struct buf form;

	buf_init(&form, 4096);
	buf_puts(&form, "Action=UpdateAutoScalingGroup");
	form_text(&form, "AutoScalingGroupName", group);
	if (min >= 0)
		buf_printf(&form, "&MinSize=%d", min);
	if (max >= 0)
		buf_printf(&form, "&MaxSize=%d", max);
	return start(a, ROW_AWS_UPDATE_GROUP, permit, &form, on_done, ctx,
		     err);
}

bool
aws_terminate(struct aws *a, struct permit *permit, const char *instance,
	      aws_on_done on_done, void *ctx, struct err *err)
{
	struct buf form;

	buf_init(&form, 4096);
	buf_puts(&form, "Action=TerminateInstanceInAutoScalingGroup");
	form_text(&form, "InstanceId", instance);
	buf_puts(&form, "&ShouldDecrementDesiredCapacity=true");
	return start(a, ROW_AWS_TERMINATE, permit, &form, on_done, ctx, err);
}
