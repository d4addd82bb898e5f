/*
 * What a job has printed so far, made anew on every question from the times of
 * its steps: nothing is stored, and what was told once is told again the same.
 *
 * Every line has a time; a trace of today is the beginning of tomorrow's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/ci.h"
#include "backend/sim/world/manager.h"

#define WAIT_MS 3000
#define LINES_PER_MEDIAN 120 /* of a script that takes its median time */
#define LINE_MIN_MS 400

enum where { FROM_RUNNER, FROM_HELPER, FROM_BUILD };

struct teller {
	const struct ci *ci;
	const struct ci_job *j;
	int64_t until_ms; /* later lines are not there yet */
	int64_t last_ms;  /* no line is older than the one before it */
	/* True: this line need not be made (optional). */
	bool (*skip)(void *ctx, enum where from);
	/* False stops. */
	bool (*line)(void *ctx, int64_t at_ms, enum where from,
		     const char *text);
	void *ctx;
	bool stopped;
};

PRINTF_LIKE(4, 5)
static void
say(struct teller *t, int64_t at_ms, enum where from, const char *fmt, ...)
{
	va_list args;
	char *text;

	if (at_ms < t->last_ms)
		at_ms = t->last_ms;
	t->last_ms = at_ms;
	if (t->stopped || at_ms > t->until_ms ||
	    (t->skip && t->skip(t->ctx, from)))
		return;
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	t->stopped = !t->line(t->ctx, at_ms, from, text);
	free(text);
}

static void
section(struct teller *t, int64_t at_ms, const char *name, const char *title)
{
	say(t, at_ms, FROM_RUNNER,
	    "section_start:%lld:%s\r\033[0K\033[0K\033[36;1m%s\033[0;m"
	    "\033[0;m",
	    (long long)(at_ms / 1000), name, title);
}

static void
section_end(struct teller *t, int64_t at_ms, const char *name)
{
	say(t, at_ms, FROM_RUNNER, "section_end:%lld:%s\r\033[0K",
	    (long long)(at_ms / 1000), name);
}

/* ---- waiting for the pod ---- */

static const char *
note_at(const struct ci_job *j, int64_t at_ms)
{
	const char *text = "";

	for (uint32_t i = 0; i < j->note_n && j->notes[i].from_ms <= at_ms; i++)
		text = j->notes[i].text;
	return text;
}

static void
tell_wait(struct teller *t, const char *ns)
{
	const struct ci_job *j = t->j;
	int64_t end = j->step_ms[STEP_RUNNING];

	if (!j->step_ms[STEP_POD])
		return;
	if (!end || end > t->until_ms)
		end = t->until_ms;
	for (int64_t at = j->step_ms[STEP_POD] + WAIT_MS;
	     at <= end && !t->stopped; at += WAIT_MS) {
		const char *note = note_at(j, at), *nl;

		if (at == j->step_ms[STEP_RUNNING])
			break;
		say(t, at, FROM_RUNNER,
		    "Waiting for pod %s/%s to be running, status is Pending",
		    ns, j->pod);
		for (; (nl = strchr(note, '\n')); note = nl + 1)
			say(t, at, FROM_RUNNER, "%.*s", (int)(nl - note), note);
	}
}

/* ---- the script ---- */

static void
script_line(struct teller *t, int64_t at, uint64_t n)
{
	static const char *const units[] = { "core",   "net",  "store",
					     "parser", "api",  "worker",
					     "queue",  "auth", "render",
					     "cache" };
	const struct ci_job *j = t->j;
	uint64_t h = hash_bytes(&n, sizeof(n), j->seed);
	const char *unit = units[h % ARRAY_LEN(units)];
	unsigned tests = 1 + (unsigned)(h >> 8) % 90;
	double took = 0.05 + (double)((h >> 16) % 4000) / 1000.0;

	if (str_eq(j->load->stage, "build"))
		say(t, at, FROM_BUILD,
		    "[%3u%%] Building C object src/%s/CMakeFiles/%s.dir/"
		    "%s_%u.c.o",
		    (unsigned)(n * 100 / (n + LINES_PER_MEDIAN / 2 + 1)), unit,
		    unit, unit, tests);
	else if (str_eq(j->load->stage, "deploy"))
		say(t, at, FROM_BUILD, "%s/part-%u: uploaded (%.2f s)", unit,
		    tests, took);
	else
		say(t, at, FROM_BUILD,
		    "\033[32mPASS\033[0m  %s/test_%s_%02u (%u checks, %.2f s)",
		    unit, unit, (unsigned)(h >> 24) % 60, tests, took);
}

