/*
 * Finding a scenario: compiled in by its name, or a file of its own.
 */
#include <stdio.h>

#include "backend/base/buf.h"
#include "backend/sim/world/scenario.h"
#include "backend/sim/scenarios.h"

static struct scenario *
load_file(const char *path, struct err *err)
{
	struct buf text;
	struct scenario *s = NULL;
	char piece[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	buf_init(&text, (size_t)1 << 20);
	if (!f) {
		err_set(err, ERR_CONFIG, "scenario %s cannot be read: %m",
			path);
		goto out;
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&text, piece, n);
	if (ferror(f))
		err_set(err, ERR_CONFIG, "scenario %s cannot be read: %m",
			path);
	else if (!buf_ok(&text))
		err_set(err, ERR_CONFIG, "scenario %s is over 1 MiB", path);
	else
		s = scenario_read(path, buf_text(&text), text.len, err);
out:
	if (f)
		fclose(f);
	buf_fini(&text);
	if (s) {
		const char *base = strrchr(path, '/');

		base = base ? base + 1 : path;
		s->name = arena_strndup(s->arena, base, strlen(base) - 5);
	}
	return s;
}

struct scenario *
scenario_load(const char *name_or_path, struct err *err)
{
	size_t len = strlen(name_or_path);
	struct scenario *s;
	struct buf known;

	if (len > 5 && str_eq(name_or_path + len - 5, ".yaml"))
		return load_file(name_or_path, err);
	for (const struct scenario_text *t = scenario_texts; t->name; t++) {
		char file[128];

		if (!str_eq(t->name, name_or_path))
			continue;
		snprintf(file, sizeof(file), "%s.yaml", t->name);
		s = scenario_read(file, t->text, t->len, err);
		if (s)
			s->name = t->name;
		return s;
	}
	buf_init(&known, 4096);
	for (const struct scenario_text *t = scenario_texts; t->name; t++)
		buf_printf(&known, "%s%s", t == scenario_texts ? "" : ", ",
			   t->name);
	err_set(err, ERR_USAGE,
		"no scenario is called '%.60s'; there are %.300s, or give a "
		"path ending .yaml",
		name_or_path, buf_text(&known));
	buf_fini(&known);
	return NULL;
}

void
scenario_free(struct scenario *s)
{
	if (s)
		arena_free(s->arena);
}
