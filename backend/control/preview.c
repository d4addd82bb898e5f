/*
 * Previews from question to answer.
 */
#include "backend/control/preview.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"

/* Shown at once to one person; and how long an answer may take. */
enum { PREVIEWS = 16, PREVIEW_TEXT = 65536 };
#define ANSWER_MS ((int64_t)10 * 60 * 1000)

struct previews {
	struct backend *backend;
	VEC(struct preview *) list; /* oldest first */
	uint64_t last_ref;
};

static const struct action_ops *const families[] = {
	&action_cordon, &action_uncordon, &action_delete_pod,
	&action_scale,	&action_limits,	  &action_acknowledge,
	&action_hold,	&action_unhold,
};

/* ---- life ---- */

struct previews *
previews_new(struct backend *b)
{
	struct previews *p = xcalloc(1, sizeof(*p));

	p->backend = b;
	return p;
}

static void
free_preview(struct preview *p)
{
	struct previews *all = p->backend->previews;

	for (uint32_t i = 0; i < all->list.n; i++) {
		if (all->list.at[i] != p)
			continue;
		memmove(&all->list.at[i], &all->list.at[i + 1],
			(all->list.n - i - 1) * sizeof(all->list.at[0]));
		all->list.n--;
		break;
	}
	command_fini(&p->command);
	snapshot_unref(p->world);
	buf_fini(&p->text);
	free(p->targets);
	free(p->plan);
	free(p);
}

/* Frees it when nothing refers to it any more. */
static void
settle(struct preview *p)
{
	if (p->dropped && !p->waiting)
		free_preview(p);
}

void
previews_free(struct previews *p)
{
	if (!p)
		return;
	while (p->list.n) {
		p->list.at[0]->waiting = 0;
		free_preview(p->list.at[0]);
	}
	vec_free(&p->list);
	free(p);
}

bool
previews_busy(const struct previews *p)
{
	for (uint32_t i = 0; i < p->list.n; i++)
		if (p->list.at[i]->confirmed && !p->list.at[i]->dropped)
			return true;
	return false;
}

static struct preview *
find(struct backend *b, uint64_t ref)
{
	struct previews *all = b->previews;

	for (uint32_t i = 0; i < all->list.n; i++)
		if (all->list.at[i]->ref == ref && !all->list.at[i]->dropped)
			return all->list.at[i];
	return NULL;
}

static void
drop(struct preview *p)
{
	p->dropped = true;
	settle(p);
}

/* ---- answers ---- */

static void
reply(struct preview *p, enum reply_kind kind, enum err_code code)
{
	struct reply r = { .id = p->command.id,
			   .ref = p->ref,
			   .kind = (uint8_t)kind,
			   .code = (uint8_t)code,
			   .ask = (uint8_t)p->ask };

	snprintf(r.title, sizeof(r.title), "%s", p->title);
	snprintf(r.expect, sizeof(r.expect), "%s", p->expect);
	r.text = buf_take(&p->text, NULL);
	backend_reply(p->backend, &r);
	buf_reset(&p->text);
}

void
preview_title(struct preview *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->title, sizeof(p->title), fmt, args);
	va_end(args);
}

void
preview_ready(struct preview *p)
{
	struct err err = { .code = ERR_NONE };

	if (p->dropped) {
		settle(p);
		return;
	}
	p->ready = true;
	/* It would pin old pages for as long as the person thinks. */
	snapshot_unref(p->world);
	p->world = NULL;
	if (!gate_check(&p->backend->gate, backend_boot_ms(p->backend),
			&err)) {
		/* Looking is free; carrying it out is not: the reply says so
		 * by its code, and a confirmation that comes all the same is
		 * refused. */
		buf_printf(&p->text, "\nNot now: %s\n", err.text);
		p->ask = ASK_NOTHING;
	}
	reply(p, REPLY_PREVIEW, err.code);
}

void
preview_fail(struct preview *p, const struct err *err)
{
	if (!p->dropped) {
		buf_reset(&p->text);
		buf_puts(&p->text, err->text);
		p->ask = ASK_NOTHING;
		reply(p, p->confirmed ? REPLY_DONE : REPLY_PREVIEW, err->code);
	}
	drop(p);
}

