/*
 * The world file of a vector.
 */
#include <stdlib.h>

#include "backend/base/clock.h"
#include "tests/vectors/vec.h"

static void
objects_of(struct vec *v, struct buf *out, const char *path)
{
	bool first = true;

	buf_putc(out, '[');
	for (uint32_t i = 0; i < v->objects.n; i++) {
		const struct object *o = &v->objects.at[i];

		if (strcmp(o->path, path) != 0 || !o->json)
			continue;
		if (!first)
			buf_putc(out, ',');
		first = false;
		buf_puts(out, o->json);
	}
	buf_putc(out, ']');
}

/* Every path of a section ("kubernetes.") that has objects. */
static void
section(struct vec *v, struct buf *out, const char *prefix, bool comma)
{
	size_t len = strlen(prefix);

	for (uint32_t i = 0; i < v->objects.n; i++) {
		const char *path = v->objects.at[i].path;
		bool seen = false;

		for (uint32_t j = 0; j < i; j++)
			seen = seen ||
			       strcmp(v->objects.at[j].path, path) == 0;
		if (seen || strncmp(path, prefix, len) != 0 ||
		    !v->objects.at[i].json)
			continue;
		if (comma)
			buf_putc(out, ',');
		comma = true;
		buf_printf(out, "\"%s\":", path + len);
		objects_of(v, out, path);
	}
}

static const char *
word(const struct statement *s, const char *key, const char *absent)
{
	const char *value = word_of(s, key);

	return value ? value : absent;
}

static void
instances(struct vec *v, struct buf *out, const char *group)
{
	bool first = true;

	buf_puts(out, ",\"Instances\":[");
	for (uint32_t i = 0; i < v->objects.n; i++) {
		const struct object *o = &v->objects.at[i];
		const char *id;

		if (!o->group || strcmp(o->group, group) != 0 ||
		    (strcmp(o->path, "kubernetes.nodes") != 0 && *o->path))
			continue;
		id = strrchr(o->provider, '/');
		buf_printf(out,
			   "%s{\"InstanceId\":\"%s\",\"AvailabilityZone\":"
			   "\"%s\",\"LifecycleState\":\"%s\","
			   "\"HealthStatus\":\"Healthy\"}",
			   first ? "" : ",", id ? id + 1 : o->provider,
			   o->zone, o->lifecycle);
		first = false;
	}
	buf_puts(out, "]");
}

static void
group_tags(const struct statement *s, struct buf *out)
{
	bool first = true;

	buf_puts(out, ",\"Tags\":[");
	for (uint32_t i = 0; i < s->n; i++) {
		if (!str_has_prefix(s->word[i].key, "tag:"))
			continue;
		buf_puts(out, first ? "{\"Key\":" : ",{\"Key\":");
		first = false;
		buf_json_string(out, s->word[i].key + 4,
				strlen(s->word[i].key) - 4);
		buf_puts(out, ",\"Value\":");
		buf_json_string(out, s->word[i].value,
				strlen(s->word[i].value));
		buf_puts(out, "}");
	}
	buf_puts(out, "]");
}

static void
groups(struct vec *v, struct buf *out)
{
	buf_puts(out, "\"autoScalingGroups\":[");
	for (uint32_t i = 0; i < v->groups.n; i++) {
		const struct statement *s = &v->groups.at[i];
		const char *zones = word(s, "zones", "eu-west-1a");

		buf_printf(out,
			   "%s{\"AutoScalingGroupName\":\"%s\",\"MinSize\":%s,"
			   "\"MaxSize\":%s,\"DesiredCapacity\":%s,"
			   "\"AvailabilityZones\":[",
			   i ? "," : "", s->name, word(s, "min", "0"),
			   word(s, "max", "10"), word(s, "desired", "0"));
		for (const char *z = zones; *z;) {
			size_t len = strcspn(z, ",");

			buf_printf(out, "%s\"%.*s\"", z == zones ? "" : ",",
				   (int)len, z);
			z += len + (z[len] == ',');
		}
		buf_puts(out, "]");
		instances(v, out, s->name);
		group_tags(s, out);
		if (word_of(s, "asg"))
			buf_printf(out, ",%s", word(s, "asg", ""));
		else
			buf_printf(out,
				   ",\"LaunchTemplate\":{\"LaunchTemplateId\":"
				   "\"lt-%s\",\"LaunchTemplateName\":\"lt-%s\""
				   ",\"Version\":\"1\"}",
				   s->name, s->name);
		buf_puts(out, "}");
	}
	buf_puts(out, "]");
}

