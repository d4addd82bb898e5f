/*
 * paddock-sim: the simulated cloud as a program.
 *
 * Loads a scenario, serves it on loopback, and moves its time.  Prints
 * "ready URL" once it serves; ends on SIGTERM, or after --run-for of virtual
 * time.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/text.h"
#include "backend/base/wake.h"
#include "backend/sim/server/handout.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/scenario.h"
#include "backend/sim/scenarios.h"
#include "backend/sim/server/private.h"

struct options {
	const char *scenario, *listen, *speed, *seed, *kubeconfig, *env,
		*run_for, *faults, *start, *autoscaler, *world, *log, *replay;
	bool tls, list, help, version;
	double speed_value;
	uint64_t seed_value;
	int64_t run_for_ms;
	int64_t start_ms; /* 0: the scenario's own */
};

static const struct flag {
	const char *name, *value, *help;
	size_t offset;
} flags[] = {
#define AT(f) offsetof(struct options, f)
	{ "--listen", "ADDR:PORT", "loopback address (default 127.0.0.1:0; a "
	  "given port is Kubernetes', the next AWS' and GitLab's)",
	  AT(listen) },
	{ "--tls", NULL, "AWS and GitLab over HTTPS too", AT(tls) },
	{ "--speed", "N|max", "virtual seconds to a real one (default 1)",
	  AT(speed) },
	{ "--seed", "N", "another run of the same scenario", AT(seed) },
	{ "--start", "TIME|now", "open at this time, not the scenario's: "
	  "for clients that read the wall clock", AT(start) },
	{ "--autoscaler", "none|off|on", "the simulated autoscaler, whatever "
	  "the scenario says; off leaves room for a real one",
	  AT(autoscaler) },
	{ "--kubeconfig", "FILE", "write a kubeconfig", AT(kubeconfig) },
	{ "--env", "FILE", "write shell exports for AWS and GitLab clients",
	  AT(env) },
	{ "--faults", "FILE", "things that go wrong, as YAML rows",
	  AT(faults) },
	{ "--run-for", "DURATION", "end after this much virtual time",
	  AT(run_for) },
	{ "--world", "FILE", "at the end write the truth as a world file",
	  AT(world) },
	{ "--log", "FILE", "write down what clients change, to do it again",
	  AT(log) },
	{ "--replay", "FILE", "do again what a log says (scenario, seed "
	  "and start are the log's)", AT(replay) },
	{ "--list", NULL, "list the scenarios", AT(list) },
	{ "--help", NULL, "this text", AT(help) },
	{ "--version", NULL, "the version", AT(version) },
#undef AT
};

static struct wake ended; /* signalled by SIGTERM, SIGINT and the pace */

static int
fail(const struct err *err)
{
	char line[700];

	text_clean_to(line, sizeof(line), err->text, strlen(err->text));
	fprintf(stderr, "paddock-sim: %s\n", line);
	return err_exit_code(err->code);
}

static void
help(void)
{
	printf("paddock-sim %s - a simulated Kubernetes, AWS and GitLab on "
	       "loopback\n\nusage: paddock-sim [SCENARIO] [FLAGS]\n\n",
	       PADDOCK_VERSION);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		char left[40];

		snprintf(left, sizeof(left), "%s %s", flags[i].name,
			 flags[i].value ? flags[i].value : "");
		printf("  %-22s %s\n", left, flags[i].help);
	}
	printf("\nSCENARIO is a name of --list (default quiet-day) or a YAML "
	       "file.\nexit codes: 0 ended as asked, 2 usage, 3 scenario or "
	       "configuration, 1 else\n");
}

static int
list_scenarios(void)
{
	int code = 0;

	for (const struct scenario_text *t = scenario_texts; t->name; t++) {
		struct err err = { 0 };
		struct scenario *s = scenario_load(t->name, &err);

		if (!s) {
			code = fail(&err);
			continue;
		}
		printf("%-28s %s\n", t->name, s->title);
		scenario_free(s);
	}
	return code;
}