static void
drop_last_newline(struct buf *b)
{
	if (b->len && b->at[b->len - 1] == '\n')
		b->at[--b->len] = '\0';
}

static void
finish(struct preview *p)
{
	enum err_code code = ERR_NONE;

	if (p->failed)
		code = p->succeeded ? ERR_PARTIAL : p->err.code;
	if (code && p->target_n == 1) /* one sentence, not a list */
		drop_last_newline(&p->text);
	p->ask = ASK_NOTHING;
	snprintf(p->title, sizeof(p->title), "%s", p->ops->row->verb);
	reply(p, REPLY_DONE, code);
	drop(p);
}

static void
go_on(struct preview *p)
{
	struct err err;

	if (p->next >= p->target_n) {
		finish(p);
		return;
	}
	if (p->stopped) {
		err_set(&err, ERR_CANCELLED, "stopped before it was sent");
		preview_step_done(p, &err, NULL);
		return;
	}
	p->ops->step(p);
}

void
preview_step_done(struct preview *p, const struct err *err, const char *what)
{
	if (err->code) {
		p->failed++;
		if (!p->err.code)
			p->err = *err;
	} else {
		p->succeeded++;
	}
	buf_printf(&p->text, "%s: %s\n", p->targets[p->next].name,
		   err->code ? err->text : what);
	p->next++;
	p->tries = 0;
	go_on(p);
}

/* ---- targets ---- */

/* The object as it is now; refused when it is not the one the person saw. */
static bool
resolve(struct preview *p, struct target *t, struct err *err)
{
	enum kind kind = p->ops->row->kind;
	char key[RECORD_KEY];
	const struct record *rec;
	struct handle h;

	snprintf(key, sizeof(key), "%s%s%s", t->ns, *t->ns ? "/" : "",
		 t->name);
	rec = store_find(p->backend->store, kind, key, &h);
	if (!rec)
		return err_set(err, ERR_GONE, "%s %s is not there (any more)",
			       kind_name(kind), key);
	if (*t->uid && strcmp(t->uid, record_uid(rec)) != 0)
		return err_set(err, ERR_REFUSED,
			       "%s %s was replaced: it is another object of "
			       "the same name now",
			       kind_name(kind), key);
	t->handle = h;
	snprintf(t->uid, sizeof(t->uid), "%s", record_uid(rec));
	snprintf(t->rv, sizeof(t->rv), "%s", record_rv(rec));
	return true;
}

static bool
take_targets(struct preview *p, struct err *err)
{
	const struct command *c = &p->command;

	if (c->more_n >= PREVIEW_TARGETS)
		return err_set(err, ERR_LIMIT, "%s: at most %d at once",
			       c->verb, PREVIEW_TARGETS);
	p->target_n = 1 + c->more_n;
	p->targets = xcalloc(p->target_n, sizeof(*p->targets));
	p->targets[0] = c->target;
	for (uint32_t i = 0; i < c->more_n; i++)
		p->targets[i + 1] = c->more[i];
	for (uint32_t i = 0; i < p->target_n; i++)
		if (!resolve(p, &p->targets[i], err))
			return false;
	return true;
}

/* ---- opening ---- */

static void
on_permission(void *ctx, enum access a, const char *reason)
{
	struct preview *p = ctx;
	struct err err;

	p->waiting--;
	if (p->dropped) {
		settle(p);
		return;
	}
	if (a == ACCESS_DENIED) {
		err_set(&err, ERR_DENIED,
			"kubernetes says: you may not %s %s%s%s%s%s",
			p->ops->need.verb, p->ops->need.resource,
			p->ops->need.sub ? "/" : "",
			str_or_empty(p->ops->need.sub),
			*str_or_empty(reason) ? ": " : "",
			str_or_empty(reason));
		preview_fail(p, &err);
		return;
	}
	p->ops->plan(p);
}

static const struct action_ops *
ops_of(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (strcmp(families[i]->row->verb, verb) == 0)
			return families[i];
	return NULL;
}

