/*
 * Screens: what is painted for the incident of design 1, at three sizes.
 * `make golden` rewrites the files; review is the diff.
 */
#include <stdlib.h>

#include "tests/tui/session.h"
#include "tests/unit/check.h"

static const struct {
	const char *name;
	int rows, cols;
} sizes[] = {
	{ "80x24", 24, 80 },
	{ "160x48", 48, 160 },
	{ "40x10", 10, 40 },
};

static const char *const views[] = {
	"home",	  "jobs",      "pods",	  "nodes",  "groups",
	"events", "decisions", "journal", "queues", "alarms", "runners",
	"plan",
};

static void
test_views_at_three_sizes(void **state)
{
	(void)state;
	for (size_t z = 0; z < ARRAY_LEN(sizes); z++) {
		for (size_t v = 0; v < ARRAY_LEN(views); v++) {
			struct app_config c = { .view = views[v],
						.ascii = true };
			struct session *s =
				session_new(fixture_incident(), &c,
					    sizes[z].rows, sizes[z].cols);
			char *name = xasprintf("%s-%s", views[v],
					       sizes[z].name);

			session_golden(s, name);
			free(name);
			session_free(s);
		}
	}
}

SUITE(tui_screens,
      TEST(test_views_at_three_sizes));
