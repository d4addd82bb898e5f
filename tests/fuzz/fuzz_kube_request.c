/*
 * Whole requests to the Kubernetes face: paths, queries, Accept and
 * Content-Type headers, bodies and patches.  Every one is answered; what says
 * it is JSON is; refusals are Status objects that carry the answer's code; and
 * objects that were there keep their identity.
 *
 * The input is lines: method, path?query, Accept, Content-Type, then the body.
 */
#include "backend/sim/kube/face.h"
#include "tests/fuzz/fuzz.h"

#define BODY_BYTES ((size_t)8 << 20)
#define NOW_MS 1771405200000 /* 2026-02-18T09:00:00Z */

static const char pod_text[] =
	"{\"metadata\":{\"name\":\"p\",\"labels\":{\"a\":\"b\"}},\"spec\":"
	"{\"containers\":[{\"name\":\"c\",\"image\":\"i:1\"}]}}";

static int64_t
fixed(void *ctx)
{
	(void)ctx;
	return NOW_MS;
}

/* Up to a line feed, which is taken away. */
static char *
line(char **at)
{
	char *start = *at, *end = strchr(start, '\n');

	if (end)
		*end++ = '\0';
	else
		end = start + strlen(start);
	*at = end;
	return start;
}

static void
check_answer(struct face_answer *a)
{
	json_t *tree;

	must(a->status >= 200 && a->status < 600);
	if (a->stream.pull) {
		while (a->body.len < FACE_PIECE_BYTES / 2 &&
		       a->stream.pull(a->stream.ctx, NULL, &a->body))
			break;
		a->stream.close(a->stream.ctx);
		return; /* lines of their own */
	}
	if (!a->type || !str_has_prefix(a->type, "application/json"))
		return;
	tree = json_loadb(a->body.len ? a->body.at : "", a->body.len,
			  JSON_ALLOW_NUL, NULL);
	must(tree);
	if (a->status >= 400)
		must(json_integer_value(json_object_get(tree, "code")) ==
		     a->status);
	json_decref(tree);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kube_hooks hooks = { 0 };
	const struct clockwork clock = { fixed, fixed, NULL };
	int64_t now_ms = NOW_MS;
	struct objects *o = objects_new(&now_ms, 1, 1 << 20);
	struct arena *arena = arena_new();
	char *text = fuzz_text(data, size), *at = text, *target;
	struct face_pair headers[] = {
		{ "Authorization", "Bearer simulated-token-admin" },
		{ "Accept", NULL },
		{ "Content-Type", NULL },
		{ NULL, NULL },
	};
	struct face_request q = { .query = "", .headers = headers };
	struct face_answer a = { .status = 200 };
	const struct object_type *pods;
	const struct object *pod;
	struct status st;
	struct kube *k;
	json_t *body = json_loads(pod_text, 0, NULL);

	objects_add_builtin(o);
	k = kube_face_new(o, &hooks, &clock);
	pods = objects_type(o, "", "pods");
	pod = objects_create(o, pods, "default", body, 0, &st);
	must(pod);
	object_ref(pod);
	json_decref(body);
	q.method = line(&at);
	target = line(&at);
	q.path = target;
	target += strcspn(target, "?");
	if (*target) {
		*target = '\0';
		q.query = target + 1;
	}
	headers[1].value = line(&at);
	headers[2].value = line(&at);
	q.body = at;
	q.body_len = strlen(at);
	buf_init(&a.body, BODY_BYTES);
	kube_face_serve(k, &q, &a, arena);
	check_answer(&a);
	if (objects_get(o, pods, "default", "p"))
		must(!strcmp(objects_get(o, pods, "default", "p")->uid,
			     pod->uid));
	object_unref(pod);
	buf_fini(&a.body);
	kube_face_free(k);
	objects_free(o);
	arena_free(arena);
	free(text);
	return 0;
}