static void
tell_script(struct teller *t)
{
	const struct ci_job *j = t->j;
	int64_t begin = j->step_ms[STEP_SCRIPT], end = j->step_ms[STEP_AFTER];
	int64_t every = j->load->duration_ms / LINES_PER_MEDIAN;

	if (!begin)
		return;
	every = every < LINE_MIN_MS ? LINE_MIN_MS : every;
	end = end && end < t->until_ms ? end : t->until_ms;
	section(t, begin, "step_script",
		"Executing \"step_script\" stage of the job script");
	say(t, begin, FROM_RUNNER,
	    "Using image %s with digest sha256:%016llx ...", j->load->image,
	    (unsigned long long)hash_text(j->load->image));
	say(t, begin + 40, FROM_BUILD, "\033[32;1m$ make %s\033[0;m",
	    j->load->name);
	for (uint64_t n = 0; !t->stopped; n++) {
		int64_t at = begin + every + (int64_t)n * every;

		if (at >= end)
			break;
		script_line(t, at, n);
	}
	if (j->step_ms[STEP_AFTER])
		section_end(t, j->step_ms[STEP_AFTER], "step_script");
}

/* ---- all of it ---- */

static void
tell_pod(struct teller *t, const char *ns)
{
	const struct ci_job *j = t->j;
	int64_t at = j->started_ms;
	char limit[TIME_TEXT];

	say(t, at, FROM_RUNNER, "\033[0KUsing Kubernetes namespace: %s\033[0;m",
	    ns);
	say(t, at, FROM_RUNNER,
	    "\033[0KUsing Kubernetes executor with image %s ...\033[0;m",
	    j->load->image);
	say(t, at, FROM_RUNNER,
	    "\033[0KUsing attach strategy to execute scripts...\033[0;m");
	section_end(t, at, "prepare_executor");
	section(t, at, "prepare_script", "Preparing environment");
	duration_format(j->timeout_ms, limit);
	say(t, at, FROM_RUNNER,
	    "\033[0KUsing FF_USE_POD_ACTIVE_DEADLINE_SECONDS, the Pod "
	    "activeDeadlineSeconds will be set to the job timeout: "
	    "%s...\033[0;m",
	    limit);
	tell_wait(t, ns);
}

static void
tell_machine(struct teller *t)
{
	const struct ci_job *j = t->j;
	int64_t at = j->step_ms[STEP_POD];

	if (!at)
		return; /* there is no machine yet */
	say(t, at, FROM_RUNNER,
	    "\033[0KUsing Docker executor with image %s ...\033[0;m",
	    j->load->image);
	say(t, at, FROM_RUNNER, "\033[0KPulling docker image %s ...\033[0;m",
	    j->load->image);
	at = j->step_ms[STEP_RUNNING];
	if (!at)
		return;
	section_end(t, at, "prepare_executor");
	section(t, at, "prepare_script", "Preparing environment");
}

static void
tell_beginning(struct teller *t, const char *ns)
{
	const struct ci_job *j = t->j;
	int64_t at = j->started_ms;

	say(t, at, FROM_RUNNER,
	    "\033[0KRunning with gitlab-runner %s (" RUNNER_REVISION
	    ")\033[0;m",
	    j->version);
	say(t, at, FROM_RUNNER, "\033[0K  on %s %s, system ID: %s\033[0;m",
	    j->runner->name, j->short9, j->system_id);
	section(t, at, "prepare_executor",
		j->on_machines ? "Preparing the \"docker+machine\" executor"
			       : "Preparing the \"kubernetes\" executor");
	if (j->on_machines)
		tell_machine(t);
	else
		tell_pod(t, ns);
	at = j->step_ms[STEP_RUNNING];
	if (!at)
		return;
	if (j->machine)
		say(t, at, FROM_RUNNER,
		    "Running on runner-%s-project-%lld-concurrent-0 via "
		    "%s...",
		    j->short9, (long long)j->project->id, j->machine);
	else
		say(t, at, FROM_RUNNER, "Running on %s via %s...", j->pod,
		    j->host);
	section_end(t, at, "prepare_script");
}

static void
tell_sources(struct teller *t)
{
	const struct ci_job *j = t->j;
	int64_t at = j->step_ms[STEP_SOURCES];

	if (!at)
		return;
	section(t, at, "get_sources", "Getting source from Git repository");
	say(t, at, FROM_HELPER,
	    "\033[32;1mFetching changes with git depth set to 20...\033[0;m");
	say(t, at + 120, FROM_HELPER,
	    "Initialized empty Git repository in /builds/%s/.git/",
	    j->project->path);
	say(t, at + 180, FROM_HELPER,
	    "\033[32;1mCreated fresh repository.\033[0;m");
	at = j->step_ms[STEP_CACHE];
	if (!at)
		return;
	say(t, at, FROM_HELPER,
	    "\033[32;1mChecking out %.8s as detached HEAD (ref is "
	    "%s)...\033[0;m",
	    j->sha, j->load->ref);
	section_end(t, at, "get_sources");
	section(t, at, "restore_cache", "Restoring cache");
	say(t, at, FROM_HELPER,
	    "\033[32;1mChecking cache for %s-protected...\033[0;m",
	    j->project->name);
	at = j->step_ms[STEP_SCRIPT];
	if (!at)
		return;
	say(t, at, FROM_HELPER,
	    "\033[32;1mSuccessfully extracted cache\033[0;m");
	section_end(t, at, "restore_cache");
}

