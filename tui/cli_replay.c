/*
 * paddock replay: recorded decisions computed again and compared; with another
 * policy, what that one would have done.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/world/replay.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

/* Of one decision; -o json names them all. */
enum { NAMED = 12, VALUE_ROOM = 120 };

struct printing {
	struct jsonw *json; /* NULL: text */
	bool first;	    /* of its decision */
	uint64_t unnamed;
};

static bool
to_stdout(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	return fwrite(bytes, 1, len, stdout) == len;
}

/* Damage is no difference: it goes to stderr. */
static void
tell_damage(void *ctx, const char *text)
{
	char line[700];

	(void)ctx;
	text_clean_to(line, sizeof(line), text, strlen(text));
	fflush(stdout);
	fprintf(stderr, "paddock: %s\n", line);
}

/* ---- one difference ---- */

static void
print_value(const char *lead, const struct tree *t)
{
	struct buf text, clean;

	if (!t) {
		printf("%s nothing", lead);
		return;
	}
	buf_init(&text, SIZE_MAX);
	buf_init(&clean, SIZE_MAX);
	if (tree_text(t)) {
		buf_puts(&text, tree_text(t));
	} else {
		struct jsonw *w = jsonw_new_buf(&text, false);

		jsonw_tree(w, t);
		jsonw_done(w);
	}
	text_clean(&clean, buf_text(&text), text.len, TEXT_ONE_LINE);
	printf("%s %.*s%s", lead, VALUE_ROOM, buf_text(&clean),
	       clean.len > VALUE_ROOM ? "..." : "");
	buf_fini(&text);
	buf_fini(&clean);
}

static void
print_difference(struct printing *p, const struct replay_told *d)
{
	char when[TIME_TEXT], path[512];

	if (d->nth == 0)
		printf("decision %llu, %s, in %s: the plan differs\n",
		       (unsigned long long)d->entry->number,
		       time_format(d->entry->now_ms, false, when),
		       d->entry->file);
	if (d->nth >= NAMED) {
		p->unnamed++;
		return;
	}
	text_clean_to(path, sizeof(path), d->path, strlen(d->path));
	printf("  %s:", path);
	print_value(" recorded", d->recorded);
	print_value(", now", d->now);
	putchar('\n');
}

static void
put_tree(struct jsonw *w, const char *key, const struct tree *t)
{
	jsonw_key(w, key);
	if (t)
		jsonw_tree(w, t);
	else
		jsonw_null(w);
}

static void
put_difference(struct jsonw *w, const struct replay_told *d)
{
	jsonw_object(w);
	jsonw_key(w, "decision");
	jsonw_int(w, (int64_t)d->entry->number);
	jsonw_opt_time(w, "time", d->entry->now_ms);
	jsonw_opt_text(w, "file", d->entry->file);
	jsonw_opt_text(w, "path", d->path);
	put_tree(w, "recorded", d->recorded);
	put_tree(w, "now", d->now);
	jsonw_end_object(w);
}

static void
on_difference(void *ctx, const struct replay_told *told)
{
	struct printing *p = ctx;

	if (p->json)
		put_difference(p->json, told);
	else
		print_difference(p, told);
}

/* ---- sums ---- */

static void
print_sums(const struct replay_sums *s)
{
	char from[TIME_TEXT], to[TIME_TEXT];

	printf("%llu %s, %s to %s: %llu equal, %llu differ",
	       (unsigned long long)s->decisions,
	       s->decisions == 1 ? "decision" : "decisions",
	       time_format(s->first_ms, false, from),
	       time_format(s->last_ms, false, to),
	       (unsigned long long)s->equal,
	       (unsigned long long)s->differing);
	if (s->differing)
		printf(" in %llu places", (unsigned long long)s->differences);
	putchar('\n');
}

static void
put_sums(struct jsonw *w, const struct replay_sums *s, uint32_t damaged)
{
	jsonw_key(w, "decisions");
	jsonw_int(w, (int64_t)s->decisions);
	jsonw_key(w, "equal");
	jsonw_int(w, (int64_t)s->equal);
	jsonw_key(w, "differ");
	jsonw_int(w, (int64_t)s->differing);
	jsonw_opt_time(w, "from", s->first_ms);
	jsonw_opt_time(w, "to", s->last_ms);
	jsonw_key(w, "damagedFiles");
	jsonw_int(w, damaged);
}

/* ---- the command ---- */

static bool
replay_all(struct recording_reader *r, struct printing *p,
	   struct replay_sums *sums, struct err *err)
{
	struct recorded entry;

	for (;;) {
		switch (recording_next(r, &entry, err)) {
		case RECORDING_ENTRY:
			p->unnamed = 0;
			replay_check(&entry, sums, on_difference, p);
			if (p->unnamed)
				printf("  and %llu more; -o json names all\n",
				       (unsigned long long)p->unnamed);
			break;
		case RECORDING_END:
			return true;
		case RECORDING_FAILED:
			return false;
		}
	}
}

static int
verdict(const struct recording_reader *r, const struct options *o,
	const struct replay_sums *sums)
{
	struct err err = { 0 };

	if (!sums->decisions) {
		err_set(&err, ERR_BAD, "%s: no decision could be read",
			o->args.at[0]);
		return cli_fail(&err);
	}
	if (sums->differing)
		return 1;
	if (recording_damaged(r)) {
		err_set(&err, ERR_PARTIAL, "%u damaged %s: what follows the "
			"damage was not compared", recording_damaged(r),
			recording_damaged(r) == 1 ? "file" : "files");
		return cli_fail(&err);
	}
	return 0;
}

static int
replay_compare(const struct options *o, bool json)
{
	struct replay_sums sums = { 0 };
	struct printing p = { 0 };
	struct err err = { 0 };
	struct recording_reader *r = recording_open(o->args.at[0], tell_damage,
						    NULL, &err);
	bool good;
	int code;

	if (!r)
		return cli_fail(&err);
	if (json) {
		p.json = jsonw_new(to_stdout, NULL, false);
		jsonw_object(p.json);
		jsonw_opt_text(p.json, "apiVersion", "paddock/v1");
		jsonw_opt_text(p.json, "kind", "Replay");
		jsonw_key(p.json, "differences");
		jsonw_array(p.json);
	}
	good = replay_all(r, &p, &sums, &err);
	if (json) {
		jsonw_end_array(p.json);
		put_sums(p.json, &sums, recording_damaged(r));
		jsonw_end_object(p.json);
		jsonw_done(p.json);
		putchar('\n');
	} else if (sums.decisions) {
		print_sums(&sums);
	}
	code = good ? verdict(r, o, &sums) : cli_fail(&err);
	recording_close(r);
	return code;
}

int
cli_replay(const struct options *o)
{
	bool json = str_eq(o->output, "json");
	bool other = o->policy || o->set.n;
	struct err err = { 0 };

	if (o->output && !json && strcmp(o->output, "text") != 0) {
		err_set(&err, ERR_USAGE, "-o wants text or json, found \"%s\"",
			o->output);
		return cli_fail(&err);
	}
	return other ? cli_whatif(o, tell_damage) : replay_compare(o, json);
}