static void
make_room(struct previews *all)
{
	for (uint32_t i = 0; all->list.n >= PREVIEWS && i < all->list.n;) {
		struct preview *old = all->list.at[i];

		if (old->confirmed || old->waiting)
			i++;
		else
			drop(old); /* takes it off the list */
	}
}

void
preview_open(struct backend *b, struct command *moved)
{
	struct previews *all = b->previews;
	struct preview *p = xcalloc(1, sizeof(*p));
	const char *ns;
	struct err err;

	make_room(all);
	p->backend = b;
	p->command = *moved;
	memset(moved, 0, sizeof(*moved));
	p->ref = ++all->last_ref;
	p->made_boot_ms = backend_boot_ms(b);
	buf_init(&p->text, PREVIEW_TEXT);
	vec_push(&all->list, p);
	p->ops = ops_of(p->command.verb);
	if (!p->ops) {
		err_set(&err, ERR_USAGE, "unknown action \"%s\"",
			p->command.verb);
		preview_fail(p, &err);
		return;
	}
	backend_look_around(b);
	p->world = store_peek(b->store);
	if (!take_targets(p, &err)) {
		preview_fail(p, &err);
		return;
	}
	ns = p->targets[0].ns;
	if (p->ops->need.verb && b->kube) {
		p->waiting++;
		kube_may(b->kube, p->ops->need.verb, p->ops->need.group,
			 p->ops->need.resource, p->ops->need.sub,
			 *ns ? ns : NULL, on_permission, p);
		return;
	}
	p->ops->plan(p);
}

/* ---- confirming ---- */

static void
refuse(struct backend *b, const struct command *c, enum err_code code,
       const char *text)
{
	struct reply r = { .id = c->id,
			   .ref = c->ref,
			   .kind = REPLY_DONE,
			   .code = (uint8_t)code,
			   .text = xstrdup(text) };

	snprintf(r.title, sizeof(r.title), "not done");
	backend_reply(b, &r);
}

void
preview_confirm(struct backend *b, const struct command *c)
{
	struct preview *p = find(b, c->ref);
	struct err err;

	if (!p || !p->ready || p->confirmed) {
		refuse(b, c, ERR_GONE, "there is no such preview (any more)");
		return;
	}
	if (backend_boot_ms(b) - p->made_boot_ms > ANSWER_MS) {
		refuse(b, c, ERR_GONE,
		       "the preview is ten minutes old; look again");
		drop(p);
		return;
	}
	if (!gate_check(&b->gate, backend_boot_ms(b), &err)) {
		refuse(b, c, err.code, err.text);
		return;
	}
	if (p->ask == ASK_NOTHING) {
		refuse(b, c, ERR_REFUSED, "this preview cannot be confirmed");
		return;
	}
	if (p->ask == ASK_TYPED && strcmp(c->text, p->expect) != 0) {
		refuse(b, c, ERR_REFUSED, "the typed text is not what was "
					  "asked for");
		return;
	}
	p->confirmed = true;
	p->command.id = c->id;
	buf_reset(&p->text);
	go_on(p);
}

void
preview_drop(struct backend *b, uint64_t ref)
{
	struct preview *p = find(b, ref);

	if (p && !p->confirmed)
		drop(p);
}

void
previews_stop(struct backend *b)
{
	struct previews *all = b->previews;

	for (uint32_t i = 0; i < all->list.n; i++)
		all->list.at[i]->stopped = true; /* no further target */
}

/* ---- for the families ---- */

void
preview_shell_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.,:/@%+=";

	if (*word && strspn(word, plain) == strlen(word)) {
		buf_puts(out, word);
		return;
	}
	buf_putc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *word);
	}
	buf_putc(out, '\'');
}

void
preview_same_as(struct preview *p, const char *command)
{
	buf_printf(&p->text, "\nSame as:\n  %s\n", command);
}

void
preview_where(const struct preview *p, char *out, size_t room)
{
	const struct place *at = store_place(p->backend->store);

	snprintf(out, room, "%s%s%s%s%s%s", at->context,
		 *at->account ? ", account " : "", at->account,
		 *at->region ? ", " : "", at->region,
		 at->production ? ", PRODUCTION" : "");
}
