/*
 * What containers have written: the programs' own logbooks, jobs' scripts, and
 * the lines that well-known programs begin with.
 */
#include "backend/sim/world/container_log.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

/* aws-node tells the kubelet of a network this long after it began; a node
 * whose network never comes up does not get there. */
#define CNI_READY_MS 900

enum style {
	PLAIN,
	KLOG, /* klog's header in front: severity, date, time, thread */
	ZAP,  /* a JSON object: level and time in front */
};

struct first_line {
	const char *container; /* NULL: of the one before */
	int32_t after_ms;      /* from the container's start */
	enum style style;
	const char *text;
};

/* clang-format off */
static const struct first_line first_lines[] = {
	{ "aws-vpc-cni-init", 20, ZAP, "\"caller\":\"aws-vpc-cni-init/main.go"
	  "\",\"msg\":\"Copied all CNI plugin binaries to /host/opt/cni/bin\""
	},
	{ NULL, 60, ZAP, "\"caller\":\"aws-vpc-cni-init/main.go\",\"msg\":"
	  "\"CNI init container done\"" },

	{ "aws-node", 10, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":"
	  "\"Validating env variables ...\"" },
	{ NULL, 20, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":\"Install CNI "
	  "binaries..\"" },
	{ NULL, 40, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":\"Starting IPAM "
	  "daemon in the background ... \"" },
	{ NULL, 50, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":\"Checking for "
	  "IPAM connectivity ... \"" },
	{ NULL, CNI_READY_MS, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":"
	  "\"Copying config file ... \"" },
	{ NULL, CNI_READY_MS + 30, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":"
	  "\"Successfully copied CNI plugin binary and config file.\"" },
	{ NULL, CNI_READY_MS + 40, ZAP, "\"caller\":\"entrypoint.sh\",\"msg\":"
	  "\"Foregrounding IPAM daemon ...\"" },

	{ "aws-eks-nodeagent", 200, ZAP, "\"logger\":\"setup\",\"msg\":"
	  "\"starting manager\"" },

	{ "kube-proxy", 90, KLOG, "server_linux.go:53] \"Using iptables "
	  "proxy\"" },
	{ NULL, 180, KLOG, "conntrack.go:60] \"Setting nf_conntrack_max\" "
	  "nfConntrackMax=131072" },
	{ NULL, 220, KLOG, "config.go:199] \"Starting service config "
	  "controller\"" },
	{ NULL, 221, KLOG, "config.go:105] \"Starting endpoint slice config "
	  "controller\"" },
	{ NULL, 330, KLOG, "shared_informer.go:320] Caches are synced for "
	  "endpoint slice config" },
	{ NULL, 331, KLOG, "shared_informer.go:320] Caches are synced for "
	  "service config" },

	{ "coredns", 30, PLAIN, ".:53" },
	{ NULL, 31, PLAIN, "[INFO] plugin/reload: Running configuration SHA512 "
	  "= 8a7d59126e7f114ab49c6d2613be93d8ef7d408af8ee61a710210843dc409f0313"
	  "3727e38f64469d9bb180f396c84ebf48a42bde3b3769730865ca9df5eb281c" },
	{ NULL, 32, PLAIN, "CoreDNS-1.11.4" },
	{ NULL, 33, PLAIN, "linux/amd64, go1.23.8" },

	{ "metrics-server", 400, KLOG, "serving.go:374] Generated self-signed "
	  "cert (/tmp/apiserver.crt, /tmp/apiserver.key)" },
	{ NULL, 900, KLOG, "handler.go:275] Adding GroupVersion metrics.k8s.io "
	  "v1beta1 to ResourceManager" },
	{ NULL, 1010, KLOG, "secure_serving.go:213] Serving securely on "
	  "[::]:10250" },
	{ NULL, 1110, KLOG, "shared_informer.go:318] Caches are synced for "
	  "RequestHeaderAuthRequestController" },

	/* Flux's controllers all call theirs so. */
	{ "manager", 180, ZAP, "\"logger\":\"setup\",\"msg\":\"starting "
	  "manager\"" },
	{ NULL, 200, ZAP, "\"logger\":\"controller-runtime.metrics\",\"msg\":"
	  "\"Serving metrics server\",\"bindAddress\":\":8080\",\"secure\":"
	  "false" },
	{ NULL, 210, KLOG, "leaderelection.go:257] attempting to acquire "
	  "leader lease flux-system/controller-leader-election..." },
};
/* clang-format on */

/* ---- first lines ---- */

static const struct first_line *
lines_of(const struct kcontainer *c, uint32_t *n)
{
	const struct first_line *end = first_lines + ARRAY_LEN(first_lines);
	const struct first_line *l = first_lines;

	while (l < end && !str_eq(l->container, c->name))
		l++;
	*n = l < end;
	while (*n && l + *n < end && !l[*n].container)
		++*n;
	return l;
}

/* Milliseconds the container's run has lasted, or did. */
static int64_t
run_ms(struct kubernetes *k, const struct kpod *p, const struct kcontainer *c,
       bool previous, int64_t *began)
{
	int64_t end = sim_now_ms(k->sim);

	*began = previous ? c->last_started_ms : c->started_ms;
	if (previous)
		end = c->last_finished_ms;
	else if (c->state != K_RUNNING)
		end = c->finished_ms;
	if (str_eq(c->name, "aws-node") &&
	    p->node->instance->boot == BOOT_NOT_READY &&
	    end - *began >= CNI_READY_MS)
		return CNI_READY_MS - 1;
	return end - *began;
}

