/*
 * paddock demo: the simulated cloud and the console on it.
 */
#include "tui/cli.h"
#include "tui/cli_console.h"
#include "tui/cli_rows.h"
#include "tui/cli_sim.h"

int
cli_demo(const struct options *o)
{
	/* Somebody who asks for nothing in particular wants to see it move. */
	struct sim_child_options child = {
		.scenario = o->args.n ? o->args.at[0] : "monday-burst",
		.speed = o->speed	? o->speed
			 : o->args.n ? NULL
				     : "10",
		.seed = o->seed,
	};
	struct options on_sim = *o;
	struct sim_child *sim;
	struct err err = { 0 };
	int code;

	/* Before anything is started: a person without a terminal should not
	 * wait for a cloud. */
	if (!console_possible(&err))
		return cli_fail(&err);
	sim = sim_child_start(&child, &err);
	if (!sim)
		return cli_fail(&err);
	on_sim.kubeconfig = sim_child_kubeconfig(sim);
	on_sim.context = NULL;
	code = console_run(&on_sim, true);
	sim_child_stop(sim);
	return code;
}
