/*
 * Reading JSON: whole and byte by byte, items, skipping, limits, refusals.
 */
#include <stdlib.h>

#include "backend/base/json.h"
#include "tests/unit/check.h"

/* What a reader said, as one text: "path=json;" an item, "|json" the rest. */
struct heard {
	struct buf text;
	int stop_after; /* items; 0 never */
	int items;
};

static void
dump(struct buf *out, const struct tree *t)
{
	struct jsonw *w = jsonw_new_buf(out, false);

	jsonw_tree(w, t);
	assert_true(jsonw_done(w));
}

static bool
on_item(void *ctx, const char *path, const struct tree *item, struct err *err)
{
	struct heard *h = ctx;

	buf_printf(&h->text, "%s=", path);
	dump(&h->text, item);
	buf_putc(&h->text, ';');
	if (++h->items == h->stop_after)
		return err_set(err, ERR_DENIED, "enough");
	return true;
}

/* Feeds in pieces of `step` bytes; the error, or "" when all went well. */
static const char *
read_all(const struct json_spec *spec, struct heard *h, const char *text,
	 size_t len, size_t step)
{
	static struct err err;
	struct json_spec mine = *spec;
	struct json_reader *r;
	bool ok = true;

	err = (struct err){ .code = ERR_NONE };
	buf_init(&h->text, 1 << 20);
	h->items = 0;
	mine.on_item = on_item;
	mine.ctx = h;
	r = json_reader_new(&mine);
	for (size_t at = 0; ok && at < len; at += step)
		ok = json_reader_feed(r, text + at,
				      len - at < step ? len - at : step,
				      &err);
	ok = ok && json_reader_end(r, &err);
	if (ok && json_reader_rest(r)) {
		buf_putc(&h->text, '|');
		dump(&h->text, json_reader_rest(r));
	}
	if (!ok) {
		struct err again = { .code = ERR_NONE };

		assert_int_not_equal(err.code, ERR_NONE);
		/* Broken stays broken, and does not crash. */
		assert_false(json_reader_feed(r, "1", 1, &again));
		assert_false(json_reader_end(r, &again));
	} else {
		assert_int_equal(json_reader_offset(r), len);
	}
	json_reader_free(r);
	return ok ? "" : err.text;
}