void
klog_header(struct buf *text, int64_t at_ms)
{
	char at[TIME_TEXT];

	time_format(at_ms - at_ms % 1000, false, at);
	buf_printf(text, "I%.2s%.2s %.8s.%03d000       1 ", at + 5, at + 8,
		   at + 11, (int)(at_ms % 1000));
}

static void
write_first(const struct first_line *l, int64_t at_ms, struct buf *text)
{
	char at[TIME_TEXT];

	time_format(at_ms, true, at);
	switch (l->style) {
	case KLOG:
		klog_header(text, at_ms);
		buf_puts(text, l->text);
		break;
	case ZAP:
		buf_printf(text, "{\"level\":\"info\",\"ts\":\"%s\",%s}", at,
			   l->text);
		break;
	case PLAIN:
		buf_puts(text, l->text);
		break;
	}
}

/* ---- logbooks ---- */

struct logbook *
container_log_begin(struct kpod *p)
{
	logbook_free(p->last_log);
	p->last_log = p->log;
	p->log = xcalloc(1, sizeof(*p->log));
	return p->log;
}

void
logbook_add(struct logbook *l, int64_t at_ms, const char *fmt, ...)
{
	uint64_t slot = l->end++ % LOGBOOK_LINES;
	va_list args;

	free(l->lines[slot].text);
	va_start(args, fmt);
	l->lines[slot].text = xvasprintf(fmt, args);
	va_end(args);
	l->lines[slot].at_ms = at_ms;
}

void
logbook_free(struct logbook *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < LOGBOOK_LINES; i++)
		free(l->lines[i].text);
	free(l);
}

static bool
logbook_line(const struct logbook *l, uint64_t n, int64_t *at_ms,
	     struct buf *text)
{
	uint64_t slot = n % LOGBOOK_LINES;

	if (n >= l->end || l->end - n > LOGBOOK_LINES)
		return false;
	*at_ms = l->lines[slot].at_ms;
	buf_puts(text, l->lines[slot].text);
	return true;
}

/* Lines there are by then: a command's are known ahead of their time. */
static uint64_t
lines_until(const struct logbook *l, int64_t now_ms)
{
	uint64_t n = l->end;

	while (n > 0 && l->end - n < LOGBOOK_LINES &&
	       l->lines[(n - 1) % LOGBOOK_LINES].at_ms > now_ms)
		n--;
	return n;
}

/* The pod's program is its first container that is no init container. */
static bool
is_main(const struct kpod *p, const struct kcontainer *c)
{
	uint32_t i = 0;

	while (i + 1 < p->containers.n && p->containers.at[i].init)
		i++;
	return c == &p->containers.at[i];
}

/* Its logbook of that run; NULL: it keeps none, or is not there any more. */
static const struct logbook *
book_of(const struct kpod *p, const struct kcontainer *c, bool previous)
{
	if (!is_main(p, c))
		return NULL;
	/* One that waits to be restarted has ended and not begun again. */
	if (previous && c->state == K_WAITING)
		return p->log;
	return previous ? p->last_log : p->log;
}

/* ---- what the kubelet has ---- */

static bool
was_there(const struct kcontainer *c, bool previous)
{
	if (!previous)
		return c->started_ms != 0;
	return c->restarts > 0 || (c->state == K_WAITING && c->finished_ms);
}

bool
container_log_state(struct kubernetes *k, const struct kpod *p,
		    const struct kcontainer *c, bool previous,
		    struct kube_log_state *state)
{
	const struct logbook *book = book_of(p, c, previous);
	const struct first_line *l;
	int64_t began, ran;
	uint32_t n;

	*state = (struct kube_log_state){ 0 };
	if (!was_there(c, previous))
		return false;
	state->growing = !previous && c->state == K_RUNNING;
	if (p->program && p->program->log_end && !previous) {
		state->end = p->program->log_end(k, p, c);
		return true;
	}
	if (book) {
		state->end = lines_until(
			book, previous || c->state == K_RUNNING
				      ? sim_now_ms(k->sim)
				      : c->finished_ms);
		if (book->end > LOGBOOK_LINES)
			state->first = book->end - LOGBOOK_LINES;
		return true;
	}
	ran = run_ms(k, p, c, previous, &began);
	l = lines_of(c, &n);
	while (state->end < n && l[state->end].after_ms <= ran)
		state->end++;
	return true;
}

bool
container_log_line(struct kubernetes *k, const struct kpod *p,
		   const struct kcontainer *c, bool previous, uint64_t n,
		   int64_t *at_ms, struct buf *text)
{
	const struct logbook *book = book_of(p, c, previous);
	const struct first_line *l;
	int64_t began, ran;
	uint32_t count;

	if (!was_there(c, previous))
		return false;
	if (p->program && p->program->log_line && !previous)
		return p->program->log_line(k, p, c, n, at_ms, text);
	if (book)
		return logbook_line(book, n, at_ms, text);
	ran = run_ms(k, p, c, previous, &began);
	l = lines_of(c, &count);
	if (n >= count || l[n].after_ms > ran)
		return false;
	*at_ms = began + l[n].after_ms;
	write_first(&l[n], *at_ms, text);
	return true;
}
