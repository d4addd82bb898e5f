/*
 * The port: a slot and two rings under one mutex, two wake-ups.
 */
#include "backend/port.h"

#include <pthread.h>
#include <stdlib.h>

#include "backend/base/wake.h"

/* A person types a command at a time and replies are read every frame; more
 * than this waiting means that the other side stands still. */
#define PORT_COMMANDS 64u
#define PORT_REPLIES 128u

struct port {
	pthread_mutex_t lock; /* guards all below but the wake-ups */
	const struct snapshot *newest; /* not yet taken, or NULL */
	struct command commands[PORT_COMMANDS];
	struct reply replies[PORT_REPLIES];
	uint32_t command_at, command_n; /* first and how many */
	uint32_t reply_at, reply_n;
	struct wake backend, ui;
};

struct port *
port_new(void)
{
	struct port *p = xcalloc(1, sizeof(*p));
	struct err err;

	p->backend.fd = p->ui.fd = p->backend.write_fd = p->ui.write_fd = -1;
	if (!wake_open(&p->backend, &err) || !wake_open(&p->ui, &err)) {
		wake_close(&p->backend);
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void
port_free(struct port *p)
{
	if (!p)
		return;
	snapshot_unref(p->newest);
	for (uint32_t i = 0; i < p->command_n; i++)
		command_fini(&p->commands[(p->command_at + i) % PORT_COMMANDS]);
	for (uint32_t i = 0; i < p->reply_n; i++)
		reply_fini(&p->replies[(p->reply_at + i) % PORT_REPLIES]);
	wake_close(&p->backend);
	wake_close(&p->ui);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
port_publish(struct port *p, const struct snapshot *taken)
{
	const struct snapshot *old;

	pthread_mutex_lock(&p->lock);
	old = p->newest;
	p->newest = taken;
	pthread_mutex_unlock(&p->lock);
	/* The last reference may free many pages: not under the lock. */
	snapshot_unref(old);
	wake_signal(&p->ui);
}

const struct snapshot *
port_take(struct port *p)
{
	const struct snapshot *s;

	pthread_mutex_lock(&p->lock);
	s = p->newest;
	p->newest = NULL;
	pthread_mutex_unlock(&p->lock);
	return s;
}

bool
port_send(struct port *p, const struct command *moved)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = p->command_n < PORT_COMMANDS;
	if (room)
		p->commands[(p->command_at + p->command_n++) % PORT_COMMANDS] =
			*moved;
	pthread_mutex_unlock(&p->lock);
	if (room)
		wake_signal(&p->backend);
	return room;
}

bool
port_receive(struct port *p, struct command *out)
{
	bool some;

	pthread_mutex_lock(&p->lock);
	some = p->command_n > 0;
	if (some) {
		*out = p->commands[p->command_at];
		p->command_at = (p->command_at + 1) % PORT_COMMANDS;
		p->command_n--;
	}
	pthread_mutex_unlock(&p->lock);
	return some;
}

bool
port_reply(struct port *p, const struct reply *moved)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = p->reply_n < PORT_REPLIES;
	if (room)
		p->replies[(p->reply_at + p->reply_n++) % PORT_REPLIES] =
			*moved;
	pthread_mutex_unlock(&p->lock);
	if (room)
		wake_signal(&p->ui);
	return room;
}

bool
port_next_reply(struct port *p, struct reply *out)
{
	bool some;

	pthread_mutex_lock(&p->lock);
	some = p->reply_n > 0;
	if (some) {
		*out = p->replies[p->reply_at];
		p->reply_at = (p->reply_at + 1) % PORT_REPLIES;
		p->reply_n--;
	}
	pthread_mutex_unlock(&p->lock);
	return some;
}

int
port_backend_fd(const struct port *p)
{
	return p->backend.fd;
}

void
port_backend_clear(struct port *p)
{
	wake_clear(&p->backend);
}

int
port_ui_fd(const struct port *p)
{
	return p->ui.fd;
}

void
port_ui_clear(struct port *p)
{
	wake_clear(&p->ui);
}

void
command_fini(struct command *c)
{
	free(c->more);
	c->more = NULL;
	c->more_n = 0;
}

void
reply_fini(struct reply *r)
{
	free(r->text);
	r->text = NULL;
}