/* Groups that say cpu= and memory= get a type of that size. */
static void
templates(struct vec *v, struct buf *out, bool types)
{
	bool first = true;

	buf_printf(out, ",\"%s\":[",
		   types ? "instanceTypes" : "launchTemplateVersions");
	for (uint32_t i = 0; i < v->groups.n; i++) {
		const struct statement *s = &v->groups.at[i];

		if (!word_of(s, "vcpu"))
			continue;
		if (!first)
			buf_puts(out, ",");
		first = false;
		if (!types) {
			buf_printf(out,
				   "{\"LaunchTemplateId\":\"lt-%s\","
				   "\"LaunchTemplateName\":\"lt-%s\","
				   "\"VersionNumber\":1,\"DefaultVersion\":"
				   "true,\"LaunchTemplateData\":"
				   "{\"InstanceType\":\"%s\"}}",
				   s->name, s->name,
				   word(s, "type",
					arena_printf(v->arena, "t.%s",
						     s->name)));
			continue;
		}
		buf_printf(out,
			   "{\"InstanceType\":\"%s\",\"VCpuInfo\":"
			   "{\"DefaultVCpus\":%s},\"MemoryInfo\":"
			   "{\"SizeInMiB\":%s},\"ProcessorInfo\":"
			   "{\"SupportedArchitectures\":[\"%s\"]},\"GpuInfo\":"
			   "{\"Gpus\":[{\"Count\":%s}]}}",
			   word(s, "type",
				arena_printf(v->arena, "t.%s", s->name)),
			   word(s, "vcpu", "1"), word(s, "mib", "1024"),
			   word(s, "arch", "x86_64"), word(s, "gpus", "0"));
	}
	buf_puts(out, "]");
}

static void
policy(struct vec *v, struct buf *out)
{
	/* Words of one key together: repeatable keys become arrays. */
	buf_puts(out, "{");
	for (uint32_t i = 0, k = 0; i < v->policy.n; i++) {
		const struct statement *s = &v->policy.at[i];

		for (uint32_t j = 0; j < s->n; j++) {
			uint32_t n = 0;
			bool seen = false;

			for (uint32_t a = 0; a < v->policy.n; a++)
				for (uint32_t b = 0; b < v->policy.at[a].n;
				     b++) {
					bool same = strcmp(
						v->policy.at[a].word[b].key,
						s->word[j].key) == 0;

					n += same;
					seen = seen || (same && (a < i ||
						(a == i && b < j)));
				}
			if (seen)
				continue;
			buf_printf(out, "%s\"%s\":%s", k++ ? "," : "",
				   s->word[j].key, n > 1 ? "[" : "");
			for (uint32_t a = 0, m = 0; a < v->policy.n; a++)
				for (uint32_t b = 0; b < v->policy.at[a].n;
				     b++) {
					const char *value =
						v->policy.at[a].word[b].value;

					if (strcmp(v->policy.at[a].word[b].key,
						   s->word[j].key) != 0)
						continue;
					if (m++)
						buf_putc(out, ',');
					buf_json_string(out, value,
							strlen(value));
				}
			if (n > 1)
				buf_putc(out, ']');
		}
	}
	buf_puts(out, "}");
}

void
vec_world(struct vec *v, struct buf *out)
{
	char time[TIME_TEXT];

	buf_printf(out, "{\"apiVersion\":\"paddock/v1\",\"kind\":\"World\","
			"\"time\":\"%s\",\"kubernetes\":{",
		   time_format(v->time_ms, v->time_ms % 1000 != 0, time));
	section(v, out, "kubernetes.", false);
	buf_puts(out, "},\"aws\":{");
	groups(v, out);
	templates(v, out, false);
	templates(v, out, true);
	section(v, out, "aws.", true);
	buf_puts(out, "},\"gitlab\":{");
	section(v, out, "gitlab.", false);
	buf_puts(out, "},\"acts\":");
	objects_of(v, out, "acts");
	buf_puts(out, ",\"policy\":");
	policy(v, out);
	if (v->memory)
		buf_printf(out, ",\"memory\":%s", v->memory);
	buf_puts(out, "}");
}
