/*
 * The scripted API server.
 */
#include <stdlib.h>

#include "tests/unit/kube_script.h"

char *empty_list;

static void
answer_page(struct script *s, struct fake_conn *c, const char *target)
{
	bool second = strstr(target, "continue=a%2Fb%3D") != NULL;
	bool third = strstr(target, "continue=c") != NULL;
	char *list;

	if (s->page_expired && second) {
		fake_reply(c, 410, NULL, "{\"kind\":\"Status\",\"code\":410,"
			   "\"reason\":\"Expired\",\"message\":\"too old\"}");
		return;
	}
	if (s->drop_page && second) {
		list = pod_list(7, NULL, pod_json("n", "half", 1));
		fake_stream(c, 200, NULL);
		list[strlen(list) - 20] = '\0';
		fake_send(c, list);
		fake_close(c);
		free(list);
		return;
	}
	list = third	? pod_list(9, NULL, pod_json("n", "p3", 3))
	       : second ? pod_list(9, "c", pod_json("n", "p2", 2))
			: pod_list(9, strstr(target, "limit=500") ? "a/b="
								  : NULL,
				   pod_json("n", "p1", 1));
	fake_reply(c, 200, NULL, list);
	free(list);
}

void
script_answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct script *s = ctx;

	if (s->hang)
		return;
	if (strstr(q->target, WATCH)) {
		if (s->watch_status || s->watch_body) {
			fake_reply(c, s->watch_status ? s->watch_status : 200,
				   s->watch_head,
				   str_or_empty(s->watch_body));
			return;
		}
		fake_stream(c, 200, s->watch_head);
		if (s->watch_first)
			fake_send(c, s->watch_first);
		return;
	}
	if (s->drop_list)
		fake_close(c);
	else if (s->pages)
		answer_page(s, c, q->target);
	else
		fake_reply(c, s->list_status ? s->list_status : 200,
			   s->list_head, s->list ? s->list : empty_list);
}

void
open_script(struct script *s)
{
	if (!empty_list)
		empty_list = pod_list(5, NULL, "");
	rig_open(&s->rig, script_answer, s);
	rig_start(&s->rig, NULL);
}

void
close_script(struct script *s)
{
	rig_close(&s->rig);
	free(empty_list);
	empty_list = NULL;
}

void
until_watching(struct script *s)
{
	turn_until(s->rig.r, fake_conn_of(s->rig.server, WATCH) &&
				     s->rig.state == SOURCE_LIVE);
	turn_some(s->rig.r);
}

void
send_event(struct script *s, const char *type, const char *object)
{
	char *line = event_json(type, object);
	struct fake_conn *c = fake_conn_of(s->rig.server, WATCH);

	assert_non_null(c);
	fake_send(c, line);
	free(line);
}

void
until_asked(struct script *s, const char *part, uint32_t n)
{
	turn_until(s->rig.r, fake_count(s->rig.server, part) >= n);
}

int64_t
step_until_asked(struct script *s, const char *part, uint32_t n)
{
	int64_t from = s->rig.clock.boot;

	for (int i = 0; i < 2000; i++) {
		if (fake_count(s->rig.server, part) >= n)
			return s->rig.clock.boot - from;
		fake_clock_move(&s->rig.clock, 100);
		reactor_turn(s->rig.r, 1);
		reactor_turn(s->rig.r, 1);
	}
	fail_msg("never asked for %s %u times", part, n);
	return 0;
}