static bool
parse(struct options *o, int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t len = equals ? (size_t)(equals - argv[i])
				    : strlen(argv[i]);
		const struct flag *f = NULL;
		char *at;

		if (*argv[i] != '-') {
			if (o->scenario)
				return err_set(err, ERR_USAGE,
					       "one scenario, not two: "
					       "\"%s\"", argv[i]);
			o->scenario = argv[i];
			continue;
		}
		for (size_t k = 0; k < ARRAY_LEN(flags) && !f; k++)
			if (strlen(flags[k].name) == len &&
			    !memcmp(flags[k].name, argv[i], len))
				f = &flags[k];
		if (!f)
			return err_set(err, ERR_USAGE,
				       "unknown flag %s; see `paddock-sim "
				       "--help`", argv[i]);
		at = (char *)o + f->offset;
		if (!f->value) {
			if (equals)
				return err_set(err, ERR_USAGE, "%s takes no "
					       "value", f->name);
			*(bool *)(void *)at = true;
			continue;
		}
		if (!equals && ++i >= argc)
			return err_set(err, ERR_USAGE,
				       "%s needs a value (%s)", f->name,
				       f->value);
		*(const char **)(void *)at = equals ? equals + 1 : argv[i];
	}
	return true;
}

static bool
check(struct options *o, struct err *err)
{
	enum scenario_autoscaler ignored;
	char *end;

	o->speed_value = 1;
	if (o->speed && !pace_parse(o->speed, &o->speed_value))
		return err_set(err, ERR_USAGE,
			       "--speed wants 1 to 600 or max, found \"%s\"",
			       o->speed);
	o->seed_value = 1;
	if (o->seed) {
		o->seed_value = strtoull(o->seed, &end, 10);
		if (end == o->seed || *end)
			return err_set(err, ERR_USAGE,
				       "--seed wants a number, found \"%s\"",
				       o->seed);
	}
	if (o->start && str_eq(o->start, "now"))
		o->start_ms = clock_wall_ms(&clock_system);
	else if (o->start && !time_parse_rfc3339(o->start, strlen(o->start),
						 &o->start_ms))
		return err_set(err, ERR_USAGE,
			       "--start wants now or a time such as "
			       "2026-02-16T09:00:00Z, found \"%s\"", o->start);
	if (o->autoscaler && !scenario_switch(o->autoscaler, &ignored))
		return err_set(err, ERR_USAGE,
			       "--autoscaler wants none, off or on, found "
			       "\"%s\"", o->autoscaler);
	if (o->run_for && (!duration_parse(o->run_for, &o->run_for_ms) ||
			   o->run_for_ms <= 0))
		return err_set(err, ERR_USAGE,
			       "--run-for wants a duration such as 30m, found "
			       "\"%s\"", o->run_for);
	return true;
}

static void
on_signal(int number)
{
	(void)number;
	wake_signal(&ended);
}

struct running {
	struct server *server;
	struct pace *pace;
};

/* On the pace's thread, after every move. */
static void
on_moved(void *ctx)
{
	struct running *r = ctx;

	server_pump(r->server);
	if (pace_over(r->pace))
		wake_signal(&ended);
}

static void
await_end(void)
{
	struct pollfd fd = { .fd = ended.fd, .events = POLLIN };

	while (poll(&fd, 1, -1) < 0 && errno == EINTR)
		;
}

static bool
to_file(void *ctx, const char *bytes, size_t n)
{
	return fwrite(bytes, 1, n, ctx) == n;
}

static bool
write_world(const char *path, struct sim *w, struct err *err)
{
	FILE *f = fopen(path, "we");
	bool ok = f != NULL && sim_write_world(w, to_file, f);
	int saved = errno;

	if (f && fclose(f) != 0 && ok) {
		ok = false;
		saved = errno;
	}
	return ok || err_set(err, ERR_IO, "cannot write the world file %s: %s",
			     path, strerror(saved));
}

/* What a run works with; all from open_all. */
struct run {
	struct scenario *scenario;
	struct sim *w;
	struct replay *replay; /* or NULL */
	struct write_log *log; /* or NULL */
};

/* When the scenario's credentials end, for clients that go by the clock on the
 * wall; 0: never, or at full speed nobody can say. */
static int64_t
keys_end_wall_ms(const struct options *o, const struct run *run)
{
	int64_t end = run->scenario->credentials_end_ms;

	if (!end || o->speed_value >= PACE_MAX)
		return 0;
	end += run->scenario->start_ms - sim_now_ms(run->w);
	return clock_wall_ms(&clock_system) +
	       (int64_t)((double)end / o->speed_value);
}

static bool
serve_until_end(const struct options *o, const struct run *run,
		struct err *err)
{
	struct running r = { .pace = pace_new(run->w, o->speed_value) };
	bool ok;

