/*
 * The GitLab face: whatever is asked, of whichever path, with whichever query
 * and body, there is an answer with a status, and what calls itself JSON is.
 *
 * The input is a method's letter, a token's digit, a target, a line feed and a
 * body.
 */
#include <stdlib.h>

#include <jansson.h>

#include "backend/sim/server/face.h"
#include "backend/sim/world/scenario.h"
#include "tests/fuzz/fuzz.h"

static const char world[] =
	"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\n"
	"groups: [{name: a, types: m6i.large, max: 1, desired: 1}]\n"
	"runners: [{name: one, tags: [x, y]}, {name: two, type: instance_type,"
	" run_untagged: true, paused: true}]\n"
	"jobs: [{name: unit, project: a/b, tags: [x], at_once: 6, from: -5m},"
	" {name: go, project: a/c/d, manual: true, at_once: 2, from: -5m}]\n";

static struct scenario *scenario;
static struct sim *w;
static unsigned asked;

/* What was asked changes the world: it begins anew now and then. */
static void
prepare(void)
{
	struct err err = { .code = ERR_NONE };

	if (asked++ % 2000 != 0)
		return;
	sim_free(w);
	scenario_free(scenario);
	scenario = scenario_read("fuzz.yaml", world, sizeof(world) - 1, &err);
	must(scenario != NULL);
	scenario->name = "fuzz";
	w = sim_new(scenario, 1, &err);
	must(w != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE",
					       "HEAD" };
	static const char *const tokens[] = {
		"glpat-simulated-admin", "glpat-simulated-oncall",
		"glpat-simulated-viewer", "glpat-simulated-oncall-runners",
		"glpat-simulated-revoked", "",
	};
	struct face_pair headers[] = {
		{ "Host", "127.0.0.1:1" },
		{ "PRIVATE-TOKEN", tokens[size > 1 ? data[1] % 6 : 0] },
		{ "Content-Type",
		  size && data[0] & 64 ? "application/x-www-form-urlencoded"
				       : "application/json" },
		{ NULL, NULL },
	};
	struct arena *a;
	struct face_answer answer = { .status = 200 };
	struct face_request q = { .headers = headers };
	char *text, *mark, *body;
	json_t *o;

	if (size < 3)
		return 0;
	prepare();
	a = arena_new();
	text = arena_strndup(a, (const char *)data + 2, size - 2);
	body = strchr(text, '\n');
	if (body)
		*body++ = '\0';
	mark = strchr(text, '?');
	if (mark)
		*mark++ = '\0';
	q.method = methods[data[0] % 5];
	q.path = text;
	q.query = mark ? mark : "";
	q.body = body ? body : "";
	q.body_len = strlen(q.body);
	buf_init(&answer.body, (size_t)64 << 20);
	face_gitlab.serve(w, &q, &answer, a);
	must(answer.status >= 200 && answer.status < 600);
	must(buf_ok(&answer.body));
	if (str_eq(answer.type, "application/json")) {
		o = json_loadb(answer.body.at, answer.body.len,
			       JSON_DECODE_ANY, NULL);
		must(o != NULL);
		json_decref(o);
	}
	sim_advance(w, sim_now_ms(w));
	buf_fini(&answer.body);
	arena_free(a);
	return 0;
}
