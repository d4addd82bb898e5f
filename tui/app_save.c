/*
 * The app: saving what is shown into the state folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/app_private.h"
#include "tui/print.h"

static bool
write_text(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	ok = fwrite(text, 1, len, f) == len;
	return fclose(f) == 0 && ok;
}

static bool
into_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

void
app_save(struct app *a)
{
	enum { SAVE_BYTES = 256 << 20 };
	struct pane *p = app_top(a);
	struct err err = { .code = ERR_NONE };
	char stamp[TIME_TEXT], *path;
	struct print_options o = { .format = PRINT_CSV, .sink = into_buf };
	struct buf text;
	bool ok = true;

	if (!a->state_dir || p->kind == PANE_PAGE) {
		app_toast(a, SEVERITY_INFO, "nothing to save here");
		return;
	}
	buf_init(&text, SAVE_BYTES);
	if (p->kind == PANE_PAGER) {
		pager_save(&p->pager, &text);
	} else {
		o.ctx = &text;
		o.boot_ms = app_boot_ms(a);
		o.wall_ms = clock_wall_ms(a->clock);
		if (p->sheet.filter_text[0] && !p->sheet.filter_error[0])
			o.filter = p->sheet.filter_text;
		ok = view_print((struct entry_view){ .table = p->sheet.view },
				a->snap, &o, NULL, &err);
	}
	path = xasprintf("%s/saved", a->state_dir);
	mkdir(path, 0700); /* there already: fine; else writing fails */
	free(path);
	path = xasprintf("%s/saved/%s-%s.%s", a->state_dir,
			 p->kind == PANE_PAGER ? "text" : p->sheet.view->name,
			 time_format_amz(clock_wall_ms(a->clock), stamp),
			 p->kind == PANE_PAGER ? "txt" : "csv");
	if (!ok)
		app_toast(a, SEVERITY_WARN, "save: %s", err.text);
	else if (!buf_ok(&text) ||
		 !write_text(path, buf_text(&text), text.len))
		app_toast(a, SEVERITY_WARN, "save: cannot write %s: %s", path,
			  strerror(errno));
	else
		app_toast(a, SEVERITY_INFO, "saved %s", path);
	free(path);
	buf_fini(&text);
}
