/*
 * /api/v1/namespaces/NS/pods/NAME/log and its relatives.
 */
#include "backend/sim/kube/path.h"

#include "backend/sim/server/face.h"

#define SEGMENTS_MAX 32

struct segments {
	const char *at[SEGMENTS_MAX];
	const char *rest[SEGMENTS_MAX]; /* raw text from the slash before */
	uint32_t n;
	bool too_many;
};

static void
split(struct arena *a, const char *raw, struct segments *s)
{
	*s = (struct segments){ 0 };
	while (*raw) {
		const char *slash = raw;
		size_t len;

		raw += *raw == '/';
		len = strcspn(raw, "/");
		if (len) {
			if (s->n == SEGMENTS_MAX) {
				s->too_many = true;
				return;
			}
			s->rest[s->n] = slash;
			s->at[s->n++] = face_decode(a, raw, len, false);
		}
		raw += len;
	}
}

/* What follows /api/v1 or /apis/GROUP/VERSION. */
static void
resource_of(struct arena *a, const struct segments *s, uint32_t i,
	    struct kube_path *p)
{
	const char *first = s->at[i];

	if (strcmp(first, "namespaces") == 0 && i + 2 < s->n &&
	    !(i + 3 == s->n && (strcmp(s->at[i + 2], "status") == 0 ||
				strcmp(s->at[i + 2], "finalize") == 0))) {
		p->ns = s->at[i + 1];
		i += 2;
	}
	p->resource = true;
	p->plural = s->at[i];
	if (i + 1 < s->n)
		p->name = s->at[i + 1];
	if (i + 2 < s->n)
		p->sub = s->at[i + 2];
	p->rest = "";
	if (i + 3 < s->n)
		p->rest = face_decode(a, s->rest[i + 3],
				      strlen(s->rest[i + 3]), false);
}

void
kube_path_parse(struct arena *a, const char *raw, struct kube_path *p)
{
	struct segments s;

	*p = (struct kube_path){ .whole = face_decode(a, raw, strlen(raw),
						      false) };
	if (*p->whole != '/')
		p->whole = arena_printf(a, "/%s", p->whole);
	split(a, raw, &s);
	if (s.too_many || s.n < 3)
		return;
	if (strcmp(s.at[0], "api") == 0 && strcmp(s.at[1], "v1") == 0) {
		p->group = "";
		p->version = s.at[1];
		resource_of(a, &s, 2, p);
	} else if (strcmp(s.at[0], "apis") == 0 && s.n >= 4) {
		p->group = s.at[1];
		p->version = s.at[2];
		resource_of(a, &s, 3, p);
	}
	/* Only proxies have something behind the subresource. */
	if (p->resource && *p->rest && strcmp(p->sub, "proxy") != 0)
		p->resource = false;
}
