/*
 * Usage and the manual page, printed from the tables of cli_rows.c.
 */
#include <stdio.h>

#include "tui/bindings.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

enum { KEYS_LIMIT = 1 << 20 };

static void
print_flag(const struct flag_row *f)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s%s%s", f->letter ? f->letter : "",
		 f->letter ? ", " : "", f->name, f->value ? " " : "",
		 f->value ? f->value : "");
	printf("  %-26s %s\n", left, f->help);
}

static void
print_flags(unsigned mask)
{
	for (const struct flag_row *f = flag_rows; f->name; f++)
		if (f->commands & mask)
			print_flag(f);
}

/* Wraps a paragraph at 78 columns. */
static void
print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > 78) {
			putchar('\n');
			column = 0;
		}
		if (column) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, len, stdout);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
print_command(const struct command_row *c)
{
	printf("usage: paddock %s %s [FLAGS]\n\n%s.\n", c->name, c->args,
	       c->summary);
	if (*c->detail) {
		putchar('\n');
		print_wrapped(c->detail);
	}
	if (c->flags) {
		printf("\nflags of %s:\n", c->name);
		print_flags(c->flags & ~(unsigned)FOR_ALL);
	}
	printf("\nflags of every command:\n");
	print_flags(FOR_ALL);
}

void
help_print(const struct command_row *command)
{
	if (command) {
		print_command(command);
		return;
	}
	printf("paddock %s - a console for GitLab runners on Amazon EKS\n\n"
	       "usage: paddock [FLAGS]                  the console\n"
	       "       paddock COMMAND ... [FLAGS]\n\ncommands:\n",
	       PADDOCK_VERSION);
	for (const struct command_row *c = command_rows; c->name; c++) {
		char left[64];

		snprintf(left, sizeof(left), "%s %s", c->name, c->args);
		if (strlen(left) > 26)
			printf("  %s\n  %-26s %s\n", left, "", c->summary);
		else
			printf("  %-26s %s\n", left, c->summary);
	}
	printf("\nflags:\n");
	print_flags(FOR_ALL | FOR_CONSOLE);
	printf("\nexit codes:\n");
	for (const struct exit_row *e = exit_rows; e->meaning; e++)
		printf("  %d  %s\n", e->code, e->meaning);
	printf("\nenvironment:\n");
	for (const struct env_row *v = env_rows; v->names; v++)
		printf("  %-28s %s\n", v->names, v->meaning);
}

/* roff: a leading dot or quote and every backslash must not be read as a
 * request, and hyphens of flags stay hyphens. */
static void
print_roff(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void
manual_flag(const struct flag_row *f)
{
	printf(".TP\n\\fB");
	if (f->letter) {
		print_roff(f->letter);
		printf("\\fR, \\fB");
	}
	print_roff(f->name);
	printf("\\fR");
	if (f->value)
		printf(" \\fI%s\\fR", f->value);
	putchar('\n');
	print_roff(f->help);
	putchar('\n');
}

void
help_print_manual(void)
{
	printf(".TH PADDOCK 1 \"\" \"paddock %s\" \"User Commands\"\n"
	       ".SH NAME\npaddock \\- console for GitLab runners on "
	       "Amazon EKS\n.SH SYNOPSIS\n.B paddock\n[\\fIFLAGS\\fR]\n.br\n"
	       ".B paddock\n\\fICOMMAND\\fR ... [\\fIFLAGS\\fR]\n"
	       ".SH DESCRIPTION\nShows jobs, runner pods, nodes and Auto "
	       "Scaling groups live and side by side, explains every "
	       "autoscaling decision, and carries a scaling engine compatible "
	       "with the Kubernetes Cluster Autoscaler, which advises or "
	       "acts.\n.SH COMMANDS\n", PADDOCK_VERSION);
	for (const struct command_row *c = command_rows; c->name; c++) {
		printf(".TP\n\\fB%s\\fR ", c->name);
		print_roff(c->args);
		putchar('\n');
		print_roff(c->summary);
		printf(".\n");
		print_roff(c->detail);
		putchar('\n');
	}
	printf(".SH FLAGS\n");
	for (const struct flag_row *f = flag_rows; f->name; f++)
		manual_flag(f);
	printf(".SH EXIT STATUS\n");
	for (const struct exit_row *e = exit_rows; e->meaning; e++)
		printf(".TP\n%d\n%s\n", e->code, e->meaning);
	printf(".SH ENVIRONMENT\n");
	for (const struct env_row *v = env_rows; v->names; v++)
		printf(".TP\n%s\n%s\n", v->names, v->meaning);
	printf(".SH FILES\n.TP\n$XDG_CONFIG_HOME/paddock/config.yaml\n"
	       "configuration; read, never written\n"
	       ".TP\n$XDG_STATE_HOME/paddock/journal.jsonl\n"
	       "every act: intent before, outcome after\n");
}

/* Markdown, as the README has it. */
static int
print_keys(const struct options *o)
{
	struct err err = { 0 };
	struct keymap *m = bindings_new(o->keymap, &err);
	struct buf out;

	if (!m)
		return cli_fail(&err);
	buf_init(&out, KEYS_LIMIT);
	bindings_list(m, &out);
	cli_print(buf_text(&out), out.len);
	buf_fini(&out);
	keymap_free(m);
	return 0;
}

int
cli_help(const struct options *o)
{
	const struct command_row *c;

	if (o->args.n == 0) {
		help_print(NULL);
		return 0;
	}
	if (!strcmp(o->args.at[0], "manual")) {
		help_print_manual();
		return 0;
	}
	if (!strcmp(o->args.at[0], "keys"))
		return print_keys(o);
	for (c = command_rows; c->name; c++)
		if (!strcmp(c->name, o->args.at[0]))
			break;
	if (!c->name) {
		struct err err = { 0 };

		err_set(&err, ERR_USAGE, "there is no command \"%s\"",
			o->args.at[0]);
		return cli_fail(&err);
	}
	help_print(c);
	return 0;
}
