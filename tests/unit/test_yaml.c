/*
 * YAML in and out: scalars, lines, what is refused and how it is said.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/net/yaml.h"
#include "tests/unit/check.h"

/* The tree as compact JSON (new), or the error's sentence. */
static char *
as_json(const char *text)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	const struct tree *t = yaml_parse(a, "f.yaml", text, strlen(text),
					  &err);
	struct buf out;

	buf_init(&out, 1 << 20);
	if (t) {
		struct jsonw *w = jsonw_new_buf(&out, false);

		jsonw_tree(w, t);
		assert_true(jsonw_done(w));
		assert_int_equal(err.code, ERR_NONE);
	} else {
		assert_int_not_equal(err.code, ERR_NONE);
		buf_puts(&out, err.text);
	}
	arena_free(a);
	return buf_take(&out, NULL);
}

static void
test_values(void **state)
{
	static const char *const cases[][2] = {
		{ "", "null" },
		{ "# nothing\n", "null" },
		{ "a: 1\nb: [x, 'y', \"z\"]\n",
		  "{\"a\":1,\"b\":[\"x\",\"y\",\"z\"]}" },
		{ "[~, null, Null, NULL, nul, ]",
		  "[null,null,null,null,\"nul\"]" },
		{ "[true, False, TRUE, yes, on, 'true']",
		  "[true,false,true,\"yes\",\"on\",\"true\"]" },
		{ "[0, -12, 1.5, 1e3, -1E-2, .5, 1., -.25e2]",
		  "[0,-12,1.5,1e3,-1E-2,0.5,1.0,-0.25e2]" },
		{ "[007, +1, 0x1f, 0o17, 1_000, 1.2.3, -, ., .inf, 1e]",
		  "[\"007\",\"+1\",\"0x1f\",\"0o17\",\"1_000\",\"1.2.3\","
		  "\"-\",\".\",\".inf\",\"1e\"]" },
		{ "[\"1\", '1', !!str 1, !!int \"1\", ! 1]",
		  "[\"1\",\"1\",\"1\",1,\"1\"]" },
		{ "a: |\n  x\n  y\nb: >-\n  x\n  y\n",
		  "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}" },
		{ "1: a\ntrue: b\n", "{\"1\":\"a\",\"true\":\"b\"}" },
		{ "a: &x [1]\nb: *x\nc: *x\n",
		  "{\"a\":[1],\"b\":[1],\"c\":[1]}" },
		{ "{\"json\": {\"works\": [true]}}",
		  "{\"json\":{\"works\":[true]}}" },
		{ "a: ''\nb:\n", "{\"a\":\"\",\"b\":null}" },
		{ "---\na: 1\n...\n", "{\"a\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *got = as_json(cases[i][0]);

		assert_text_equal(got, cases[i][1]);
		free(got);
	}
}

static void
test_refusals(void **state)
{
	static const char *const cases[][2] = {
		{ "a: 1\nb: 2\na: 3\n",
		  "f.yaml:3: the key \"a\" is there twice" },
		{ "a: 1\n---\nb: 2\n", "f.yaml:2: only one document" },
		{ "a: [1, 2\nb: 3\n", "f.yaml:2: " },
		{ "a: b: c\n", "f.yaml:1: " },
		{ "a:\n\t- b\n", "f.yaml:2: " },
		{ "? [x]\n: 1\n", "f.yaml:1: a key must be a word" },
		{ "a: *nothing\n", "f.yaml:1: an alias to nothing" },
		{ "a: &x\n  b: *x\n", "f.yaml:2: an alias to what holds it" },
		{ "x: &x {}\n*x : 1\n", "f.yaml:2: an alias cannot be a key" },
		{ "d: &d {a: 1}\ne:\n  <<: *d\n", "f.yaml:3: merge keys" },
		{ "a: !vault x\n", "f.yaml:1: a tag of an unknown kind" },
		{ "a: \"x\\0y\"\n", "f.yaml:1: a text holds a NUL" },
		{ "a: \"\xff\"\n", "f.yaml:1: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *got = as_json(cases[i][0]);

		assert_text_contains(got, cases[i][1]);
		free(got);
	}
}

static void
test_lines(void **state)
{
	struct arena *a = arena_new();
	static const char text[] = "a: 1\n\nb:\n  - x\n  - c: 2\n";
	const struct tree *t = yaml_parse(a, "f", text, strlen(text), NULL);

	(void)state;
	assert_int_equal(tree_get(t, "a")->line, 1);
	assert_int_equal(tree_index(tree_get(t, "b"), 0)->line, 4);
	assert_int_equal(tree_get(tree_index(tree_get(t, "b"), 1), "c")->line,
			 5);
	arena_free(a);
}

/* Sizes that must end quickly, in an error. */
static void
test_bombs(void **state)
{
	struct buf b;
	char *got;

	(void)state;
	buf_init(&b, 64 << 20);
	for (int i = 0; i < 200000; i++)
		buf_putc(&b, '[');
	got = as_json(buf_text(&b));
	assert_text_contains(got, "f.yaml:1: nested too deeply");
	free(got);
	buf_reset(&b);
	buf_puts(&b, "a: &a [1,1,1,1,1,1,1,1,1,1]\n");
	for (int i = 'b'; i < 'k'; i++)
		buf_printf(&b, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n",
			   i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
			   i - 1, i - 1);
	got = as_json(buf_text(&b));
	assert_text_contains(got, "too many values");
	free(got);
	/* many keys are no quadratic matter, and still checked */
	buf_reset(&b);
	for (int i = 0; i < 200000; i++)
		buf_printf(&b, "k%d:\n", i);
	buf_puts(&b, "k77777:\n");
	got = as_json(buf_text(&b));
	assert_text_contains(got,
			     "f.yaml:200001: the key \"k77777\" is there");
	free(got);
	buf_reset(&b);
	for (int i = 0; i < (4 << 20) + 1; i++)
		buf_putc(&b, ' ');
	got = as_json(buf_text(&b));
	assert_text_contains(got, "larger than 4 MiB");
	free(got);
	buf_fini(&b);
}

static void
test_files(void **state)
{
	char *folder = temporary_new(), *path = xasprintf("%s/c.yaml", folder);
	struct arena *a = arena_new();
	struct err err = { 0 };
	FILE *f;

	(void)state;
	assert_null(yaml_read(a, path, &err));
	assert_int_equal(err.code, ERR_IO);
	assert_text_contains(err.text, path);
	f = fopen(path, "w");
	fputs("a: {b: [c]}\n", f);
	fclose(f);
	assert_text_equal(tree_text(tree_index(
				  tree_at(yaml_read(a, path, &err), "a.b"), 0)),
			  "c");
	err = (struct err){ 0 };
	assert_null(yaml_read(a, folder, &err));
	assert_text_contains(err.text, folder);
	arena_free(a);
	free(path);
	temporary_remove(folder);
}

static void
test_writing(void **state)
{
	struct arena *a = arena_new();
	const struct tree *t = parse_text(a,
		"{'kind':'Pod','n':3,'yes':true,'nothing':null,'e':{},'l':[],"
		"'args':['a','b: c','yes','1','0x1f','- d','','#x',' y','1:20',"
		"'null','~','2026-02-18','x\\ny\\n','tab\\there'],"
		"'deep':[{'k':[{'z':1}]}]}");
	const struct tree *back;
	struct err err = { 0 };
	struct buf out, one, two;
	struct jsonw *w;

	(void)state;
	buf_init(&out, 1 << 20);
	buf_init(&one, 1 << 20);
	buf_init(&two, 1 << 20);
	yaml_write(&out, t);
	assert_text_contains(buf_text(&out), "kind: Pod\n\"n\": 3\n");
	/* What YAML 1.1 would read as something else is quoted. */
	assert_text_contains(buf_text(&out), "- \"yes\"\n");
	assert_text_contains(buf_text(&out), "- \"2026-02-18\"\n");
	assert_text_contains(buf_text(&out), "|\n");
	back = yaml_parse(a, "out", buf_text(&out), out.len, &err);
	assert_ok(back != NULL, &err);
	w = jsonw_new_buf(&one, false);
	jsonw_tree(w, t);
	assert_true(jsonw_done(w));
	w = jsonw_new_buf(&two, false);
	jsonw_tree(w, back);
	assert_true(jsonw_done(w));
	assert_text_equal(buf_text(&two), buf_text(&one));
	buf_fini(&out);
	buf_fini(&one);
	buf_fini(&two);
	arena_free(a);
}

SUITE(yaml,
      TEST(test_values),
      TEST(test_refusals),
      TEST(test_lines),
      TEST(test_bombs),
      TEST(test_files),
      TEST(test_writing));
