/*
 * Every case of the reference is a vector, or cases.txt says why it is none;
 * the table of backend/engine/README.md counts them as they are.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/mem.h"
#include "tests/unit/check.h"

enum { NAME = 16 };

struct case_line {
	char id[NAME]; /* "C30a" */
	bool vector;   /* no reason why not */
	bool seen;
};

struct cases {
	VEC(struct case_line) list;
};

/* A letter and two digits: the name of a case of the reference. */
static bool
is_case(const char *name)
{
	return *name >= 'A' && *name <= 'Z' && name[1] >= '0' &&
	       name[1] <= '9' && name[2] >= '0' && name[2] <= '9';
}

static void
read_cases(struct cases *all)
{
	char *text = read_fixture("tests/vectors/cases.txt", NULL);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		struct case_line c = { .vector = !strchr(line, ' ') };

		if (!*line || *line == '#')
			continue;
		snprintf(c.id, sizeof(c.id), "%.*s",
			 (int)strcspn(line, " "), line);
		if (!is_case(c.id))
			fail_msg("cases.txt: %s", line);
		vec_push(&all->list, c);
	}
	free(text);
}

/* "C30a" names itself; "C11b" is one more vector of C11. */
static struct case_line *
case_of(const struct cases *all, const char *name)
{
	struct case_line *found = NULL;
	size_t len = strcspn(name, " ");

	for (uint32_t i = 0; i < all->list.n; i++) {
		struct case_line *c = &all->list.at[i];

		if (strlen(c->id) == len && strncmp(c->id, name, len) == 0)
			return c;
		if (strlen(c->id) == 3 && strncmp(c->id, name, 3) == 0)
			found = c;
	}
	return found;
}

static void
see_file(struct cases *all, const char *path)
{
	char *text = read_fixture(path, NULL), *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *name = line + 3;
		struct case_line *c;

		if (strncmp(line, "== ", 3) != 0 || !is_case(name))
			continue;
		c = case_of(all, name);
		if (!c)
			fail_msg("%s: %s: no such case", path, name);
		else if (!c->vector)
			fail_msg("%s: %s: cases.txt says it is no vector",
				 path, name);
		else
			c->seen = true;
	}
	free(text);
}

static void
see_all(struct cases *all)
{
	glob_t files;

	read_cases(all);
	assert_int_equal(glob("tests/vectors/*.vec", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		see_file(all, files.gl_pathv[i]);
	globfree(&files);
}

static void
test_every_case_is_accounted_for(void **state)
{
	struct cases all = { { NULL, 0, 0 } };

	(void)state;
	see_all(&all);
	assert_true(all.list.n > 200);
	for (uint32_t i = 0; i < all.list.n; i++)
		if (all.list.at[i].vector && !all.list.at[i].seen)
			fail_msg("%s has neither a vector nor a reason",
				 all.list.at[i].id);
	vec_free(&all.list);
}

/* "| A estimator | 18 | 17 | ..." */
static void
test_the_table_counts_right(void **state)
{
	struct cases all = { { NULL, 0, 0 } };
	char *readme = read_fixture("backend/engine/README.md", NULL);

	(void)state;
	see_all(&all);
	for (char section = 'A'; section <= 'T'; section++) {
		unsigned n = 0, vectors = 0, told_n, told_vectors;
		char head[8];
		const char *row, *bar;

		for (uint32_t i = 0; i < all.list.n; i++) {
			if (*all.list.at[i].id != section)
				continue;
			n++;
			vectors += all.list.at[i].vector;
		}
		snprintf(head, sizeof(head), "\n| %c ", section);
		row = strstr(readme, head);
		if (n == 0)
			continue;
		if (!row)
			fail_msg("the table has no row %c", section);
		bar = row ? strchr(row + 3, '|') : NULL;
		if (!bar || sscanf(bar, "| %u | %u |", &told_n,
				   &told_vectors) != 2)
			fail_msg("row %c has no numbers", section);
		else if (told_n != n || told_vectors != vectors)
			fail_msg("row %c says %u and %u, it is %u and %u",
				 section, told_n, told_vectors, n, vectors);
	}
	vec_free(&all.list);
	free(readme);
}

SUITE(cases,
	TEST(test_every_case_is_accounted_for),
	TEST(test_the_table_counts_right));
