/*
 * Protobuf bodies, written here byte by byte as Go's encoder does: every field
 * that is no pointer, also when it is empty.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/proto.h"
#include "tests/unit/sim_kube.h"

static void
varint(struct buf *b, uint64_t n)
{
	for (; n > 127; n >>= 7)
		buf_putc(b, (char)(0x80 | (n & 127)));
	buf_putc(b, (char)n);
}

static void
put_int(struct buf *b, unsigned field, uint64_t n)
{
	varint(b, field << 3);
	varint(b, n);
}

static void
put_bytes(struct buf *b, unsigned field, const void *at, size_t len)
{
	varint(b, field << 3 | 2);
	varint(b, len);
	buf_add(b, at, len);
}

static void
put_text(struct buf *b, unsigned field, const char *text)
{
	put_bytes(b, field, text, strlen(text));
}

/* Ends inner and puts it into outer. */
static void
put_message(struct buf *b, unsigned field, struct buf *inner)
{
	put_bytes(b, field, buf_text(inner), inner->len);
	buf_fini(inner);
}

static struct buf
message(void)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	return b;
}

static struct buf
envelope(const char *api, const char *kind, struct buf *object)
{
	struct buf out = message(), type = message();

	buf_add(&out, "k8s\0", 4);
	put_text(&type, 1, api);
	put_text(&type, 2, kind);
	put_message(&out, 1, &type);
	put_message(&out, 2, object);
	put_text(&out, 3, "");
	put_text(&out, 4, "");
	return out;
}

/* The decoded tree as text with single quotes; new. */
static char *
decoded(struct buf *bytes)
{
	json_t *tree = proto_decode(buf_text(bytes), bytes->len);
	char *text;

	buf_fini(bytes);
	if (!tree)
		return xstrdup("refused");
	text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(tree);
	for (char *c = text; *c; c++)
		if (*c == '"')
			*c = '\'';
	return text;
}

static struct buf
metadata(const char *name)
{
	struct buf m = message(), empty = message();

	put_text(&m, 1, name);
	put_text(&m, 2, "");
	put_text(&m, 3, "ci");
	put_text(&m, 5, "");
	put_int(&m, 7, 0);
	put_message(&m, 8, &empty);
	return m;
}

static void
test_eviction(void **state)
{
	struct buf e = message(), m = metadata("p"), o = message();
	struct buf pre = message(), all;
	char *text;

	(void)state;
	put_text(&pre, 1, "uid-1");
	put_int(&o, 1, 0); /* a pointer: the zero is meant */
	put_message(&o, 2, &pre);
	put_message(&e, 1, &m);
	put_message(&e, 2, &o);
	all = envelope("policy/v1", "Eviction", &e);
	text = decoded(&all);
	assert_text_equal(text,
			  "{'apiVersion':'policy/v1','deleteOptions':{"
			  "'gracePeriodSeconds':0,'preconditions':{'uid':"
			  "'uid-1'}},'kind':'Eviction','metadata':{'name':'p',"
			  "'namespace':'ci'}}");
	free(text);
}

static struct buf
container(void)
{
	struct buf c = message(), r = message(), entry = message();
	struct buf q = message(), probe = message(), handler = message();
	struct buf get = message(), port = message();

	put_text(&c, 1, "web");
	put_text(&c, 2, "nginx:1");
	put_text(&c, 5, "");
	put_text(&q, 1, "500m");
	put_text(&entry, 1, "cpu");
	put_message(&entry, 2, &q);
	put_message(&r, 2, &entry);
	put_message(&c, 8, &r);
	/* Probe: its handler's members are its own in JSON. */
	put_int(&port, 1, 1);
	put_int(&port, 2, 0);
	put_text(&port, 3, "http");
	put_text(&get, 1, "/healthz");
	put_message(&get, 2, &port);
	put_message(&handler, 2, &get);
	put_message(&probe, 1, &handler);
	put_int(&probe, 2, 5);
	put_int(&probe, 3, 0);
	put_message(&c, 10, &probe);
	put_int(&c, 16, 0);
	return c;
}

