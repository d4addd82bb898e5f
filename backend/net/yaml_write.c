/*
 * A tree as block YAML by libyaml's emitter, as `kubectl get -o yaml` shows it.
 */
#include <stdlib.h>
#include <yaml.h>

#include "backend/base/text.h"
#include "backend/net/yaml.h"

struct out {
	yaml_emitter_t emitter;
	struct buf *to;
	bool ok;
};

static int
on_output(void *ctx, unsigned char *bytes, size_t len)
{
	struct out *o = ctx;

	buf_add(o->to, bytes, len);
	return buf_ok(o->to);
}

static void
emit(struct out *o, yaml_event_t *e)
{
	if (!yaml_emitter_emit(&o->emitter, e))
		o->ok = false;
}

/* Plain words that a reader would take for something else than text. */
static bool
needs_quotes(const char *text, size_t len)
{
	static const char *const words[] = {
		"", "~", "null", "Null", "NULL", "true", "True", "TRUE",
		"false", "False", "FALSE", "yes", "Yes", "YES", "no", "No",
		"NO", "on", "On", "ON", "off", "Off", "OFF", "y", "n", NULL
	};
	char *end;

	for (int i = 0; words[i]; i++)
		if (strlen(words[i]) == len && !memcmp(words[i], text, len))
			return true;
	if (strchr("0123456789+-.", text[0])) {
		strtod(text, &end);
		if (*end == '\0' || strchr(text, ':'))
			return true;
		if (strspn(text, "0123456789") == len)
			return true;
		/* a date */
		if (strspn(text, "0123456789") == 4 && text[4] == '-')
			return true;
	}
	return false;
}

static void
write_scalar(struct out *o, const char *text, size_t len, bool is_text)
{
	yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
	struct buf clean;
	yaml_event_t e;

	if (is_text && needs_quotes(text, len))
		style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	else if (is_text && memchr(text, '\n', len))
		style = YAML_LITERAL_SCALAR_STYLE;
	if (yaml_scalar_event_initialize(&e, NULL, NULL,
					 (const yaml_char_t *)text, (int)len,
					 1, 1, style)) {
		emit(o, &e);
		return;
	}
	/* Not UTF-8: as it would be shown. */
	buf_init(&clean, (size_t)len * 3 + 1);
	text_clean(&clean, text, len, TEXT_LINES);
	if (yaml_scalar_event_initialize(
		    &e, NULL, NULL, (const yaml_char_t *)buf_text(&clean),
		    (int)clean.len, 1, 1, YAML_DOUBLE_QUOTED_SCALAR_STYLE))
		emit(o, &e);
	else
		o->ok = false;
	buf_fini(&clean);
}

static void
write_tree(struct out *o, const struct tree *t)
{
	yaml_event_t e;

	switch ((enum tree_kind)t->kind) {
	case TREE_NULL:
		write_scalar(o, "null", 4, false);
		break;
	case TREE_BOOL:
		write_scalar(o, t->flag ? "true" : "false", t->flag ? 4 : 5,
			     false);
		break;
	case TREE_NUMBER:
	case TREE_STRING:
		write_scalar(o, t->text, t->len, t->kind == TREE_STRING);
		break;
	case TREE_ARRAY:
		yaml_sequence_start_event_initialize(
			&e, NULL, NULL, 1,
			t->len ? YAML_BLOCK_SEQUENCE_STYLE
			       : YAML_FLOW_SEQUENCE_STYLE);
		emit(o, &e);
		tree_each(child, t)
			write_tree(o, child);
		yaml_sequence_end_event_initialize(&e);
		emit(o, &e);
		break;
	case TREE_OBJECT:
		yaml_mapping_start_event_initialize(
			&e, NULL, NULL, 1,
			t->len ? YAML_BLOCK_MAPPING_STYLE
			       : YAML_FLOW_MAPPING_STYLE);
		emit(o, &e);
		tree_each(child, t) {
			write_scalar(o, child->key, child->key_len, true);
			write_tree(o, child);
		}
		yaml_mapping_end_event_initialize(&e);
		emit(o, &e);
		break;
	}
}

void
yaml_write(struct buf *out, const struct tree *t)
{
	struct out o = { .to = out, .ok = true };
	yaml_event_t e;

	if (!yaml_emitter_initialize(&o.emitter))
		BUG("yaml_emitter_initialize");
	yaml_emitter_set_output(&o.emitter, on_output, &o);
	yaml_emitter_set_unicode(&o.emitter, 1);
	yaml_emitter_set_width(&o.emitter, -1);
	yaml_emitter_set_indent(&o.emitter, 2);
	yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING);
	emit(&o, &e);
	yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1);
	emit(&o, &e);
	write_tree(&o, t);
	yaml_document_end_event_initialize(&e, 1);
	emit(&o, &e);
	yaml_stream_end_event_initialize(&e);
	emit(&o, &e);
	yaml_emitter_delete(&o.emitter);
}
