/*
 * Child processes: what they get, what is heard of them, how they end.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/net/proc.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

struct heard {
	uint32_t dones;
	int exit_code;
	bool timed_out;
	char out[4096], errs[512];
	size_t out_len;
};

static void
on_done(void *ctx, const struct proc_result *r)
{
	struct heard *h = ctx;

	h->dones++;
	h->exit_code = r->exit_code;
	h->timed_out = r->timed_out;
	h->out_len = r->out_len;
	snprintf(h->out, sizeof(h->out), "%s", r->out);
	snprintf(h->errs, sizeof(h->errs), "%s", r->err_text);
}

static struct proc *
start_shell(struct reactor *r, struct heard *h, const char *script,
	    struct proc_call call)
{
	const char *argv[] = { "sh", "-c", script, "sh", NULL };
	struct err err = { 0 };
	struct proc *p;

	memset(h, 0, sizeof(*h));
	call.argv = argv;
	call.on_done = on_done;
	call.ctx = h;
	p = proc_start(r, &call, &err);
	assert_ok(p != NULL, &err);
	return p;
}

static void
run_shell(struct heard *h, const char *script, struct proc_call call)
{
	struct reactor *r = reactor_new(&clock_system);

	start_shell(r, h, script, call);
	turn_until(r, h->dones);
	turn_some(r);
	assert_int_equal(h->dones, 1);
	reactor_free(r);
}

static void
test_output_and_exit_code(void **state)
{
	static const char *const env[] = { "PADDOCK_TEST=it works", "HOME=/x",
					   NULL };
	struct heard h;

	(void)state;
	run_shell(&h, "printf '%s %s' \"$PADDOCK_TEST\" $HOME; pwd; "
		      "echo oops >&2; exit 3",
		  (struct proc_call){ .env = env, .dir = "/" });
	assert_text_equal(h.out, "it works /x/\n");
	assert_text_equal(h.errs, "oops\n");
	assert_int_equal(h.exit_code, 3);
	assert_false(h.timed_out);
}

static void
test_surroundings(void **state)
{
	struct heard h;
	int leak = dup(1);

	(void)state;
	/* stdin is empty; no descriptors but three and the folder that ls
	 * reads; a group of its own; no signal ignored or blocked (the C
	 * library keeps 32 and 33 to itself) */
	run_shell(&h, "wc -c; ls /proc/self/fd | wc -l; "
		      "grep -cE 'Sig(Blk|Ign).*[1-9a-f].{0,6}$' "
		      "/proc/self/status; "
		      "test $(ps -o pgid= -p $$ 2>/dev/null || echo $$) = $$ "
		      "&& echo group",
		  (struct proc_call){ 0 });
	assert_text_equal(h.out, "0\n4\n0\ngroup\n");
	close(leak);
}

static void
test_ceiling(void **state)
{
	struct heard h;

	(void)state;
	run_shell(&h, "head -c 300000 /dev/zero | tr '\\0' x; echo end >&2",
		  (struct proc_call){ .limit_bytes = 1000 });
	assert_int_equal(h.out_len, 1000);
	assert_text_equal(h.errs, "end\n");
	assert_int_equal(h.exit_code, 0);
}

static void
test_missing_program(void **state)
{
	const char *argv[] = { "paddock-no-such-program", NULL };
	struct proc_call call = { .argv = argv, .on_done = on_done };
	struct reactor *r = reactor_new(&clock_system);
	struct err err = { 0 };

	(void)state;
	assert_null(proc_start(r, &call, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_text_contains(err.text, "paddock-no-such-program");
	argv[0] = "/";
	assert_null(proc_start(r, &call, &err));
	assert_int_equal(err.code, ERR_IO);
	reactor_free(r);
}

/* The deadline ends the group, also a child that does not mind SIGTERM. */
static void
test_deadline(void **state)
{
	struct fake_clock clock;
	struct reactor *r;
	struct heard h;

	(void)state;
	fake_clock_init(&clock);
	r = reactor_new(&clock.work);
	start_shell(r, &h, "trap '' TERM; while :; do read x; done",
		    (struct proc_call){ .deadline_ms = 30000 });
	turn_some(r);
	fake_clock_move(&clock, 29999);
	turn_some(r);
	assert_int_equal(h.dones, 0);
	fake_clock_move(&clock, 1);
	turn_some(r);
	fake_clock_move(&clock, 2000);
	turn_until(r, h.dones);
	assert_true(h.timed_out);
	assert_int_equal(h.exit_code, -1);
	reactor_free(r);
}

/* What a child leaves behind does not hold its result back. */
static void
test_grandchild_keeps_the_pipe(void **state)
{
	struct reactor *r = reactor_new(&clock_system);
	struct heard h;
	pid_t left;

	(void)state;
	start_shell(r, &h, "sleep 300 & echo $!", (struct proc_call){ 0 });
	turn_until(r, h.dones);
	left = (pid_t)strtol(h.out, NULL, 10);
	assert_true(left > 1);
	kill(left, SIGKILL);
	reactor_free(r);
}

static void
test_cancel_and_free(void **state)
{
	struct reactor *r = reactor_new(&clock_system);
	struct heard h, other;
	struct proc *p = start_shell(r, &h, "exec sleep 300",
				     (struct proc_call){ 0 });

	(void)state;
	start_shell(r, &other, "exec sleep 300", (struct proc_call){ 0 });
	proc_cancel(p);
	turn_some(r);
	reactor_free(r);
	assert_int_equal(h.dones, 0);
	assert_int_equal(other.dones, 0);
	/* nothing is left to reap */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

SUITE(proc,
      TEST(test_output_and_exit_code),
      TEST(test_surroundings),
      TEST(test_ceiling),
      TEST(test_missing_program),
      TEST(test_deadline),
      TEST(test_grandchild_keeps_the_pipe),
      TEST(test_cancel_and_free));
