/*
 * paddock replay --policy FILE: what another policy would have done, beside
 * what was recorded.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/config.h"
#include "backend/world/whatif.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

enum { COLUMNS = 3 };

static const char *const titles[COLUMNS] = { "recorded", "same policy *",
					     "other policy *" };
static const char *const keys[COLUMNS] = { "recorded", "samePolicy",
					   "otherPolicy" };

/* ---- the passes ---- */

static bool
adjust(const void *ctx, struct policy *p, struct err *err)
{
	return cli_policy_apply(p, ctx, err);
}

/* One pass over the recording; run NULL: learning. */
static bool
pass(const struct options *o, void (*tell)(void *ctx, const char *text),
     struct whatif *w, struct whatif_run *run, struct err *err)
{
	struct recording_reader *r =
		recording_open(o->args.at[0], tell, NULL, err);
	struct recorded entry;
	bool good = r != NULL;

	while (good) {
		enum recording_next next = recording_next(r, &entry, err);

		if (next == RECORDING_END)
			break;
		good = next == RECORDING_ENTRY;
		if (good && run)
			good = whatif_step(run, &entry, err);
		else if (good)
			whatif_learn(w, &entry);
	}
	recording_close(r);
	return good;
}

/* What was told once need not be told on every pass. */
static void
tell_nobody(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static bool
run_policy(const struct options *o, struct whatif *w, bool other,
	   struct whatif_sums *out, struct err *err)
{
	struct whatif_run *run = whatif_run_new(w, other ? adjust : NULL, o);
	bool good = pass(o, tell_nobody, w, run, err);

	*out = whatif_run_sums(run);
	whatif_run_free(run);
	return good;
}

/* ---- the table ---- */

enum row_type { ROW_COUNT, ROW_HOURS, ROW_DOLLARS, ROW_SPAN };

static const struct row_of {
	const char *title, *key;
	size_t at;
	enum row_type type;
} rows[] = {
#define ROW(title, key, member, type)                                       \
	{ title, key, offsetof(struct whatif_sums, member), type }
	ROW("nodes at most", "mostNodes", most_nodes, ROW_COUNT),
	ROW("nodes added", "added", added, ROW_COUNT),
	ROW("nodes removed", "removed", removed, ROW_COUNT),
	ROW("node hours", "nodeHours", node_hours, ROW_HOURS),
	ROW("cost", "dollars", dollars, ROW_DOLLARS),
	ROW("pods that came", "pods", pods, ROW_COUNT),
	ROW("wait, half of them", "waitP50Seconds", wait_p50_ms, ROW_SPAN),
	ROW("wait, nine of ten", "waitP90Seconds", wait_p90_ms, ROW_SPAN),
	ROW("wait, the longest", "waitMaxSeconds", wait_max_ms, ROW_SPAN),
	ROW("waiting, all together", "waitSumSeconds", wait_sum_ms, ROW_SPAN),
	ROW("still waiting at the end", "still", still, ROW_COUNT),
	ROW("gone before they had a node", "gaveUp", gave_up, ROW_COUNT),
	ROW("moved by drains", "moved", moved, ROW_COUNT),
#undef ROW
};

static const void *
member(const struct whatif_sums *s, const struct row_of *row)
{
	return (const char *)s + row->at;
}

static void
cell_of(const struct whatif_sums *s, const struct row_of *row, char *out,
	size_t room)
{
	char age[TIME_TEXT];

	switch (row->type) {
	case ROW_COUNT:
		snprintf(out, room, "%u",
			 *(const uint32_t *)member(s, row));
		break;
	case ROW_HOURS:
		snprintf(out, room, "%.2f", *(const double *)member(s, row));
		break;
	case ROW_DOLLARS:
		if (s->unpriced_hours > 0 && s->dollars <= 0)
			snprintf(out, room, "?");
		else
			snprintf(out, room, "%s$%.2f",
				 s->unpriced_hours > 0 ? ">" : "",
				 s->dollars);
		break;
	case ROW_SPAN:
		snprintf(out, room, "%s",
			 age_format(*(const int64_t *)member(s, row), age));
		break;
	}
}

static void
print_table(const struct whatif *w, const struct whatif_sums *s,
	    int64_t from_ms, int64_t to_ms)
{
	char from[TIME_TEXT], to[TIME_TEXT];
	int64_t low, high;
	bool unpriced = false;

	printf("%s to %s\n\n%-28s", time_format(from_ms, false, from),
	       time_format(to_ms, false, to), "");
	for (int i = 0; i < COLUMNS; i++)
		printf(" %15s", titles[i]);
	putchar('\n');
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		printf("%-28s", rows[r].title);
		for (int i = 0; i < COLUMNS; i++) {
			char cell[40];

			cell_of(&s[i], &rows[r], cell, sizeof(cell));
			printf(" %15s", cell);
		}
		putchar('\n');
	}
	printf("\n* simulated: the recorded pods came when they came and ran "
	       "as long as they ran;\n");
	if (whatif_boot_ms(w, &low, &high) && low != high)
		printf("  a node took %lld to %lld s by its group, as "
		       "recorded.\n", (long long)(low / 1000),
		       (long long)(high / 1000));
	else
		printf("  a node took %lld s%s.\n", (long long)(low / 1000),
		       whatif_boot_ms(w, &low, &high)
			       ? ", as recorded"
			       : "; none came while it was recorded");
	for (int i = 0; i < COLUMNS; i++)
		unpriced |= s[i].unpriced_hours > 0;
	if (unpriced)
		printf("  Some instance types have no price here; put them "
		       "into the configuration's `prices`.\n");
}