static void
check(const struct json_spec *spec, const char *quoted, const char *want)
{
	char *text = xstrdup(quoted), *expect = xstrdup(want);
	size_t len = strlen(text);
	struct heard h = { .stop_after = 0 };

	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	for (char *p = expect; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	for (size_t step = 1; step <= len; step = step * 2 + 1) {
		assert_text_equal(read_all(spec, &h, text, len, step), "");
		assert_text_equal(buf_text(&h.text), expect);
		buf_fini(&h.text);
	}
	assert_text_equal(read_all(spec, &h, text, len, len + 1), "");
	assert_text_equal(buf_text(&h.text), expect);
	buf_fini(&h.text);
	free(text);
	free(expect);
}

static const char *const paths_items[] = { "items", NULL };

static void
test_plain_values(void **state)
{
	static const char *const rows[] = {
		"{}", "[]", "''", "'a'", "0", "-1.5e+10", "true", "false",
		"null", "{'a':[1,{'b':null}],'c':''}", "[[],[[]],{}]",
		"123456789012345678901234567890",
	};
	struct json_spec spec = { .items = NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *want = xasprintf("|%s", rows[i]);

		check(&spec, rows[i], want);
		free(want);
	}
	check(&spec, " \r\n\t{ 'a' : [ 1 , 2 ] } \n", "|{'a':[1,2]}");
	check(&spec, "'\\u00e9\\n\\/\\ud83d\\udc0e'",
	      "|'\xc3\xa9\\n/\xf0\x9f\x90\x8e'");
	/* NUL cannot stand in a C string; the text is not cut short. */
	check(&spec, "{'a\\u0000b':'x\\u0000'}",
	      "|{'a\xef\xbf\xbd" "b':'x\xef\xbf\xbd'}");
}

static void
test_list(void **state)
{
	struct json_spec spec = { .items = paths_items };

	(void)state;
	check(&spec,
	      "{'kind':'PodList','items':[{'a':1},{'b':[2]},3,null,[]],"
	      "'metadata':{'continue':'x','items':[9]}}",
	      "items={'a':1};items={'b':[2]};items=3;items=null;items=[];"
	      "|{'kind':'PodList','items':[],"
	      "'metadata':{'continue':'x','items':[9]}}");
	/* What is called items but is no array belongs to the rest. */
	check(&spec, "{'items':null}", "|{'items':null}");
	check(&spec, "{'items':{'items':[1]}}", "|{'items':{'items':[1]}}");
	check(&spec, "{'items':[]}", "|{'items':[]}");
	check(&spec, "[{'items':[1]}]", "|[{'items':[1]}]");
	/* Twice the same name: the elements of both. */
	check(&spec, "{'items':[1],'items':[2]}",
	      "items=1;items=2;|{'items':[],'items':[]}");
}

static void
test_nested_paths(void **state)
{
	static const char *const paths[] = { "kubernetes.pods", "aws.groups",
					     "kubernetes.nodes", "acts",
					     NULL };
	struct json_spec spec = { .items = paths };

	(void)state;
	check(&spec,
	      "{'kubernetes':{'pods':[{'kubernetes':{'pods':[1]}}],"
	      "'nodes':[2],'other':[3]},'acts':[4],'pods':[5],"
	      "'aws':{'pods':[6],'groups':[7,8]},'aws.groups':[9]}",
	      "kubernetes.pods={'kubernetes':{'pods':[1]}};"
	      "kubernetes.nodes=2;acts=4;aws.groups=7;aws.groups=8;"
	      "|{'kubernetes':{'pods':[],'nodes':[],'other':[3]},'acts':[],"
	      "'pods':[5],'aws':{'pods':[6],'groups':[]},'aws.groups':[9]}");
}

static void
test_watch_stream(void **state)
{
	static const char *const paths[] = { "", NULL };
	struct json_spec spec = { .items = paths, .many = true };

	(void)state;
	check(&spec, "{'type':'ADDED'}\n{'type':'DELETED'}{'c':[]}\n\n",
	      "={'type':'ADDED'};={'type':'DELETED'};={'c':[]};");
	check(&spec, "1 2\n'x'true null", "=1;=2;='x';=true;=null;");
	check(&spec, " \n", "");
}

/* Each value is handed over with its last byte, not with the next one. */
static void
test_watch_values_come_at_once(void **state)
{
	static const char *const paths[] = { "", NULL };
	static const char text[] = "{\"a\":[{}]}\n{\"b\":1}";
	struct heard h = { .stop_after = 0 };
	struct json_spec spec = { .items = paths, .many = true,
				  .on_item = on_item, .ctx = &h };
	struct json_reader *r = json_reader_new(&spec);
	struct err err;

	(void)state;
	buf_init(&h.text, 1000);
	for (size_t i = 0; text[i]; i++) {
		assert_ok(json_reader_feed(r, text + i, 1, &err), &err);
		assert_int_equal(h.items, (i >= 9) + (i >= 17));
	}
	assert_ok(json_reader_end(r, &err), &err);
	buf_fini(&h.text);
	json_reader_free(r);
}

static void
test_rest_of_each_value(void **state)
{
	struct json_spec spec = { .items = NULL, .many = true };
	struct json_reader *r = json_reader_new(&spec);
	struct err err;

	(void)state;
	assert_null(json_reader_rest(r));
	assert_ok(json_reader_feed(r, "{\"a\":1}", 7, &err), &err);
	assert_text_equal(tree_text(tree_get(json_reader_rest(r), "a")), "1");
	assert_ok(json_reader_feed(r, "{\"a\":", 5, &err), &err);
	assert_null(json_reader_rest(r));
	assert_ok(json_reader_feed(r, "2}", 2, &err), &err);
	assert_text_equal(tree_text(tree_get(json_reader_rest(r), "a")), "2");
	json_reader_free(r);
}

static void
test_skip(void **state)
{
	static const char *const skip[] = { "managedFields", "env", "x",
					    NULL };
	struct json_spec spec = { .items = paths_items, .skip = skip };

	(void)state;
	check(&spec,
	      "{'items':[{'env':[{'env':1},[2]],'a':1,'x':'y','x':null,"
	      "'b':{'managedFields':{'items':[{}]},'c':3,'x':true},'x':7},"
	      "{'envy':4}],'x':{'y':[[]]},'z':5}",
	      "items={'a':1,'x':'y','x':null,'b':{'c':3,'x':true},'x':7};"
	      "items={'envy':4};"
	      "|{'items':[],'z':5}");
	/* Skipped is not unread: its grammar counts. */
	struct heard h = { .stop_after = 0 };

	assert_text_contains(read_all(&spec, &h, "{\"x\":[1,}", 9, 3),
			     "not valid JSON");
	buf_fini(&h.text);
}

static void
test_items_can_stop_the_reader(void **state)
{
	struct json_spec spec = { .items = paths_items };
	struct heard h = { .stop_after = 2 };

	(void)state;
	assert_text_equal(read_all(&spec, &h, "{\"items\":[1,2,3]}", 17, 4),
			  "enough");
	assert_int_equal(h.items, 2);
	buf_fini(&h.text);
}

static void
check_bad(const struct json_spec *spec, const char *text, size_t len,
	  const char *says)
{
	struct heard h = { .stop_after = 0 };

	for (size_t step = 1; step <= len + 1; step = step * 3 + 1) {
		const char *got = read_all(spec, &h, text, len, step);

		buf_fini(&h.text);
		if (!*got)
			fail_msg("accepted %s", text);
		assert_text_contains(got, says);
		/* Sentences for people hold no raw bytes of the input. */
		for (const char *p = got; *p; p++)
			assert_in_range((unsigned char)*p, 0x20, 0x7e);
	}
}

static void
test_refusals(void **state)
{
	static const char *const rows[] = {
		"", " ", "{", "[", "\"abc", "tru", "truex", "nul", "-", "1.",
		"1e", "01", "+1", ".5", "{]", "[}", "[1,]", "{\"a\":1,}",
		"{\"a\"}", "{\"a\":}", "{1:2}", "{'a':1}", "[1 2]", "1 2",
		"{} {}", "[]]", "1 tru", "{}\"abc", "[]-",
		"1 \"\\u00", "\"a\nb\"", "\"\x01\"", "\"\\x\"",
		"\"\\u12g4\"", "// c\n1", "/* c */1", "NaN", "Infinity",
		"\xef\xbb\xbf{}", "{\"a\":\x1b[2J}", "undefined",
		/* UTF-8 that yajl itself lets pass. */
		"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
		"\"\xf4\x90\x80\x80\"", "\"abcdefgh\xc3\"", "{\"\xff\":1}",
	};
	static const char *const skip[] = { "s", NULL };
	struct json_spec spec = { .items = NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_bad(&spec, rows[i], strlen(rows[i]), "byte ");
	spec.skip = skip;
	check_bad(&spec, "{\"s\":\"\xff\"}", 9, "not valid UTF-8");
	/* A NUL byte is not white space, nor an end. */
	check_bad(&spec, "{}\0", 3, "byte ");
	check_bad(&spec, "\0", 1, "byte ");
	spec.many = true;
	check_bad(&spec, "{}{", 3, "byte 3: not valid JSON");
	check_bad(&spec, "{}]", 3, "not valid JSON");
	check_bad(&spec, "tru", 3, "not valid JSON");
	/* A token cut short behind a whole value. */
	check_bad(&spec, "{} tru", 6, "byte 6: not valid JSON: ");
	check_bad(&spec, "{}\n\"abc", 7, "premature EOF");
	check_bad(&spec, "1 -", 3, "not valid JSON");
}

/* One bad byte is found wherever it stands, in texts of every length. */
static void
test_a_bad_byte_anywhere(void **state)
{
	struct json_spec spec = { .items = NULL };
	char text[40];

	(void)state;
	for (size_t len = 1; len <= 26; len++) {
		for (size_t at = 0; at < len; at++) {
			memset(text, 'a', sizeof(text));
			text[0] = text[len + 1] = '"';
			text[at + 1] = '\xff';
			check_bad(&spec, text, len + 2, "not valid UTF-8");
		}
	}
}

static void
test_errors_say_where(void **state)
{
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };

	(void)state;
	assert_null(json_parse(a, "{\"a\": 1, \"b\": ?}", 16, &err));
	assert_int_equal(err.code, ERR_BAD);
	assert_text_contains(err.text, "byte 15: not valid JSON: ");
	assert_null(json_parse(a, "[\"aaaa\xff\"]", 9, &err));
	assert_text_contains(err.text, "valid UTF-8");
	assert_null(json_parse(a, "[1", 2, NULL));
	arena_free(a);
}

/* `open` again and again, each of some levels, up to and past the limit. */
static void
check_depth(const char *open, const char *close, uint32_t levels,
	    const char *const *skip)
{
	enum { MOST = 12 };

	for (uint32_t n = MOST - 1; n <= MOST + 1; n++) {
		struct json_spec spec = { .items = paths_items,
					  .skip = skip,
					  .depth_limit = MOST * levels };
		struct heard h = { .stop_after = 0 };
		struct buf b;
		const char *got;

		buf_init(&b, 1 << 20);
		for (uint32_t i = 0; i < n; i++)
			buf_puts(&b, open);
		buf_puts(&b, "1");
		for (uint32_t i = 0; i < n; i++)
			buf_puts(&b, close);
		got = read_all(&spec, &h, buf_text(&b), b.len, 7);
		if (n <= MOST)
			assert_text_equal(got, "");
		else
			assert_text_contains(got, "nested deeper than");
		buf_fini(&h.text);
		buf_fini(&b);
	}
}

static void
test_depth(void **state)
{
	static const char *const skip[] = { "a", NULL };
	struct json_spec spec = { .items = NULL };
	struct heard h = { .stop_after = 0 };
	char *bomb = xmalloc(1000000);

	(void)state;
	check_depth("[", "]", 1, NULL);
	check_depth("{\"a\":", "}", 1, NULL);
	check_depth("{\"items\":[", "]}", 2, NULL);
	check_depth("{\"a\":", "}", 1, skip);
	memset(bomb, '[', 1000000);
	assert_text_contains(read_all(&spec, &h, bomb, 1000000, 4096),
			     "byte 65: JSON nested deeper than 64 levels");
	buf_fini(&h.text);
	free(bomb);
}

static void
test_item_limit(void **state)
{
	struct json_spec spec = { .items = paths_items,
				  .item_limit_bytes = 20000 };
	struct heard h = { .stop_after = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	/* Many items pass that together exceed the limit. */
	buf_puts(&b, "{\"items\":[");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%s{\"n\":%d}", i ? "," : "", i);
	buf_puts(&b, "]}");
	assert_text_equal(read_all(&spec, &h, b.at, b.len, 999), "");
	assert_int_equal(h.items, 5000);
	buf_fini(&h.text);

	/* One item of many nodes does not, nor one endless string. */
	buf_reset(&b);
	buf_puts(&b, "{\"items\":[[");
	for (int i = 0; i < 2000; i++)
		buf_puts(&b, "1,");
	assert_text_contains(read_all(&spec, &h, b.at, b.len, 999),
			     "larger than 20000 bytes");
	buf_fini(&h.text);
	buf_reset(&b);
	buf_puts(&b, "{\"items\":[\"");
	for (int i = 0; i < 30000; i++)
		buf_putc(&b, 'x');
	assert_text_contains(read_all(&spec, &h, b.at, b.len, 999),
			     "larger than 20000 bytes");
	buf_fini(&h.text);
	/* What is left out may be as large as it likes, in short tokens. */
	static const char *const skip[] = { "s", NULL };

	spec.skip = skip;
	buf_reset(&b);
	buf_puts(&b, "{\"items\":[{\"s\":[0");
	for (int i = 0; i < 30000; i++)
		buf_puts(&b, ",1");
	buf_puts(&b, "]}]}");
	assert_text_equal(read_all(&spec, &h, b.at, b.len, 999), "");
	buf_fini(&h.text);
	buf_fini(&b);
}

static void
test_same_name_twice(void **state)
{
	struct arena *a = arena_new();
	const struct tree *t = parse_text(a, "{'a':1,'b':2,'a':3}");

	(void)state;
	assert_int_equal(t->len, 3);
	assert_text_equal(tree_text(tree_get(t, "a")), "1");
	arena_free(a);
}

static void
test_parse_leaves_the_arena_alone(void **state)
{
	struct arena *a = arena_new();
	char *before = arena_strdup(a, "before");
	const struct tree *one = parse_text(a, "{'k':'one'}");
	const struct tree *two = parse_text(a, "{'k':'two'}");

	(void)state;
	assert_text_equal(before, "before");
	assert_text_equal(tree_text(tree_get(one, "k")), "one");
	assert_text_equal(tree_text(tree_get(two, "k")), "two");
	arena_free(a);
}

/* Random documents with random cuts say the same as when fed whole. */
static void
random_value(struct buf *b, struct dice *d, int depth)
{
	static const char *const scalars[] = {
		"0", "-12.5e3", "true", "null", "\"\"", "\"a\\\"b\\u00e9\"",
		"\"\xe6\x97\xa5\xf0\x9f\x90\x8e\"", "\"skipme\"",
	};
	static const char *const names[] = { "a", "items", "skip", "b\\n",
					     "\xc3\xa9" };
	uint32_t kind = dice_below(d, depth > 5 ? 2 : 4);
	uint32_t n = dice_below(d, 5);

	if (kind < 2) {
		buf_puts(b, scalars[dice_below(d, ARRAY_LEN(scalars))]);
		return;
	}
	buf_putc(b, kind == 2 ? '[' : '{');
	for (uint32_t i = 0; i < n; i++) {
		buf_puts(b, i ? " , " : " ");
		if (kind == 3)
			buf_printf(b, "\"%s\" : ",
				   names[dice_below(d, ARRAY_LEN(names))]);
		random_value(b, d, depth + 1);
	}
	buf_putc(b, kind == 2 ? ']' : '}');
}

static void
test_random_cuts(void **state)
{
	static const char *const skip[] = { "skip", NULL };
	struct json_spec spec = { .items = paths_items, .skip = skip };
	struct dice dice = dice_new(31);

	(void)state;
	for (int i = 0; i < rounds(1500); i++) {
		struct heard whole = { .stop_after = 0 };
		struct heard cut = { .stop_after = 0 };
		struct buf b;

		buf_init(&b, 1 << 20);
		buf_puts(&b, "{\"items\":[");
		random_value(&b, &dice, 0);
		buf_puts(&b, "],\"x\":");
		random_value(&b, &dice, 0);
		buf_puts(&b, "}");
		assert_text_equal(read_all(&spec, &whole, b.at, b.len, b.len),
				  "");
		assert_text_equal(read_all(&spec, &cut, b.at, b.len,
					   1 + dice_below(&dice, 9)), "");
		assert_text_equal(buf_text(&cut.text), buf_text(&whole.text));
		buf_fini(&whole.text);
		buf_fini(&cut.text);
		buf_fini(&b);
	}
}

SUITE(json,
	TEST(test_plain_values),
	TEST(test_list),
	TEST(test_nested_paths),
	TEST(test_watch_stream),
	TEST(test_watch_values_come_at_once),
	TEST(test_rest_of_each_value),
	TEST(test_skip),
	TEST(test_items_can_stop_the_reader),
	TEST(test_refusals),
	TEST(test_a_bad_byte_anywhere),
	TEST(test_errors_say_where),
	TEST(test_depth),
	TEST(test_item_limit),
	TEST(test_same_name_twice),
	TEST(test_parse_leaves_the_arena_alone),
	TEST(test_random_cuts));
