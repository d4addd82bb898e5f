/*
 * The only door between the UI thread and the backend thread.
 *
 * One latest-wins slot with an immutable snapshot, and one bounded ring each
 * way.  Commands and replies are copied by value; texts inside them are fixed
 * arrays or single owned blocks whose ownership moves with the message.  A
 * mutex guards a pointer swap or a copy, never a computation.
 *
 * The UI never waits for the backend and the backend never waits for the UI: a
 * full ring is an answer ("busy"), not a stall: port_send and port_reply return
 * false, and the message stays the caller's.
 */
#ifndef BACKEND_PORT_H
#define BACKEND_PORT_H

#include "backend/model/snapshot.h"

enum command_kind {
	COMMAND_PREVIEW,	/* what would it do? -> REPLY_PREVIEW */
	COMMAND_CONFIRM,	/* carry out preview `ref`; text: typed */
	COMMAND_DROP,		/* forget preview `ref` */
	COMMAND_APPROVE,	/* approve the engine's waiting step */
	COMMAND_MODE,		/* number: enum engine_mode */
	COMMAND_SCALE_DOWN,	/* number: 1 on, 0 off; in a take-over */
	COMMAND_PANIC,		/* rule 13; asked and confirmed by the UI */
	COMMAND_UNLOCK,		/* :write; number: milliseconds; text: reason */
	COMMAND_LOCK,		/* :readonly */
	COMMAND_OPEN_STREAM,	/* text stream `ref` about `target` */
	COMMAND_STREAM_READ,	/* reader stands at line `number` of `ref` */
	COMMAND_CLOSE_STREAM,
	COMMAND_WANT,		/* number: bits of kinds some view shows */
	COMMAND_REFRESH,	/* poll AWS and GitLab now */
	COMMAND_QUIT,		/* finish or hand back, then stop */
};

enum stream_what { STREAM_LOGS, STREAM_YAML, STREAM_DESCRIBE, STREAM_WHY };

enum { TARGET_NAME = 254 };

/* An object as the person saw it: identity and version, never a row number. */
struct target {
	struct handle handle;
	char ns[64], name[TARGET_NAME], uid[64], rv[32];
};

struct command {
	uint64_t id;		/* chosen by the sender; replies carry it */
	uint64_t ref;		/* a preview or stream */
	uint8_t kind;		/* enum command_kind */
	uint8_t what;		/* enum stream_what */
	char verb[24];		/* "cordon", "scale" ... (control/action.h) */
	char args[160];		/* "+3", "max=25", log options */
	char text[256];		/* typed answer, reason */
	int64_t number;
	struct target target;	/* the only one, or the first */
	struct target *more;	/* owned array of the others, or NULL */
	uint32_t more_n;
};

enum reply_kind { REPLY_PREVIEW, REPLY_DONE, REPLY_NOTE };

/* How a preview wants to be answered. */
enum ask { ASK_NOTHING, ASK_YES, ASK_TYPED };

struct reply {
	uint64_t id;		/* of the command; 0: unasked */
	uint64_t ref;		/* preview to confirm */
	uint8_t kind;		/* enum reply_kind */
	uint8_t code;		/* enum err_code; ERR_NONE: fine */
	uint8_t ask;		/* enum ask */
	uint8_t severity;	/* enum severity, of notes */
	char title[160];
	char expect[TARGET_NAME]; /* what must be typed exactly */
	char *text;		/* owned lines, or NULL */
};

struct port;

/* NULL only when the process is out of descriptors. */
struct port *port_new(void);
void port_free(struct port *p);

/* ---- backend side ---- */
void port_publish(struct port *p, const struct snapshot *taken);
bool port_receive(struct port *p, struct command *out);
bool port_reply(struct port *p, const struct reply *moved);
/* Readable when commands wait; for the reactor. */
int port_backend_fd(const struct port *p);
void port_backend_clear(struct port *p); /* call before port_receive */

/* ---- UI side ---- */
/* The newest snapshot if there is a newer one than last time (one reference),
 * else NULL. */
const struct snapshot *port_take(struct port *p);
bool port_send(struct port *p, const struct command *moved);
bool port_next_reply(struct port *p, struct reply *out);
/* Readable when a snapshot or replies wait. */
int port_ui_fd(const struct port *p);
void port_ui_clear(struct port *p); /* call before port_take */

void command_fini(struct command *c);
void reply_fini(struct reply *r);

#endif