static bool
to_stdout(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	return fwrite(bytes, 1, len, stdout) == len;
}

static void
put_sums(struct jsonw *j, const struct whatif_sums *s)
{
	jsonw_object(j);
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		const void *v = member(s, &rows[r]);

		jsonw_key(j, rows[r].key);
		if (rows[r].type == ROW_COUNT)
			jsonw_int(j, *(const uint32_t *)v);
		else if (rows[r].type == ROW_SPAN)
			jsonw_int(j, *(const int64_t *)v / 1000);
		else
			jsonw_real(j, *(const double *)v);
	}
	jsonw_key(j, "unpricedNodeHours");
	jsonw_real(j, s->unpriced_hours);
	jsonw_end_object(j);
}

static void
print_json(const struct whatif_sums *s, int64_t from_ms, int64_t to_ms)
{
	struct jsonw *j = jsonw_new(to_stdout, NULL, false);

	jsonw_object(j);
	jsonw_opt_text(j, "apiVersion", "paddock/v1");
	jsonw_opt_text(j, "kind", "WhatIf");
	jsonw_opt_time(j, "from", from_ms);
	jsonw_opt_time(j, "to", to_ms);
	for (int i = 0; i < COLUMNS; i++) {
		jsonw_key(j, keys[i]);
		put_sums(j, &s[i]);
	}
	jsonw_end_object(j);
	jsonw_done(j);
	putchar('\n');
}

/* ---- the command ---- */

static bool
add_prices(const struct options *o, struct whatif *w, struct err *err)
{
	struct config *c = config_load(o->config, err);
	const struct config_price *p;
	uint32_t n = 0;

	if (!c)
		return false;
	p = config_prices(c, &n);
	for (uint32_t i = 0; i < n; i++) {
		if (p[i].on_demand_udollars >= 0)
			whatif_add_price(w, p[i].type, false,
					 p[i].on_demand_udollars);
		if (p[i].spot_udollars >= 0)
			whatif_add_price(w, p[i].type, true,
					 p[i].spot_udollars);
	}
	config_free(c);
	return true;
}

/* Mistakes and notes once, before everything is read. */
static bool
check_policy(const struct options *o, struct err *err)
{
	struct policy *p = policy_new(POLICY_WORLD_FILE);
	bool good = cli_policy_apply(p, o, err);

	if (good)
		cli_policy_notes(p);
	policy_unref(p);
	return good;
}

int
cli_whatif(const struct options *o, void (*tell)(void *ctx, const char *text))
{
	struct whatif_sums sums[COLUMNS] = { { 0 } };
	struct whatif *w = whatif_new();
	struct err err = { 0 };
	int64_t from = 0, to = 0;
	bool good = check_policy(o, &err) && add_prices(o, w, &err) &&
		    pass(o, tell, w, NULL, &err);

	if (good && !whatif_span(w, &from, &to))
		good = err_set(&err, ERR_BAD, "%s: no decision could be read",
			       o->args.at[0]);
	if (good) {
		sums[0] = whatif_recorded(w);
		good = run_policy(o, w, false, &sums[1], &err) &&
		       run_policy(o, w, true, &sums[2], &err);
	}
	if (good && str_eq(o->output, "json"))
		print_json(sums, from, to);
	else if (good)
		print_table(w, sums, from, to);
	whatif_free(w);
	return good ? 0 : cli_fail(&err);
}
