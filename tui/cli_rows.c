/*
 * Every command and flag of paddock, once: parsing, --help and the manual read
 * these rows.
 */
#include "tui/cli_rows.h"

#define AT(field) offsetof(struct options, field)

/* clang-format off */
const struct flag_row flag_rows[] = {
	{ "--kubeconfig", NULL, "FILE", "read this kubeconfig only",
	  FOR_ALL, FLAG_TEXT, AT(kubeconfig) },
	{ "--context", NULL, "NAME", "context of the kubeconfig",
	  FOR_ALL, FLAG_TEXT, AT(context) },
	{ "--namespace", "-n", "NAME",
	  "pods and events of one namespace only",
	  FOR_ALL, FLAG_TEXT, AT(ns) },
	{ "--config", NULL, "FILE",
	  "configuration (default $XDG_CONFIG_HOME/paddock/config.yaml)",
	  FOR_ALL, FLAG_TEXT, AT(config) },
	{ "--read-only", NULL, NULL, "nothing can be changed, whatever else "
	  "says so", FOR_ALL, FLAG_SWITCH, AT(read_only) },
	{ "--write", NULL, "REASON", "unlock writing; the reason goes to the "
	  "journal", FOR_ALL, FLAG_TEXT, AT(write_reason) },
	{ "--policy", NULL, "FILE", "the engine's policy (YAML or JSON)",
	  FOR_ALL, FLAG_TEXT, AT(policy) },
	{ "--set", NULL, "KEY=VALUE", "one policy key; repeatable",
	  FOR_ALL, FLAG_SET, AT(set) },
	{ "--world", NULL, "FILE", "read a world file instead of servers",
	  FOR_GET | FOR_PLAN | FOR_WHY | FOR_CONSOLE, FLAG_TEXT, AT(world) },
	{ "--record", NULL, "DIR",
	  "append each decision to this folder, for `paddock replay`",
	  FOR_CONSOLE | FOR_DEMO | FOR_ENGINE | FOR_PLAN, FLAG_TEXT,
	  AT(record) },
	{ "--now", NULL, "TIME", "freeze the world's time (RFC 3339)",
	  FOR_ALL, FLAG_TEXT, AT(now) },
	{ "--theme", NULL, "NAME", "auto, dark, light or mono",
	  FOR_CONSOLE | FOR_DEMO, FLAG_TEXT, AT(theme) },
	{ "--keymap", NULL, "FILE", "keys besides the built-in ones",
	  FOR_CONSOLE | FOR_DEMO, FLAG_TEXT, AT(keymap) },
	{ "--log-level", NULL, "LEVEL", "error, warn, info or debug",
	  FOR_ALL, FLAG_TEXT, AT(log_level) },
	{ "--region", NULL, "NAME", "AWS region",
	  FOR_ALL, FLAG_TEXT, AT(region) },
	{ "--no-aws", NULL, NULL, "do without AWS",
	  FOR_ALL, FLAG_SWITCH, AT(no_aws) },
	{ "--no-gitlab", NULL, NULL, "do without GitLab",
	  FOR_ALL, FLAG_SWITCH, AT(no_gitlab) },
	{ "--output", "-o", "FORMAT",
	  "get: table, wide, json, csv; plan, replay: text, json; "
	  "snapshot: the file",
	  FOR_GET | FOR_PLAN | FOR_SNAPSHOT | FOR_REPLAY, FLAG_TEXT,
	  AT(output) },
	{ "--sort", NULL, "COLUMN", "sort by this column; -COLUMN: downward",
	  FOR_GET, FLAG_TEXT, AT(sort) },
	{ "--filter", NULL, "TEXT", "only matching rows, as `/` in the console",
	  FOR_GET, FLAG_TEXT, AT(filter) },
	{ "--dry-run", NULL, NULL, "say what would be done, and stop",
	  FOR_ACTION, FLAG_SWITCH, AT(dry_run) },
	{ "--yes", NULL, NULL, "answer plain questions with yes",
	  FOR_ACTION, FLAG_SWITCH, AT(yes) },
	{ "--confirm", NULL, "TEXT", "answer a typed question",
	  FOR_ACTION, FLAG_TEXT, AT(confirm) },
	{ "--min", NULL, "N", "new minimum of the group",
	  FOR_LIMITS, FLAG_TEXT, AT(min) },
	{ "--max", NULL, "N", "new maximum of the group",
	  FOR_LIMITS, FLAG_TEXT, AT(max) },
	{ "--mode", NULL, "MODE", "advisory or active",
	  FOR_ENGINE, FLAG_TEXT, AT(mode) },
	{ "--approve", NULL, NULL, "active mode: ask before each step, on this "
	  "terminal", FOR_ENGINE, FLAG_SWITCH, AT(approve) },
	{ "--metrics-listen", NULL, "ADDR:PORT", "serve /metrics (Prometheus) "
	  "and /health-check there", FOR_ENGINE, FLAG_TEXT,
	  AT(metrics_listen) },
	{ "--speed", NULL, "N", "speed of simulated time (1 to 600, or max)",
	  FOR_DEMO, FLAG_TEXT, AT(speed) },
	{ "--seed", NULL, "N", "another run of the same scenario",
	  FOR_DEMO, FLAG_TEXT, AT(seed) },
	{ "--help", "-h", NULL, "this text",
	  FOR_ALL, FLAG_SWITCH, AT(help) },
	{ "--version", NULL, NULL, "the version",
	  FOR_ALL, FLAG_SWITCH, AT(version) },
	{ 0 }
};