static void
tell_end(struct teller *t)
{
	const struct ci_job *j = t->j;
	int64_t at = j->step_ms[STEP_ARCHIVE];

	if (at) {
		section(t, at, "archive_cache",
			"Saving cache for successful job");
		say(t, at, FROM_HELPER,
		    "\033[32;1mCreating cache %s-protected...\033[0;m",
		    j->project->name);
	}
	at = at ? j->step_ms[STEP_UPLOAD] : 0;
	if (at) {
		section_end(t, at, "archive_cache");
		section(t, at, "upload_artifacts_on_success",
			"Uploading artifacts for successful job");
		say(t, at, FROM_HELPER,
		    "\033[32;1mUploading artifacts...\033[0;m");
		section_end(t, at, "upload_artifacts_on_success");
	}
	at = j->step_ms[STEP_CLEANUP];
	if (at) {
		section(t, at, "cleanup_file_variables",
			"Cleaning up project directory and file based "
			"variables");
		section_end(t, at, "cleanup_file_variables");
	}
	if (!ci_is_over(j))
		return;
	at = j->finished_ms;
	if (j->status == CI_SUCCESS)
		say(t, at, FROM_RUNNER, "\033[32;1mJob succeeded\033[0;m");
	else if (j->failure_text)
		say(t, at, FROM_RUNNER, "\033[31;1mERROR: %s\033[0;m",
		    j->failure_text);
}

static void
tell_all(struct teller *t)
{
	const char *ns = sim_scenario(t->ci->sim)->namespace;
	int64_t now = sim_now_ms(t->ci->sim);

	if (!t->j->started_ms || t->j->erased_ms)
		return; /* nobody has taken it; or it was erased */
	t->until_ms = t->j->finished_ms && t->j->finished_ms < now
			      ? t->j->finished_ms
			      : now;
	tell_beginning(t, ns);
	tell_sources(t);
	tell_script(t);
	tell_end(t);
}

/* ---- who asks ---- */

static bool
add_line(void *ctx, int64_t at_ms, enum where from, const char *text)
{
	struct buf *out = ctx;
	char at[TIME_TEXT];

	time_format(at_ms - at_ms % 1000, false, at);
	buf_printf(out, "%.19s.%03d000Z %02dO %s\n", at, (int)(at_ms % 1000),
		   from == FROM_RUNNER ? 0 : 1, text);
	return buf_ok(out);
}

void
ci_trace(const struct ci *c, const struct ci_job *j, struct buf *out)
{
	struct teller t = { .ci = c, .j = j, .line = add_line, .ctx = out };

	tell_all(&t);
}

struct counting {
	enum where from;
	uint64_t seen, want;
	int64_t *at_ms;
	struct buf *text; /* NULL: only count */
};

static bool
count_skip(void *ctx, enum where from)
{
	struct counting *n = ctx;

	if (from != n->from)
		return true;
	if (n->text && n->seen == n->want)
		return false;
	n->seen++;
	return true;
}

static bool
take_line(void *ctx, int64_t at_ms, enum where from, const char *text)
{
	struct counting *n = ctx;

	(void)from;
	*n->at_ms = at_ms;
	buf_puts(n->text, text);
	n->seen++;
	return false;
}

static bool
container_is(const char *name, enum where *from)
{
	*from = str_eq(name, "build") ? FROM_BUILD : FROM_HELPER;
	return str_eq(name, "build") || str_eq(name, "helper");
}

uint64_t
ci_log_end(const struct ci *c, const struct ci_job *j, const char *container)
{
	struct counting n = { 0 };
	struct teller t = { .ci = c,
			    .j = j,
			    .skip = count_skip,
			    .line = take_line,
			    .ctx = &n };

	if (!container_is(container, &n.from))
		return 0;
	tell_all(&t);
	return n.seen;
}

bool
ci_log_line(const struct ci *c, const struct ci_job *j, const char *container,
	    uint64_t line, int64_t *at_ms, struct buf *text)
{
	struct counting n = { .want = line, .at_ms = at_ms, .text = text };
	struct teller t = { .ci = c,
			    .j = j,
			    .skip = count_skip,
			    .line = take_line,
			    .ctx = &n };

	if (!container_is(container, &n.from))
		return false;
	tell_all(&t);
	return n.seen == line + 1 && t.stopped;
}