static void
test_deployment(void **state)
{
	struct buf d = message(), m = metadata("web"), spec = message();
	struct buf template = message(), pod = message(), c = container();
	struct buf all;
	char *text;

	(void)state;
	put_message(&pod, 2, &c);
	put_text(&pod, 3, "");
	put_int(&pod, 11, 0); /* hostNetwork */
	put_message(&template, 2, &pod);
	put_int(&spec, 1, 0); /* replicas, a pointer */
	put_message(&spec, 3, &template);
	put_int(&spec, 5, 0); /* minReadySeconds, none */
	put_message(&d, 1, &m);
	put_message(&d, 2, &spec);
	all = envelope("apps/v1", "Deployment", &d);
	text = decoded(&all);
	assert_text_equal(
		text,
		"{'apiVersion':'apps/v1','kind':'Deployment','metadata':{"
		"'name':'web','namespace':'ci'},'spec':{'replicas':0,"
		"'template':{'spec':{'containers':[{'image':'nginx:1',"
		"'livenessProbe':{'httpGet':{'path':'/healthz','port':'http'},"
		"'initialDelaySeconds':5},'name':'web','resources':{"
		"'requests':{'cpu':'500m'}}}]}}}}");
	free(text);
}

static void
test_times_and_bytes(void **state)
{
	struct buf l = message(), spec = message(), t = message();
	struct buf s = message(), entry = message(), all;
	char *text;

	(void)state;
	put_int(&t, 1, 1771405200);
	put_int(&t, 2, 250000000);
	put_text(&spec, 1, "me");
	put_message(&spec, 4, &t);
	put_message(&l, 2, &spec);
	all = envelope("coordination.k8s.io/v1", "Lease", &l);
	text = decoded(&all);
	assert_text_contains(text, "'renewTime':'2026-02-18T09:00:00.250000Z'");
	free(text);

	put_text(&entry, 1, "k");
	put_bytes(&entry, 2, "v\0w", 3);
	put_message(&s, 2, &entry);
	all = envelope("v1", "Secret", &s);
	text = decoded(&all);
	assert_text_contains(text, "'data':{'k':'dgB3'}");
	free(text);
}

static void
test_rubbish_is_refused(void **state)
{
	struct buf e, m, all;
	struct dice d = { 99 };
	char *text;

	(void)state;
	e = message();
	all = envelope("v1", "Unicorn", &e);
	text = decoded(&all);
	assert_text_equal(text, "refused");
	free(text);
	assert_null(proto_decode("", 0));
	assert_null(proto_decode("k8s", 3));
	assert_null(proto_decode("k8s\0", 4));
	assert_null(proto_decode("json!", 5));
	/* Cut anywhere, or with a byte changed: a tree or a refusal. */
	for (int round = 0; round < 2000; round++) {
		json_t *tree;

		e = message();
		m = metadata("p");
		put_message(&e, 1, &m);
		all = envelope("policy/v1", "Eviction", &e);
		all.at[dice_below(&d, (uint32_t)all.len)] ^=
			(char)(1 << dice_below(&d, 8));
		tree = proto_decode(all.at, all.len -
						    dice_below(&d, 10));
		json_decref(tree);
		buf_fini(&all);
	}
}

static void
test_token_request(void **state)
{
	struct buf r = message(), m = metadata("sa"), spec = message(), all;
	char *text;

	(void)state;
	put_text(&spec, 1, "sts.amazonaws.com");
	put_int(&spec, 4, 600);
	put_message(&r, 1, &m);
	put_message(&r, 2, &spec);
	all = envelope("authentication.k8s.io/v1", "TokenRequest", &r);
	text = decoded(&all);
	assert_text_equal(text,
			  "{'apiVersion':'authentication.k8s.io/v1','kind':"
			  "'TokenRequest','metadata':{'name':'sa','namespace':"
			  "'ci'},'spec':{'audiences':['sts.amazonaws.com'],"
			  "'expirationSeconds':600}}");
	free(text);
}

/* Of a kind that only a CustomResourceDefinition describes nobody knows the
 * field numbers: 415, as the real server. */
static void
test_custom_kinds_are_not_read(void **state)
{
	static const char type[] = "application/vnd.kubernetes.protobuf";
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	sim_make(&x.s, "customresourcedefinitions", NULL,
		 "{'metadata':{'name':'things.example.com'},'spec':{'group':"
		 "'example.com','scope':'Namespaced','names':{'plural':"
		 "'things','kind':'Thing'},'versions':[{'name':'v1','served':"
		 "true,'storage':true}]}}");
	assert_int_equal(sim_call(&x, "POST", "/apis/example.com/v1/"
				  "namespaces/default/things", type, "k8s"),
			 415);
	assert_text_contains(sim_body(&x),
			     "'message':'the body of the request was in an "
			     "unknown format - accepted media types include: "
			     "application/json, application/yaml','reason':"
			     "'UnsupportedMediaType','code':415}");
	sim_kube_fini(&x);
}

SUITE(sim_kube_proto,
	TEST(test_eviction),
	TEST(test_deployment),
	TEST(test_times_and_bytes),
	TEST(test_token_request),
	TEST(test_custom_kinds_are_not_read),
	TEST(test_rubbish_is_refused));
