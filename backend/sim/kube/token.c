/*
 * Tokens of service accounts: asked for (TokenRequest) and shown.  They end by
 * wall time, which is what their holders go by.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/internal.h"

#define OWN_AUDIENCE "https://kubernetes.default.svc"

enum { DEFAULT_S = 3600, LEAST_S = 600, MOST_S = 86400 };

/* The body's spec: audience and seconds; false with st set. */
static bool
read_request(struct kube_call *c, const json_t *body, const char **audience,
	     int64_t *seconds)
{
	const json_t *spec = json_object_get(body, "spec");
	const json_t *list = json_object_get(spec, "audiences");
	const json_t *wanted = json_object_get(spec, "expirationSeconds");
	const char *first = json_string_value(json_array_get(list, 0));

	*audience = first ? first : OWN_AUDIENCE;
	*seconds = wanted && !json_is_null(wanted) ? json_integer_value(wanted)
						   : DEFAULT_S;
	if (*seconds >= LEAST_S && *seconds <= (int64_t)1 << 32) {
		*seconds = *seconds > MOST_S ? MOST_S : *seconds;
		return true;
	}
	status_fail(&c->st, 422, "Invalid",
		    "TokenRequest.authentication.k8s.io \"%s\" is invalid: "
		    "spec.expirationSeconds: Invalid value: %lld: may not "
		    "specify a duration less than 10 minutes",
		    c->path.name, (long long)*seconds);
	return false;
}

static void
answer(struct kube_call *c, const char *audience, int64_t seconds)
{
	const struct kube_hooks *h = c->k->hooks;
	int64_t now = clock_wall_ms(&clock_system);
	char *subject = arena_printf(c->arena, "system:serviceaccount:%s:%s",
				     c->path.ns, c->path.name);
	char *token = h->token_make(h->ctx, subject, audience, now,
				    now + seconds * 1000);
	char when[TIME_TEXT];

	time_format(now + seconds * 1000, false, when);
	kube_json(c, 201,
		  json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:[s], s:I}, "
			    "s:{s:s, s:s}}",
			    "kind", "TokenRequest", "apiVersion",
			    "authentication.k8s.io/v1", "metadata", "name",
			    c->path.name, "namespace", c->path.ns, "spec",
			    "audiences", audience, "expirationSeconds",
			    (json_int_t)seconds, "status", "token", token,
			    "expirationTimestamp", when));
	free(token);
}

void
kube_token_request(struct kube_call *c)
{
	const char *audience;
	int64_t seconds;
	json_t *body;

	if (strcmp(c->q->method, "POST") != 0) {
		kube_method_not_allowed(c);
		return;
	}
	if (!c->k->hooks->token_make) {
		kube_not_found(c);
		return;
	}
	if (!objects_get(c->k->o, c->type, c->path.ns, c->path.name)) {
		status_fail_on(&c->st, 404, "NotFound", c->type, c->path.name,
			       "serviceaccounts \"%s\" not found",
			       c->path.name);
		kube_fail(c);
		return;
	}
	body = kube_body(c);
	if (body && read_request(c, body, &audience, &seconds))
		answer(c, audience, seconds);
	else
		kube_fail(c);
	json_decref(body);
}

const char *
kube_token_subject(struct kube_call *c, const char *token)
{
	const struct kube_hooks *h = c->k->hooks;
	char *subject = arena_alloc(c->arena, KUBE_SUBJECT_ROOM);

	return h->token_read &&
			       h->token_read(h->ctx, token, OWN_AUDIENCE,
					     clock_wall_ms(&clock_system),
					     subject)
		       ? subject
		       : NULL;
}