const struct command_row command_rows[] = {
	{ "demo", "[SCENARIO]",
	  "a simulated runner fleet and the console on it",
	  "Starts paddock-sim beside this program on loopback, opens the "
	  "console on it and ends it afterwards.  Without a scenario it is "
	  "monday-burst at ten times real time.  `paddock-sim --list` names "
	  "the scenarios.",
	  FOR_DEMO, 0, 1, cli_demo },
	{ "get", "VIEW [NAME]", "one view, once, to standard output",
	  "Waits until the sources the view needs have answered, prints, and "
	  "ends.  Exit code 6 when a source it needs did not answer.",
	  FOR_GET, 1, 2, cli_get },
	{ "plan", "", "one pass of the engine: what it would do and why",
	  "Changes nothing.  With --world FILE the world and its policy come "
	  "from the file.",
	  FOR_PLAN, 0, 0, cli_plan },
	{ "why", "pod NS/NAME | node NAME | group NAME | job ID | runner NAME",
	  "one object explained",
	  "Says what it waits for, who refuses it and why, since when, and "
	  "what would clear it.",
	  FOR_WHY, 2, 2, cli_why },
	{ "engine", "", "the engine without a screen, until SIGTERM",
	  "Advisory by default: it decides and records, and changes nothing. "
	  "--mode active takes the deployed autoscaler's place by its own "
	  "lease and needs `active-allowed: true` for the context in the "
	  "configuration, or the simulated cloud, and leads as long as it "
	  "runs; with --approve each step is "
	  "asked for on the terminal (y, then enter), scale-down is off, and "
	  "it hands back after an hour or when the terminal goes away.  "
	  "SIGTERM hands back and ends.",
	  FOR_ENGINE, 0, 0, cli_engine },
	{ "cordon", "NODE...", "no new pods on these nodes", "",
	  FOR_ACTION, 1, 255, cli_cordon },
	{ "uncordon", "NODE...", "nodes take pods again", "",
	  FOR_ACTION, 1, 255, cli_uncordon },
	{ "scale", "GROUP N|+N", "raise a group's desired capacity",
	  "Only upward: below the running instances it is refused with exit "
	  "code 7, since that would let AWS choose which jobs die.",
	  FOR_ACTION, 2, 2, cli_scale },
	{ "limits", "GROUP [--min N] [--max N]", "change a group's bounds", "",
	  FOR_ACTION | FOR_LIMITS, 1, 1, cli_limits },
	{ "hold", "GROUP 1h REASON", "keep a group as it is for a time",
	  "No autoscaler removes its nodes: paddock's engine leaves the group "
	  "alone altogether, the deployed one finds scale-down-disabled on "
	  "each node, also on those that join while a paddock runs that may "
	  "write.  It does not keep the deployed one from adding nodes, nor "
	  "AWS or people from anything.  `get groups` shows it with the time "
	  "left.  At its end our engine goes on by itself; the annotations, "
	  "and only those the hold set, come off when a console or headless "
	  "engine that may write runs next, or by unhold.",
	  FOR_ACTION, 3, 255, cli_hold },
	{ "unhold", "GROUP", "end a group's hold now",
	  "Works from any machine: the nodes say what the hold set.",
	  FOR_ACTION, 1, 1, cli_unhold },
	{ "delete", "pod NS/NAME...", "delete pods, honouring their grace",
	  "A pod that runs a CI job is only deleted after its name was typed.",
	  FOR_ACTION, 2, 255, cli_delete },
	{ "snapshot", "-o FILE", "the whole world as one file",
	  "Readable by `plan --world` and `get --world`.  Never holds "
	  "environment variables or secrets.",
	  FOR_SNAPSHOT, 0, 0, cli_snapshot },
	{ "replay", "PATH", "recompute recorded decisions and compare",
	  "PATH is a folder that --record wrote, or one file of it.  Each "
	  "decision is computed again from its world, policy and memory; exit "
	  "code 1 when a plan differs from the recorded one, with each "
	  "difference named.  With --policy FILE or --set it answers what "
	  "another policy would have done with the same pods: nodes, cost and "
	  "waits side by side.",
	  FOR_REPLAY, 1, 1, cli_replay },
	{ "help", "[COMMAND]", "this text, or that of a command",
	  "`paddock help manual` prints the manual page, `paddock help keys` "
	  "all keys of the console (with --keymap, as that leaves them).",
	  FOR_HELP, 0, 1, cli_help },
	{ 0 }
};

