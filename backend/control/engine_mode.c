/*
 * The engine's modes, who may choose which, and what a choice brings (design 5;
 * design 8, rules 4 and 13).
 */
#include "backend/control/engine_private.h"

#include "backend/control/act_run.h"
#include "backend/control/lease.h"

static const char *const mode_names[] = { "advisory", "active with approval",
					  "active" };

static bool
is_headless(const struct backend *b)
{
	return strcmp(b->config.via, "headless") == 0;
}

/* Rule 8 asks more of what is acted upon than of advice. */
static void
keep_fresh(struct backend *b, bool on)
{
	static const uint8_t kinds[] = { KIND_POD, KIND_NODE, KIND_PDB };

	for (size_t i = 0; b->kube && i < ARRAY_LEN(kinds); i++)
		kube_keep_fresh(b->kube, (enum kind)kinds[i], on);
}

static bool
may_be_active(struct backend *b, enum engine_mode mode, struct err *err)
{
	const struct place *at = store_place(b->store);
	const struct config_context *x = config_context(b->file, at->context);
	bool headless = is_headless(b);
	struct err why;

	/* Before the first decision the deployed flags are not known. */
	if (!b->engine->plan)
		return err_set(err, ERR_REFUSED, "nothing was decided yet%s%s",
			       engine_data_ok(b, &why) ? "" : ": ",
			       engine_data_ok(b, &why) ? "" : why.text);
	if (mode == MODE_ACTIVE && !headless)
		return err_set(err, ERR_REFUSED,
			       "unattended active mode is for paddock engine "
			       "only; here each step is approved");
	if (mode == MODE_ACTIVE && !at->simulated && !x->active_allowed)
		return err_set(err, ERR_REFUSED,
			       "context %s is not configured with "
			       "active-allowed: true",
			       at->context);
	if (b->engine->guessed_groups && !at->simulated)
		return err_set(err, ERR_CONFIG,
			       "no group is selected: set nodes or "
			       "node-group-auto-discovery in the policy");
	if (!b->engine->leader_elect)
		return err_set(err, ERR_REFUSED,
			       "the deployed autoscaler runs with "
			       "--leader-elect=false: it would not stand back "
			       "(design 5)");
	return gate_check(&b->gate, backend_boot_ms(b), err);
}

static void
show_mode(struct backend *b, enum engine_mode mode)
{
	struct engine_status *e = store_engine(b->store);

	act_note(b, &(struct act_note){ .verb = "mode",
					.by = is_headless(b) ? ACT_BY_PADDOCK
							     : ACT_BY_PERSON,
					.before = mode_names[e->mode],
					.after = mode_names[mode] });
	e->mode = (uint8_t)mode;
}

bool
engine_set_mode(struct backend *b, enum engine_mode mode, struct err *err)
{
	struct engine_run *e = b->engine;

	if (mode > MODE_ACTIVE)
		return err_set(err, ERR_USAGE, "no such mode");
	/* Choosing says: what the lists show is true (rule 8). */
	store_accept_shrunk(b->store);
	if (mode == store_engine(b->store)->mode)
		return true;
	if (mode != MODE_ADVISORY) {
		if (!may_be_active(b, mode, err) ||
		    !engine_failures_allow(e, !is_headless(b), err))
			return false;
		if (leading_is_idle(b->leading) &&
		    !leading_start(b, mode_names[mode], err))
			return false;
		backend_note(b, SEVERITY_INFO, ERR_NONE, "active: %s",
			     store_engine(b->store)->shadow);
	}
	show_mode(b, mode);
	keep_fresh(b, mode != MODE_ADVISORY);
	e->scale_down = is_headless(b);
	engine_stop_acting(e, "another mode");
	if (mode == MODE_ADVISORY)
		leading_stop(b, "advisory mode");
	return true;
}

void
engine_set_scale_down(struct backend *b, bool on)
{
	struct engine_run *e = b->engine;

	if (e->scale_down == on)
		return;
	e->scale_down = on;
	act_note(b, &(struct act_note){ .verb = "scale-down",
					.by = ACT_BY_PERSON,
					.before = on ? "off" : "on",
					.after = on ? "on" : "off" });
	if (!on)
		engine_stop_acting(e, "scale-down was switched off");
}

bool
engine_approve(struct backend *b, const char *shown, struct err *err)
{
	const struct engine_status *status = store_engine(b->store);
	struct engine_run *e = b->engine;

	if (!status->awaiting_approval)
		return err_set(err, ERR_GONE, "no step waits for approval");
	if (*shown && strcmp(shown, status->next_step) != 0)
		return err_set(err, ERR_CONFLICT,
			       "the step is another one now: %s",
			       status->next_step);
	e->approved = true;
	engine_act(e);
	return true;
}

void
engine_panic(struct backend *b)
{
	engine_set_mode(b, MODE_ADVISORY, NULL);
	leading_stop(b, "panic");
}

void
engine_lost_lead(struct backend *b)
{
	engine_forget_acts(b->engine);
	if (store_engine(b->store)->mode == MODE_ADVISORY)
		return;
	/* A headless engine comes back when it can; a person decides anew. */
	if (is_headless(b))
		return;
	show_mode(b, MODE_ADVISORY);
	keep_fresh(b, false);
}
