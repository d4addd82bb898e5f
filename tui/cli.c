/*
 * What the commands of the command line share.
 */
#include "tui/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend/base/buf.h"
#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/control/config.h"
#include "backend/net/yaml.h"

enum { POLICY_FILE_LIMIT = 1 << 20, TURN_MS = 50 };

int
cli_fail(const struct err *err)
{
	char line[1024];

	text_clean_to(line, sizeof(line), err->text, strlen(err->text));
	fflush(stdout);
	fprintf(stderr, "paddock: %s\n", line);
	if (err->code == ERR_USAGE)
		fprintf(stderr, "see `paddock --help`\n");
	return err_exit_code(err->code);
}

void
cli_print(const char *text, size_t len)
{
	struct buf clean;

	buf_init(&clean, SIZE_MAX);
	text_clean(&clean, text, len, TEXT_LINES);
	fwrite(buf_text(&clean), 1, clean.len, stdout);
	buf_fini(&clean);
}

static bool
read_small_file(const char *path, struct buf *out, struct err *err)
{
	char piece[4096];
	size_t got;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(err, ERR_CONFIG, "cannot read %s: %m", path);
	while ((got = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, got);
	if (ferror(f)) {
		fclose(f);
		return err_set(err, ERR_CONFIG, "cannot read %s: %m", path);
	}
	fclose(f);
	if (!buf_ok(out))
		return err_set(err, ERR_CONFIG, "%s is larger than %d bytes",
			       path, POLICY_FILE_LIMIT);
	return true;
}

/* YAML reads JSON too, so that one reader serves both. */
static bool
policy_file(struct policy *p, const char *path, struct err *err)
{
	struct arena *a = arena_new();
	struct buf text;
	const struct tree *t;
	bool ok = false;

	buf_init(&text, POLICY_FILE_LIMIT);
	if (!read_small_file(path, &text, err))
		goto out;
	t = yaml_parse(a, path, buf_text(&text), text.len, err);
	if (!t) {
		if (err)
			err->code = ERR_CONFIG;
		goto out;
	}
	/* A whole world file or configuration may be given as well. */
	if (tree_get(t, "policy"))
		t = tree_get(t, "policy");
	ok = policy_read(p, t, path, err);
	if (!ok && err)
		err->code = ERR_CONFIG;
out:
	buf_fini(&text);
	arena_free(a);
	return ok;
}

bool
cli_policy_apply(struct policy *p, const struct options *o, struct err *err)
{
	if (o->policy && !policy_file(p, o->policy, err))
		return false;
	for (uint32_t i = 0; i < o->set.n; i++) {
		const char *equals = strchr(o->set.at[i], '=');
		char *key = xstrndup(o->set.at[i],
				     (size_t)(equals - o->set.at[i]));
		bool ok = policy_set(p, key, equals + 1, NULL, err);

		free(key);
		if (!ok) {
			err->code = ERR_USAGE;
			return err_prefix(err, "--set %s",
					  o->set.at[i]);
		}
	}
	return policy_check(p, err);
}

static void
say_note(void *ctx, const char *key, const char *note)
{
	(void)ctx;
	fprintf(stderr, "paddock: policy %s: %s\n", key, note);
}

void
cli_policy_notes(const struct policy *p)
{
	policy_notes(p, say_note, NULL);
}

struct policy *
cli_policy(const struct options *o, struct err *err)
{
	struct config *c = config_load(o->config, err);
	struct policy *p = c ? policy_new(POLICY_LIVE) : NULL;

	if (p && (!config_policy(c, p, err) || !cli_policy_apply(p, o, err))) {
		policy_unref(p);
		p = NULL;
	}
	config_free(c);
	return p;
}

/* A world file brings its own policy; the person's keys go on top of it. */
static bool
adjust(const void *ctx, struct policy *p, struct err *err)
{
	return cli_policy_apply(p, ctx, err);
}

void
cli_backend_config(const struct options *o, struct backend_config *out)
{
	*out = (struct backend_config){
		.kubeconfig = o->kubeconfig,
		.context = o->context,
		.ns = o->ns,
		.region = o->region,
		.world_file = o->world,
		.record_dir = o->record,
		.config_file = o->config,
		.no_aws = o->no_aws,
		.no_gitlab = o->no_gitlab,
		.read_only = o->read_only,
		.write_reason = o->write_reason,
		.frozen_ms = o->now_ms,
		.adjust = adjust,
		.adjust_ctx = o,
	};
}

bool
cli_open(struct cli_session *s, const struct options *o, const char *via,
	 bool engine, struct err *err)
{
	struct backend_config config;

	*s = (struct cli_session){ 0 };
	s->policy = cli_policy(o, err);
	if (!s->policy)
		goto fail;
	if (o->policy || o->set.n)
		cli_policy_notes(s->policy);
	cli_backend_config(o, &config);
	config.via = via;
	config.engine = engine;
	config.policy = o->world ? NULL : s->policy;
	s->port = port_new();
	s->backend = backend_new(&config, s->port, err);
	if (s->backend)
		return true;
fail:
	cli_close(s);
	return false;
}

void
cli_close(struct cli_session *s)
{
	if (s->backend)
		backend_free(s->backend);
	snapshot_unref(s->snap);
	if (s->port)
		port_free(s->port);
	policy_unref(s->policy);
	*s = (struct cli_session){ 0 };
}

void
cli_turn(struct cli_session *s)
{
	const struct snapshot *newer;

	backend_turn(s->backend, TURN_MS);
	newer = port_take(s->port);
	if (newer) {
		snapshot_unref(s->snap);
		s->snap = newer;
	}
}

static bool
source_settled(const struct source_status *st)
{
	return st->state == SOURCE_LIVE || st->state == SOURCE_OFF;
}

bool
cli_wait(struct cli_session *s, unsigned mask, int64_t deadline_ms,
	 struct err *err)
{
	int64_t end = clock_boot_ms(&clock_system) + deadline_ms;

	for (;;) {
		bool all = s->snap != NULL;

		for (int i = 0; all && i < SOURCE_COUNT; i++) {
			const struct source_status *st = &s->snap->source[i];

			if (!(mask & (1u << i)) || source_settled(st))
				continue;
			all = false;
			/* A broken credential does not heal by waiting. */
			if (st->state == SOURCE_FAILED)
				return err_set(err, st->trouble_code, "%s",
					       st->trouble);
		}
		if (all)
			return true;
		if (clock_boot_ms(&clock_system) >= end)
			break;
		cli_turn(s);
	}
	for (int i = 0; i < SOURCE_COUNT; i++) {
		const struct source_status *st =
			s->snap ? &s->snap->source[i] : NULL;

		if ((mask & (1u << i)) && (!st || !source_settled(st)))
			return err_set(err,
				       st && st->trouble_code
					       ? st->trouble_code
					       : ERR_UNREACHABLE,
				       "%s did not answer within %lld s%s%s",
				       source_name(i),
				       (long long)(deadline_ms / 1000),
				       st && *st->trouble ? ": " : "",
				       st ? st->trouble : "");
	}
	return err_set(err, ERR_UNREACHABLE, "nothing answered");
}

void
cli_settle(struct cli_session *s, int64_t deadline_ms)
{
	int64_t end = clock_boot_ms(&clock_system) + deadline_ms;

	while (!backend_is_settled(s->backend) &&
	       clock_boot_ms(&clock_system) < end)
		cli_turn(s);
	snapshot_unref(s->snap);
	s->snap = backend_look(s->backend);
}

char *
cli_state_path(const char *name)
{
	const char *base = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *dir, *path;

	/* The specification says that relative paths are to be ignored. */
	if (base && *base == '/')
		dir = xasprintf("%s/paddock", base);
	else if (home && *home == '/')
		dir = xasprintf("%s/.local/state/paddock", home);
	else
		return NULL;
	for (char *p = dir + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(dir, 0700);
		*p = '/';
	}
	mkdir(dir, 0700);
	path = xasprintf("%s/%s", dir, name);
	free(dir);
	return path;
}

/* The one live object whose name begins with the word, as "ns/name" or "name":
 * screens show nodes without their domain.  Unchanged when there are none or
 * several. */
static void
begins_with(const struct snapshot *snap, enum kind kind, const char *ns,
	    const char *word, char *out, size_t room)
{
	const struct slot *slot, *found = NULL;

	for (uint32_t i = 0; (slot = snapshot_next(snap, kind, &i, NULL));) {
		if (slot->ended || !*word ||
		    !str_has_prefix(record_name(slot->rec), word) ||
		    (*ns && strcmp(record_ns(slot->rec), ns) != 0))
			continue;
		if (found)
			return;
		found = slot;
	}
	if (found)
		snprintf(out, room, "; did you mean %s%s%s?",
			 record_ns(found->rec),
			 *record_ns(found->rec) ? "/" : "",
			 record_name(found->rec));
}

/* "ns/name" or "name" as the object the snapshot shows: identity and version
 * travel with the command, so that a replaced object is refused. */
bool
cli_find_target(const struct snapshot *snap, enum kind kind,
		const char *word, bool ended_too, struct target *t,
		struct err *err)
{
	const char *slash = strchr(word, '/');
	char ns[64] = "", meant[TARGET_NAME + 80] = "";
	const char *name = word;
	struct handle h;
	const struct slot *slot;

	if (slash) {
		if ((size_t)(slash - word) >= sizeof(ns))
			return err_set(err, ERR_USAGE,
				       "\"%s\" is no namespace/name", word);
		memcpy(ns, word, (size_t)(slash - word));
		name = slash + 1;
	}
	if (kind == KIND_POD && !slash) {
		begins_with(snap, kind, "", name, meant, sizeof(meant));
		return err_set(err, ERR_USAGE,
			       "a pod is named NAMESPACE/NAME, found \"%s\"%s",
			       word, meant);
	}
	h = snapshot_find(snap, kind, slash ? ns : NULL, name);
	slot = snapshot_slot(snap, h);
	if (!slot || (slot->ended && !ended_too)) {
		begins_with(snap, kind, ns, name, meant, sizeof(meant));
		return err_set(err, ERR_GONE, "there is no %s \"%s\"%s",
			       kind_name(kind), word, meant);
	}
	*t = (struct target){ .handle = h };
	snprintf(t->ns, sizeof(t->ns), "%s", record_ns(slot->rec));
	snprintf(t->name, sizeof(t->name), "%s", record_name(slot->rec));
	snprintf(t->uid, sizeof(t->uid), "%s", record_uid(slot->rec));
	snprintf(t->rv, sizeof(t->rv), "%s", record_rv(slot->rec));
	return true;
}
