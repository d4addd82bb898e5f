/*
 * The unit program: runs the suites that the linked test files enrolled.
 *
 *	unit [--list]         names, one a line
 *	unit [SUITE]...       these suites, or all
 *
 * Output is TAP.
 */
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

/* The linker sets these around the section. */
extern const struct suite *const __start_unit_suites[];
extern const struct suite *const __stop_unit_suites[];

static int
by_name(const void *a, const void *b)
{
	const struct suite *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static const struct suite *
find(const struct suite **all, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

/* Failures and errors of one suite. */
static int
run(const struct suite *s)
{
	return _cmocka_run_group_tests(s->name, s->tests, s->count, NULL,
				       NULL);
}

int
main(int argc, char **argv)
{
	size_t n = (size_t)(__stop_unit_suites - __start_unit_suites);
	const struct suite **all = calloc(n + 1, sizeof(*all));
	int failures = 0;

	if (!all)
		return 1;
	/* Only the character set: numbers must not take a local shape. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	memcpy(all, __start_unit_suites, n * sizeof(*all));
	qsort(all, n, sizeof(*all), by_name);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(all[i - 1]->name, all[i]->name) == 0) {
			fprintf(stderr, "two suites named %s\n", all[i]->name);
			return 1;
		}
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < n; i++)
			puts(all[i]->name);
	} else if (argc > 1) {
		for (int i = 1; i < argc; i++) {
			const struct suite *s = find(all, n, argv[i]);

			if (!s) {
				fprintf(stderr, "no suite %s\n", argv[i]);
				free(all);
				return 1;
			}
			failures += run(s);
		}
	} else {
		for (size_t i = 0; i < n; i++)
			failures += run(all[i]);
	}
	free(all);
	return failures ? 1 : 0;
}