	if (o->run_for_ms)
		pace_until(r.pace, sim_now_ms(run->w) + o->run_for_ms);
	r.server = server_start(run->w, &(struct server_options){
		.listen = o->listen,
		.tls = o->tls,
		.faults = o->faults,
		.pace = r.pace,
		.log = run->log,
		.replay = run->replay,
	}, err);
	ok = r.server &&
	     (!o->kubeconfig ||
	      handout_kubeconfig(o->kubeconfig, r.server,
				 server_authority(r.server), run->scenario,
				 err)) &&
	     (!o->env || handout_env(o->env, r.server, run->scenario,
				     o->kubeconfig, keys_end_wall_ms(o, run),
				     err)) &&
	     pace_start(r.pace, on_moved, &r, err);
	if (ok) {
		printf("ready %s\n", server_kube_url(r.server));
		fflush(stdout);
		await_end();
	}
	pace_stop(r.pace);
	server_stop(r.server);
	pace_free(r.pace);
	return ok;
}

/* The log decides what it is a log of; to give something else is a mistake. */
static bool
obey_replay(struct options *o, const struct replay *r, struct err *err)
{
	const struct write_log_head *head = replay_head(r);

	if (o->scenario && !str_eq(o->scenario, head->scenario))
		return err_set(err, ERR_USAGE,
			       "--replay %s is of scenario %s, not %s",
			       o->replay, head->scenario, o->scenario);
	if (o->seed && o->seed_value != head->seed)
		return err_set(err, ERR_USAGE,
			       "--replay %s is of seed %llu, not %llu",
			       o->replay, (unsigned long long)head->seed,
			       (unsigned long long)o->seed_value);
	if (o->start || o->autoscaler)
		return err_set(err, ERR_USAGE, "--start and --autoscaler are "
			       "the log's: --replay %s says them", o->replay);
	o->scenario = head->scenario;
	o->seed_value = head->seed;
	o->start_ms = head->start_ms;
	o->autoscaler = head->autoscaler;
	return true;
}

static bool
open_all(struct options *o, struct run *run, struct err *err)
{
	struct write_log_head head;

	if (o->replay && (!(run->replay = replay_read(o->replay, err)) ||
			  !obey_replay(o, run->replay, err)))
		return false;
	if (!o->scenario)
		o->scenario = "quiet-day";
	run->scenario = scenario_load(o->scenario, err);
	if (!run->scenario) {
		if (err->code != ERR_USAGE)
			err->code = ERR_CONFIG;
		return false;
	}
	if (o->start_ms)
		run->scenario->start_ms = o->start_ms;
	if (o->autoscaler &&
	    !scenario_switch(o->autoscaler, &run->scenario->autoscaler))
		return err_set(err, ERR_CONFIG, "%s: autoscaler: wanted none, "
			       "off or on, found \"%s\"", o->replay,
			       o->autoscaler);
	run->w = sim_new(run->scenario, o->seed_value, err);
	if (!run->w)
		return false;
	head = (struct write_log_head){ o->scenario, o->autoscaler,
					o->seed_value, o->start_ms };
	return !o->log || (run->log = write_log_open(o->log, &head, err));
}

static void
close_all(struct run *run)
{
	replay_free(run->replay);
	sim_free(run->w);
	scenario_free(run->scenario);
}

static int
run(struct options *o)
{
	struct run all = { 0 };
	struct err err = { 0 };
	bool ok = open_all(o, &all, &err) && serve_until_end(o, &all, &err);

	ok = ok && (!o->world || write_world(o->world, all.w, &err));
	ok = ok && (!all.replay || replay_verdict(all.replay, &err));
	/* Of two failures the first is told. */
	if (ok)
		ok = write_log_close(all.log, &err);
	else
		(void)write_log_close(all.log, &(struct err){ 0 });
	close_all(&all);
	return ok ? 0 : fail(&err);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct err err = { 0 };
	int code;

	/* Objects are loaded here and replaced by the threads that serve. */
	mem_one_heap();
	mem_give_back();
	if (!parse(&o, argc, argv, &err))
		return fail(&err);
	if (o.help) {
		help();
		return 0;
	}
	if (o.version) {
		printf("paddock-sim %s\n", PADDOCK_VERSION);
		return 0;
	}
	if (o.list)
		return list_scenarios();
	if (!check(&o, &err) || !wake_open(&ended, &err))
		return fail(&err);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	code = run(&o);
	wake_close(&ended);
	return code;
}
