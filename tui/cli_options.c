/*
 * Reading the command line by the tables of cli_rows.c.
 */
#include "tui/cli_options.h"

#include <ctype.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "tui/cli_rows.h"

static const struct flag_row *
flag_find(const char *word, size_t len)
{
	for (const struct flag_row *f = flag_rows; f->name; f++) {
		if (strlen(f->name) == len && !memcmp(f->name, word, len))
			return f;
		if (f->letter && strlen(f->letter) == len &&
		    !memcmp(f->letter, word, len))
			return f;
	}
	return NULL;
}

/* Edit distance, capped: only used to offer the word that was meant. */
static unsigned
distance(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	unsigned row[LONGEST + 1];
	size_t n = strlen(b);

	if (n > LONGEST || strlen(a) > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned up = row[j];
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[n];
}

static const char *
nearest_flag(const char *word)
{
	const char *best = NULL;
	unsigned least = 4; /* further apart is no likely slip */

	for (const struct flag_row *f = flag_rows; f->name; f++) {
		unsigned d = distance(word, f->name);

		if (d < least) {
			least = d;
			best = f->name;
		}
	}
	return best;
}

static const char *
nearest_command(const char *word)
{
	const char *best = NULL;
	unsigned least = 3;

	for (const struct command_row *c = command_rows; c->name; c++) {
		unsigned d = distance(word, c->name);

		if (d < least) {
			least = d;
			best = c->name;
		}
	}
	return best;
}

static const struct command_row *
command_find(const char *word)
{
	for (const struct command_row *c = command_rows; c->name; c++)
		if (!strcmp(c->name, word))
			return c;
	return NULL;
}

/* "-3" and "+3" are numbers of `scale`, not flags. */
static bool
is_flag(const char *word)
{
	return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);
}

static bool
flag_store(struct options *o, const struct flag_row *f, const char *value,
	   struct err *err)
{
	char *at = (char *)o + f->offset;

	switch ((enum flag_type)f->type) {
	case FLAG_SWITCH:
		*(bool *)(void *)at = true;
		return true;
	case FLAG_TEXT:
		if (!*value)
			return err_set(err, ERR_USAGE,
				       "%s needs a value (%s)", f->name,
				       f->value);
		*(const char **)(void *)at = value;
		return true;
	case FLAG_SET:
		if (!strchr(value, '='))
			return err_set(err, ERR_USAGE,
				       "--set wants key=value, found \"%s\"",
				       value);
		vec_push(&o->set, value);
		return true;
	}
	BUG("flag %s has no type", f->name);
}

static bool
flag_parse(struct options *o, int argc, char **argv, int *i, struct err *err)
{
	const char *word = argv[*i];
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct flag_row *f = flag_find(word, len);
	const char *near;

	if (!f) {
		near = nearest_flag(word);
		if (near)
			return err_set(err, ERR_USAGE,
				       "unknown flag %.*s; did you mean %s?",
				       (int)len, word, near);
		return err_set(err, ERR_USAGE, "unknown flag %.*s",
			       (int)len, word);
	}
	if (!f->value) {
		if (equals)
			return err_set(err, ERR_USAGE,
				       "%s is a switch and takes no value",
				       f->name);
		return flag_store(o, f, NULL, err);
	}
	if (equals)
		return flag_store(o, f, equals + 1, err);
	if (*i + 1 >= argc)
		return err_set(err, ERR_USAGE, "%s needs a value (%s)",
			       f->name, f->value);
	return flag_store(o, f, argv[++*i], err);
}

/* A flag given to a command that has no use for it is a mistake worth saying:
 * silence would let `scale --dry-run` of another tool's habit through. */
static bool
flags_belong(const struct options *o, int argc, char **argv, struct err *err)
{
	unsigned mask = FOR_ALL |
			(o->command ? o->command->flags : FOR_CONSOLE);

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) : strlen(word);
		const struct flag_row *f;

		if (!strcmp(word, "--"))
			return true;
		f = is_flag(word) ? flag_find(word, len) : NULL;
		if (!f)
			continue;
		if (!(f->commands & mask))
			return err_set(err, ERR_USAGE,
				       "%s does not belong to %s; see "
				       "`paddock help%s%s`", f->name,
				       o->command ? o->command->name
						  : "the console",
				       o->command ? " " : "",
				       o->command ? o->command->name : "");
		if (f->value && !equals)
			i++;
	}
	return true;
}

static bool
values_check(struct options *o, struct err *err)
{
	const struct command_row *c = o->command;

	if (o->now && !time_parse_rfc3339(o->now, strlen(o->now), &o->now_ms))
		return err_set(err, ERR_USAGE,
			       "--now wants an RFC 3339 time such as "
			       "2026-02-18T09:00:00Z, found \"%s\"", o->now);
	if (o->read_only && o->write_reason)
		return err_set(err, ERR_USAGE,
			       "--read-only and --write exclude each other");
	if (!c || o->help)
		return true;
	if (o->args.n < c->min_args)
		return err_set(err, ERR_USAGE, "usage: paddock %s %s",
			       c->name, c->args);
	if (c->max_args != 255 && o->args.n > c->max_args)
		return err_set(err, ERR_USAGE,
			       "%s: unexpected argument \"%s\"; usage: "
			       "paddock %s %s", c->name,
			       o->args.at[c->max_args], c->name, c->args);
	return true;
}

bool
options_parse(struct options *o, int argc, char **argv, struct err *err)
{
	bool flags_over = false;

	memset(o, 0, sizeof(*o));
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char *near;

		if (!flags_over && !strcmp(word, "--")) {
			flags_over = true;
		} else if (!flags_over && is_flag(word)) {
			if (!flag_parse(o, argc, argv, &i, err))
				return false;
		} else if (!o->command) {
			o->command = command_find(word);
			if (o->command)
				continue;
			near = nearest_command(word);
			return near ? err_set(err, ERR_USAGE,
					      "unknown command \"%s\"; did "
					      "you mean %s?", word, near)
				    : err_set(err, ERR_USAGE,
					      "unknown command \"%s\"", word);
		} else {
			vec_push(&o->args, word);
		}
	}
	return flags_belong(o, argc, argv, err) && values_check(o, err);
}

void
options_fini(struct options *o)
{
	vec_free(&o->set);
	vec_free(&o->args);
}
