/*
 * How virtual time runs: so many virtual seconds to a real one, paused, or as
 * fast as it goes.
 *
 * A thread of its own moves the world; requests catch up first, so that the
 * time an answer tells is the time it was made.  All state is guarded by the
 * world's lock.
 */
#ifndef SIM_SERVER_PACE_H
#define SIM_SERVER_PACE_H

#include "backend/sim/world/sim.h"

struct pace;

#define PACE_MAX 1e9 /* as fast as it goes */

/* moved is called without the lock after the world moved. */
struct pace *pace_new(struct sim *w, double speed);
void pace_free(struct pace *p);
bool pace_start(struct pace *p, void (*moved)(void *ctx), void *ctx,
		struct err *err);
void pace_stop(struct pace *p); /* joins the thread */
/* Somebody wrote: the thread calls moved soon (several pokes at once are one),
 * and looks anew when the next event is due.  From any thread. */
void pace_poke(struct pace *p);

/* "30", "1.5", "max"; 1..600. */
bool pace_parse(const char *text, double *speed);

/* ---- under the lock ---- */

/* Moves the world to where real time says it is. */
void pace_catch_up(struct pace *p);
void pace_set_speed(struct pace *p, double speed); /* 0: paused */
double pace_speed(const struct pace *p);
/* Moves the world by so much now, whatever the speed. */
void pace_advance(struct pace *p, int64_t by_ms);
/* Moves it to its next event and through all of that moment. */
void pace_step(struct pace *p);
/* Things that happen at given times besides the world's own events: a log of
 * writes done again.  next_ms: when; INT64_MAX: no more.  run happens after
 * everything that is due then. */
struct pace_feed {
	int64_t (*next_ms)(void *ctx);
	void (*run)(void *ctx);
	void *ctx;
};
void pace_set_feed(struct pace *p, const struct pace_feed *feed);
/* The thread ends the program after this virtual time (--run-for); 0: none. */
void pace_until(struct pace *p, int64_t world_ms);
bool pace_over(const struct pace *p);

#endif