const struct exit_row exit_rows[] = {
	{ 0, "fine" },
	{ 1, "failed" },
	{ 2, "wrong usage" },
	{ 3, "configuration or kubeconfig" },
	{ 4, "authentication or permission" },
	{ 5, "a server cannot be reached" },
	{ 6, "partial: some sources or parts did not answer" },
	{ 7, "refused by a safety rule" },
	{ 0 }
};

const struct env_row env_rows[] = {
	{ "KUBECONFIG", "kubeconfig files, as for kubectl" },
	{ "AWS_PROFILE", "profile; else AWS_DEFAULT_PROFILE" },
	{ "AWS_ACCESS_KEY_ID",
	  "with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: credentials" },
	{ "AWS_REGION", "region; else AWS_DEFAULT_REGION, the profile's" },
	{ "AWS_CONFIG_FILE", "instead of ~/.aws/config" },
	{ "AWS_SHARED_CREDENTIALS_FILE", "instead of ~/.aws/credentials" },
	{ "AWS_ENDPOINT_URL",
	  "where AWS is; AWS_ENDPOINT_URL_SERVICE for one service" },
	{ "GITLAB_URL", "GitLab's address; else GITLAB_HOST" },
	{ "GITLAB_TOKEN", "token for its API" },
	{ "HTTPS_PROXY", "proxy; NO_PROXY names what goes without" },
	{ "NO_COLOR", "no colours" },
	{ "XDG_CONFIG_HOME", "configuration is in paddock/ below it" },
	{ "XDG_STATE_HOME", "journal and log are in paddock/ below it" },
	{ 0 }
};
/* clang-format on */
