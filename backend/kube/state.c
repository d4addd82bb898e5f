/*
 * The state of the source, worked out from its watches.
 *
 * A watch in trouble makes the source stale or failed.  What we may not see, or
 * what this server does not have, does not: that is said beside a live state,
 * and the view of that kind stays empty.
 */
#include "backend/base/log.h"
#include "backend/kube/watch_private.h"

enum { TELL_MS = 1000 };

struct tally {
	uint32_t wanted, live, denied, broken;
	bool any_data, answered;
	const struct err *trouble;  /* of a broken watch */
	const struct err *shortage; /* of a denied or incomplete one */
};

static struct tally
count(const struct kube *k)
{
	struct tally t = { 0 };

	for (const struct watch *w = k->watches; w; w = w->next) {
		if (!w->wanted)
			continue;
		t.wanted++;
		t.any_data |= w->listed_once;
		t.answered |= w->answered;
		if (w->state == WATCH_DENIED) {
			t.denied++;
			t.shortage = &w->trouble;
		} else if (w->trouble.code) {
			t.broken++;
			t.trouble = &w->trouble;
		} else if (watch_is_live(w)) {
			t.live++;
			if (w->shortage.code)
				t.shortage = &w->shortage;
		}
	}
	return t;
}

static enum source_state
judge(const struct tally *t)
{
	if (t->broken)
		return t->any_data ? SOURCE_STALE : SOURCE_FAILED;
	if (t->wanted && t->denied == t->wanted)
		return SOURCE_FAILED;
	if (t->wanted && t->live + t->denied == t->wanted)
		return SOURCE_LIVE;
	return t->answered ? SOURCE_LOADING : SOURCE_CONNECTING;
}

void
kube_tell_state(struct kube *k)
{
	struct tally t = count(k);
	enum source_state state = judge(&t);
	const struct err *err = t.broken ? t.trouble : t.shortage;
	bool same = err ? err->code == k->trouble.code &&
				  str_eq(err->text, k->trouble.text)
			: !k->trouble.code;

	if (k->freeing || (state == k->state && same))
		return;
	log_at(LOG_INFO, "kube", "state=%s wanted=%u live=%u denied=%u%s%s",
	       source_state_name(state), t.wanted, t.live, t.denied,
	       err ? " trouble=" : "", err ? err->text : "");
	k->state = state;
	k->trouble = err ? *err : (struct err){ 0 };
	k->told_boot_ms = clock_boot_ms(reactor_clock(k->reactor));
	k->sink->status(k->sink->ctx, SOURCE_KUBERNETES, state, err);
}

void
kube_heard_word(struct kube *k)
{
	int64_t now = clock_boot_ms(reactor_clock(k->reactor));

	if (now - k->told_boot_ms < TELL_MS ||
	    (k->state != SOURCE_LIVE && k->state != SOURCE_LOADING))
		return;
	k->told_boot_ms = now;
	k->sink->status(k->sink->ctx, SOURCE_KUBERNETES, k->state,
			k->trouble.code ? &k->trouble : NULL);
}
