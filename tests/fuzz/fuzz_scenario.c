/*
 * Scenario files: whatever is written, it is read or refused with its file and
 * line; what was read can be read again from its own text.
 */
#include <stdlib.h>

#include "backend/sim/world/scenario.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmemdup(data, size ? size : 1);
	struct err err = { .code = ERR_NONE };
	struct scenario *s = scenario_read("fuzz.yaml", text, size, &err);

	if (!s) {
		must(err.code != ERR_NONE);
		must(str_has_prefix(err.text, "fuzz.yaml:"));
	} else {
		struct err again = { .code = ERR_NONE };
		struct scenario *b = scenario_read("fuzz.yaml", s->text,
						   s->text_len, &again);

		must(b && b->group_n == s->group_n && b->load_n == s->load_n);
		must(s->zones.n > 0);
		for (uint32_t i = 0; i < s->group_n; i++)
			must(s->groups[i].types.n > 0 && s->groups[i].arch);
		for (uint32_t i = 0; i < s->load_n; i++)
			must(strchr(s->loads[i].project, '/'));
		scenario_free(b);
	}
	scenario_free(s);
	free(text);
	return 0;
}
