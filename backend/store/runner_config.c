/*
 * A few keys of config.toml.
 */
#include "backend/store/runner_config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum section { SECTION_GLOBAL, SECTION_RUNNER, SECTION_KUBERNETES,
	       SECTION_OTHER };

struct reading {
	enum section section;
	bool named;	/* this [[runners]] is the one asked for */
	bool taken;	/* an earlier one was */
	struct runner_config first, named_one, now;
	uint32_t runners;
};

void
runner_config_init(struct runner_config *c)
{
	c->concurrent = c->limit = -1;
	c->poll_timeout_ms = -1;
}

static enum section
section_of(const char *line, size_t len)
{
	static const struct {
		const char *head;
		enum section section;
	} heads[] = {
		{ "[[runners]]", SECTION_RUNNER },
		{ "[runners.kubernetes]", SECTION_KUBERNETES },
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (len >= strlen(heads[i].head) &&
		    strncmp(line, heads[i].head, strlen(heads[i].head)) == 0)
			return heads[i].section;
	return SECTION_OTHER;
}

/* "key = value" with a whole number behind it. */
static bool
number_of(const char *line, const char *key, int64_t *value)
{
	size_t n = strlen(key);
	char *end;

	if (strncmp(line, key, n) != 0)
		return false;
	line += n;
	while (*line == ' ' || *line == '\t')
		line++;
	if (*line++ != '=')
		return false;
	errno = 0;
	*value = strtoll(line, &end, 10);
	return end != line && errno == 0 && *value >= 0 &&
	       *value <= INT32_MAX;
}

static bool
is_named(const char *line, const char *name)
{
	size_t n = strlen(name);
	const char *quote;

	if (strncmp(line, "name", 4) != 0 || !n)
		return false;
	quote = line + 4 + strspn(line + 4, " \t");
	if (*quote != '=')
		return false;
	quote += 1 + strspn(quote + 1, " \t");
	return (*quote == '"' || *quote == '\'') &&
	       strncmp(quote + 1, name, n) == 0 && quote[1 + n] == *quote;
}

/* What one [[runners]] said, when it is over. */
static void
close_runner(struct reading *r)
{
	if (r->runners == 1)
		r->first = r->now;
	if (r->named && !r->taken) {
		r->named_one = r->now;
		r->taken = true;
	}
	runner_config_init(&r->now);
	r->named = false;
}

static void
read_line(struct reading *r, struct runner_config *c, const char *line,
	  size_t len, const char *name)
{
	int64_t v;

	if (*line == '[') {
		enum section next = section_of(line, len);

		if (next == SECTION_RUNNER) {
			close_runner(r);
			r->runners++;
		}
		r->section = next;
	} else if (r->section == SECTION_GLOBAL &&
		   number_of(line, "concurrent", &v)) {
		c->concurrent = (int32_t)v;
	} else if (r->section == SECTION_RUNNER) {
		if (number_of(line, "limit", &v))
			r->now.limit = (int32_t)v;
		else if (is_named(line, name))
			r->named = true;
	} else if (r->section == SECTION_KUBERNETES &&
		   number_of(line, "poll_timeout", &v)) {
		r->now.poll_timeout_ms = v * 1000;
	}
}

void
runner_config_read(struct runner_config *c, const char *toml,
		   const char *name)
{
	struct reading r = { .section = SECTION_GLOBAL };
	const struct runner_config *use;

	runner_config_init(&r.now);
	runner_config_init(&r.first);
	while (*toml) {
		size_t len = strcspn(toml, "\n");
		size_t lead = strspn(toml, " \t");

		if (lead < len)
			read_line(&r, c, toml + lead, len - lead, name);
		toml += len + (toml[len] == '\n');
	}
	close_runner(&r);
	use = r.taken ? &r.named_one : &r.first;
	if (use->limit >= 0)
		c->limit = use->limit;
	if (use->poll_timeout_ms >= 0)
		c->poll_timeout_ms = use->poll_timeout_ms;
}
