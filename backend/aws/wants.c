/*
 * Which questions the groups raise, and what is done with the answers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/aws/private.h"
#include "backend/base/log.h"

enum {
	BATCH = 100,
	ACTIVITIES = 20, /* newest of a group */
	ACTIVITY_CALLS = 2, /* groups asked in one round */
	ACTIVITY_FIRST_CALLS = 20,
	SUBNETS_MS = 2 * 60 * 1000,
	TEMPLATE_MS = 10 * 60 * 1000, /* $Latest and $Default move */
	BUSY_FOR_MS = 3 * 60 * 1000,
};

static void
form_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "&%s=", name);
	buf_percent(b, value, strlen(value), false);
}

static void
form_item(struct buf *b, const char *name, uint32_t i, const char *value)
{
	buf_printf(b, "&%s.%u=", name, i);
	buf_percent(b, value, strlen(value), false);
}

#define GROUPS_EACH(a, g)                                                   \
	for (uint32_t g##_i = 0; g##_i != UINT32_MAX; g##_i = UINT32_MAX)   \
		for (void *g##_v;                                           \
		     map_next((a)->groups, &g##_i, NULL, &g##_v);)          \
			for (const struct group *g = g##_v; g; g = NULL)

/* ---- questions ---- */

static bool
ask_identity(struct aws *a, struct buf *form)
{
	if (*a->account || a->asked)
		return false;
	buf_puts(form, "Action=GetCallerIdentity");
	return true;
}

static bool
ask_groups(struct aws *a, struct buf *form)
{
	if (a->asked && !a->next_token)
		return false;
	if (!a->asked) {
		map_clear(a->groups_next);
		a->sink->list_begin(a->sink->ctx, KIND_GROUP);
	}
	buf_puts(form, "Action=DescribeAutoScalingGroups&MaxRecords=100");
	if (a->next_token)
		form_text(form, "NextToken", a->next_token);
	return true;
}

static bool
template_due(struct aws *a, const struct group *g, char *key, size_t room)
{
	const char *version = g->template_version && *g->template_version
				      ? g->template_version
				      : "$Default";
	const int64_t *at;

	if (!g->template_id && !g->template_name)
		return false;
	snprintf(key, room, "%s %s",
		 g->template_id ? g->template_id : g->template_name, version);
	at = map_get(a->known_templates, key);
	return !at || (*version == '$' &&
		       aws_boot_ms(a) - *at > TEMPLATE_MS);
}

static bool
ask_template(struct aws *a, struct buf *form)
{
	char key[320];

	GROUPS_EACH(a, g) {
		int64_t *at;

		if (!template_due(a, g, key, sizeof(key)))
			continue;
		buf_puts(form, "Action=DescribeLaunchTemplateVersions");
		if (g->template_id)
			form_text(form, "LaunchTemplateId", g->template_id);
		else
			form_text(form, "LaunchTemplateName",
				  g->template_name);
		form_item(form, "LaunchTemplateVersion", 1,
			  strrchr(key, ' ') + 1);
		at = xmalloc(sizeof(*at));
		*at = aws_boot_ms(a);
		free(map_put(a->known_templates, key, at));
		return true;
	}
	return false;
}

static void
want_type(struct aws *a, struct buf *form, uint32_t *n, const char *type)
{
	if (!type || !*type || *n >= BATCH || map_get(a->known_types, type))
		return;
	map_put(a->known_types, type, a);
	form_item(form, "InstanceType", ++*n, type);
}

static bool
ask_types(struct aws *a, struct buf *form)
{
	const char *key;
	void *value;
	uint32_t n = 0;

	buf_puts(form, "Action=DescribeInstanceTypes");
	GROUPS_EACH(a, g) {
		for (uint32_t i = 0; i < g->override_n; i++)
			want_type(a, form, &n, g->overrides[i].type);
		for (uint32_t i = 0; i < g->instance_n; i++)
			want_type(a, form, &n, g->instances[i].type);
	}
	/* Types that templates name were noted when those were read. */
	for (uint32_t i = 0; map_next(a->known_types, &i, &key, &value);) {
		if (value == a || n >= BATCH)
			continue;
		map_put(a->known_types, key, a);
		form_item(form, "InstanceType", ++n, key);
	}
	return n > 0;
}

static bool
ask_instances(struct aws *a, struct buf *form)
{
	bool all = !a->steps[STEP_INSTANCES].loaded;
	uint32_t n = 0;

	buf_puts(form, "Action=DescribeInstances&Filter.1.Name=instance-id");
	GROUPS_EACH(a, g) {
		for (uint32_t i = 0; i < g->instance_n && n < BATCH; i++) {
			const char *id = g->instances[i].id;

			if (!id || map_get(a->known_instances, id))
				continue;
			map_put(a->known_instances, id, a);
			form_item(form, "Filter.1.Value", ++n, id);
		}
	}
	if (n && all && !a->asked)
		a->sink->list_begin(a->sink->ctx, KIND_INSTANCE);
	return n > 0;
}

static bool
ask_activities(struct aws *a, struct buf *form)
{
	/* Who opens the console wants to know at once whether launches fail;
	 * later on groups change one or two at a time. */
	uint32_t most = a->round_done ? ACTIVITY_CALLS : ACTIVITY_FIRST_CALLS;
	const char *group;
	void *value;

	for (uint32_t i = 0; map_next(a->changed, &i, &group, &value) &&
			     a->asked < most;) {
		free(a->asking);
		a->asking = xstrdup(group);
		buf_puts(form, "Action=DescribeScalingActivities");
		form_text(form, "AutoScalingGroupName", a->asking);
		buf_printf(form, "&MaxRecords=%d", ACTIVITIES);
		map_take(a->changed, a->asking);
		return true;
	}
	return false;
}

static bool
ask_subnets(struct aws *a, struct buf *form)
{
	struct map *seen = map_new(NULL);
	uint32_t n = 0;

	if (a->asked) {
		map_free(seen);
		return false;
	}
	buf_puts(form, "Action=DescribeSubnets");
	GROUPS_EACH(a, g) {
		const char *at = str_or_empty(g->subnets);

		while (*at && n < BATCH) {
			size_t len = strcspn(at, ",");
			char *id = xstrndup(at, len);

			if (len && !map_get(seen, id)) {
				map_put(seen, id, a);
				form_item(form, "SubnetId", ++n, id);
			}
			free(id);
			at += len + (at[len] == ',');
		}
	}
	map_free(seen);
	if (n)
		a->sink->list_begin(a->sink->ctx, KIND_SUBNET);
	return n > 0;
}

static const struct question {
	enum row_id row;
	bool (*ask)(struct aws *a, struct buf *form);
} questions[] = {
	[STEP_IDENTITY] = { ROW_AWS_CALLER, ask_identity },
	[STEP_GROUPS] = { ROW_AWS_GROUPS, ask_groups },
	[STEP_TEMPLATES] = { ROW_AWS_TEMPLATES, ask_template },
	[STEP_TYPES] = { ROW_AWS_INSTANCE_TYPES, ask_types },
	[STEP_INSTANCES] = { ROW_AWS_INSTANCES, ask_instances },
	[STEP_ACTIVITIES] = { ROW_AWS_ACTIVITIES, ask_activities },
	[STEP_SUBNETS] = { ROW_AWS_SUBNETS, ask_subnets },
};

bool
aws_next_form(struct aws *a, struct buf *form, enum row_id *row,
	      struct query_service **service)
{
	const struct question *q = &questions[a->step];

	*row = q->row;
	*service = rows[q->row].service == SERVICE_STS	 ? a->sts
		   : rows[q->row].service == SERVICE_EC2 ? a->ec2
							 : a->autoscaling;
	buf_reset(form);
	return q->ask(a, form);
}

/* ---- answers ---- */

static const struct record *
decode(struct aws *a, enum kind kind, const struct tree *t)
{
	struct err err = { 0 };
	const struct record *r = codec_of(kind)->decode(a->seal, t, &err);

	/* One that cannot be read must not hide the others. */
	if (!r)
		log_at(LOG_WARN, "aws", "%s: %s", kind_name(kind), err.text);
	return r;
}

static void
put_all(struct aws *a, enum kind kind, const struct tree *list)
{
	tree_each(item, list) {
		const struct record *r = decode(a, kind, item);

		if (r)
			a->sink->put(a->sink->ctx, r);
	}
}

static bool
settled(const struct group *g)
{
	if ((uint32_t)g->desired != g->instance_n)
		return false;
	for (uint32_t i = 0; i < g->instance_n; i++)
		if (!str_eq(g->instances[i].lifecycle, "InService"))
			return false;
	return true;
}

static void
take_group(struct aws *a, const struct tree *item)
{
	const struct group *g = (const struct group *)decode(a, KIND_GROUP,
							     item);
	const struct group *old;

	if (!g)
		return;
	old = map_get(a->groups, g->name);
	if (!old || old->desired != g->desired ||
	    old->instance_n != g->instance_n || !settled(g))
		map_put(a->changed, g->name, a);
	if ((old && (old->desired != g->desired ||
		     old->instance_n != g->instance_n)) ||
	    !settled(g))
		a->busy_until_boot_ms = aws_boot_ms(a) + BUSY_FOR_MS;
	record_unref(map_put(a->groups_next, g->name,
			     (void *)(uintptr_t)record_ref(g)));
	a->sink->put(a->sink->ctx, &g->record);
}

static void
take_templates(struct aws *a, const struct tree *list)
{
	tree_each(item, list) {
		const char *type = tree_text(
			tree_at(item, "LaunchTemplateData.InstanceType"));

		/* A value other than `a` means: named, not yet asked for. */
		if (type && !map_get(a->known_types, type))
			map_put(a->known_types, type, a->known_types);
	}
	put_all(a, KIND_TEMPLATE, list);
}

/* Only the newest activities of a group are kept: older ones go. */
static void
take_activities(struct aws *a, const struct tree *list)
{
	struct buf ids;
	char *old = map_take(a->activity_ids, a->asking);

	buf_init(&ids, 1 << 16);
	buf_putc(&ids, '\n');
	tree_each(item, list) {
		const char *id = tree_text(tree_get(item, "ActivityId"));

		if (id)
			buf_printf(&ids, "%s\n", id);
	}
	for (char *at = old ? old + 1 : NULL, *end;
	     at && (end = strchr(at, '\n')); at = end + 1) {
		char *line = xasprintf("\n%.*s\n", (int)(end - at), at);

		if (!strstr(buf_text(&ids), line)) {
			line[strlen(line) - 1] = '\0';
			a->sink->gone(a->sink->ctx, KIND_ACTIVITY, line + 1);
		}
		free(line);
	}
	free(old);
	map_put(a->activity_ids, a->asking, buf_take(&ids, NULL));
	put_all(a, KIND_ACTIVITY, list);
}

bool
aws_take(struct aws *a, const struct tree *body, struct err *err)
{
	const char *account;

	switch (a->step) {
	case STEP_IDENTITY:
		account = tree_text(tree_get(body, "Account"));
		if (!account)
			return err_set(err, ERR_BAD, "sts:GetCallerIdentity "
				       "names no account");
		free(a->account);
		a->account = xstrdup(account);
		return true;
	case STEP_GROUPS:
		tree_each(item, tree_get(body, "AutoScalingGroups"))
			take_group(a, item);
		return true;
	case STEP_TEMPLATES:
		take_templates(a, tree_get(body, "LaunchTemplateVersions"));
		return true;
	case STEP_TYPES:
		put_all(a, KIND_INSTANCETYPE, tree_get(body, "InstanceTypes"));
		return true;
	case STEP_INSTANCES:
		tree_each(item, tree_get(body, "Reservations"))
			put_all(a, KIND_INSTANCE, tree_get(item, "Instances"));
		return true;
	case STEP_ACTIVITIES:
		take_activities(a, tree_get(body, "Activities"));
		return true;
	case STEP_SUBNETS:
		put_all(a, KIND_SUBNET, tree_get(body, "Subnets"));
		return true;
	case STEP_COUNT:
		break;
	}
	BUG("no such step");
}

/* Instances that no group lists any more are gone. */
static void
forget_instances(struct aws *a)
{
	struct map *now = map_new(NULL);
	const char *id;
	void *value;

	GROUPS_EACH(a, g)
		for (uint32_t i = 0; i < g->instance_n; i++)
			if (g->instances[i].id)
				map_put(now, g->instances[i].id, a);
	for (uint32_t i = 0;
	     map_next(a->known_instances, &i, &id, &value);) {
		if (map_get(now, id))
			continue;
		a->sink->gone(a->sink->ctx, KIND_INSTANCE, id);
		map_take(a->known_instances, id);
	}
	map_free(now);
}

void
aws_step_complete(struct aws *a)
{
	struct step_state *s = &a->steps[a->step];
	struct map *old;

	switch (a->step) {
	case STEP_GROUPS:
		a->sink->list_end(a->sink->ctx, KIND_GROUP, true);
		old = a->groups;
		a->groups = a->groups_next;
		a->groups_next = old;
		map_clear(old);
		forget_instances(a);
		break;
	case STEP_INSTANCES:
		if (!s->loaded)
			a->sink->list_end(a->sink->ctx, KIND_INSTANCE, true);
		break;
	case STEP_SUBNETS:
		a->sink->list_end(a->sink->ctx, KIND_SUBNET, true);
		s->due_boot_ms = aws_boot_ms(a) + SUBNETS_MS;
		break;
	default:
		break;
	}
	s->loaded = true;
}
