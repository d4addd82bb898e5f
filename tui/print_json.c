/*
 * Views as JSON: `paddock get VIEW -o json` (design 2.1).
 */
#include "backend/base/text.h"
#include "tui/print_private.h"

static bool
json_sink(void *ctx, const char *bytes, size_t len)
{
	struct printer *p = ctx;

	buf_add(&p->line, bytes, len);
	print_send(p, false);
	return !p->stopped;
}

static void
json_text(struct jsonw *w, const char *text, size_t len)
{
	struct buf safe;

	buf_init(&safe, len * 3 + 1);
	text_clean(&safe, text, len, TEXT_ONE_LINE);
	jsonw_textn(w, buf_text(&safe), safe.len);
	buf_fini(&safe);
}

static void
json_list(struct jsonw *w, const char *list)
{
	jsonw_array(w);
	while (*list) {
		const char *end = strchrnul(list, ',');

		json_text(w, list, (size_t)(end - list));
		list = *end ? end + 1 : end;
	}
	jsonw_end_array(w);
}

static void
json_time(struct jsonw *w, int64_t ms)
{
	char out[TIME_TEXT];

	if (ms)
		jsonw_text(w, time_format(ms, false, out));
	else
		jsonw_null(w);
}

static void
json_cell(struct jsonw *w, const struct cell *c)
{
	switch (c->value_kind) {
	case VALUE_INT:
		jsonw_int(w, c->number);
		break;
	case VALUE_REAL:
		jsonw_real(w, c->real);
		break;
	case VALUE_BOOL:
		jsonw_bool(w, c->number != 0);
		break;
	case VALUE_TEXT:
		json_text(w, c->str, strlen(c->str));
		break;
	case VALUE_TIME:
		json_time(w, c->number);
		break;
	case VALUE_LIST:
		json_list(w, c->str);
		break;
	default:
		jsonw_null(w);
		break;
	}
}

static void
json_head(struct jsonw *w, const struct printer *p, const char *kind,
	  const char *view)
{
	const struct snapshot *s = p->x.snap;

	jsonw_object(w);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, "paddock/v1");
	jsonw_key(w, "kind");
	jsonw_text(w, kind);
	jsonw_key(w, "view");
	jsonw_text(w, view);
	jsonw_key(w, "time");
	json_time(w, p->x.now_ms);
	jsonw_key(w, "sources");
	jsonw_array(w);
	for (int i = 0; i < SOURCE_COUNT; i++) {
		const struct source_status *st = &s->source[i];
		int64_t age_ms = p->o->boot_ms - st->good_boot_ms;

		jsonw_object(w);
		jsonw_key(w, "name");
		jsonw_text(w, source_name((enum source)i));
		jsonw_key(w, "state");
		jsonw_text(w, source_state_name(st->state));
		jsonw_key(w, "ageSeconds");
		if (st->good_boot_ms)
			jsonw_int(w, age_ms < 0 ? 0 : age_ms / 1000);
		else
			jsonw_null(w);
		if (st->trouble[0]) {
			jsonw_key(w, "trouble");
			json_text(w, st->trouble, strlen(st->trouble));
		}
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

bool
print_json_rows(struct printer *p)
{
	const struct view *v = p->view;
	struct jsonw *w = jsonw_new(json_sink, p, false);
	struct cell cell;

	json_head(w, p, "Table", v->name);
	jsonw_key(w, "items");
	jsonw_array(w);
	for (uint32_t r = 0; r < p->index.rows.n && !p->stopped; r++) {
		struct row row =
			view_row(&p->x, p->index.rows.at[r].handle);

		jsonw_object(w);
		for (const struct column *c = v->columns; c->title; c++) {
			c->get(&row, &p->x, &cell);
			jsonw_key(w, c->json);
			json_cell(w, &cell);
		}
		jsonw_key(w, "ended");
		jsonw_bool(w, row.slot->ended);
		if (row.slot->ended) {
			jsonw_key(w, "endedTime");
			json_time(w, row.slot->ended_ms);
		}
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	jsonw_end_object(w);
	return jsonw_done(w);
}

bool
print_json_page(struct printer *p, const struct page_view *v)
{
	struct jsonw *w = jsonw_new(json_sink, p, false);

	json_head(w, p, "Page", v->name);
	if (v->json)
		v->json(&p->x, w);
	jsonw_end_object(w);
	return jsonw_done(w);
}
