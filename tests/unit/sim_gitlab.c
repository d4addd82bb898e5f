/*
 * Asking the GitLab face without sockets.
 */
#include "tests/unit/sim_gitlab.h"

#include <stdio.h>
#include <stdlib.h>

void
reply_free(struct reply *r)
{
	free(r->text);
	free(r->link);
	json_decref(r->json);
}

const char *
reply_header(const struct reply *r, const char *name)
{
	if (strcmp(name, "Link") == 0)
		return r->link;
	for (uint32_t i = 0; i < r->answer.header_n; i++) {
		if (strcmp(r->answer.headers[i][0], name) == 0)
			return r->answer.headers[i][1];
	}
	return NULL;
}

json_t *
reply_at(json_t *o, const char *path)
{
	char key[64];

	while (o && *path) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		o = json_is_array(o) ? json_array_get(o, strtoul(key, NULL, 10))
				     : json_object_get(o, key);
		path += len + (path[len] == '.');
	}
	return o;
}

struct reply
gitlab_ask_state(struct kit *k, void *state, const char *token,
		 const char *method, const char *target, const char *body)
{
	struct face_pair headers[] = { { "Host", "127.0.0.1:1" },
				       { token ? "PRIVATE-TOKEN" : NULL,
					 token },
				       { NULL, NULL } };
	const char *mark = strchr(target, '?');
	struct arena *a = arena_new();
	struct face_request q = {
		.method = method,
		.path = mark ? arena_strndup(a, target, (size_t)(mark - target))
			     : target,
		.query = mark ? mark + 1 : "",
		.body = body ? body : "",
		.body_len = body ? strlen(body) : 0,
		.headers = headers,
		.state = state,
	};
	struct reply r = { .answer = { .status = 200 } };

	buf_init(&r.answer.body, (size_t)64 << 20);
	face_gitlab.serve(k->w, &q, &r.answer, a);
	r.status = r.answer.status;
	r.text = xstrdup(buf_text(&r.answer.body));
	r.json = json_loads(r.text, 0, NULL);
	r.link = r.answer.link ? xstrdup(r.answer.link) : NULL;
	buf_fini(&r.answer.body);
	arena_free(a);
	return r;
}

struct reply
gitlab_ask(struct kit *k, const char *token, const char *method,
	   const char *target, const char *body)
{
	return gitlab_ask_state(k, NULL, token, method, target, body);
}

struct reply
gitlab_query(struct kit *k, const char *token, const char *text,
	     json_t *variables)
{
	json_t *body = json_pack("{s:s}", "query", text);
	struct reply r;
	char *bytes;

	if (variables)
		json_object_set_new(body, "variables", variables);
	bytes = json_dumps(body, 0);
	r = gitlab_ask(k, token, "POST", "/api/graphql", bytes);
	free(bytes);
	json_decref(body);
	return r;
}
