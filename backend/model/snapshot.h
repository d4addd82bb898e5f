/*
 * A snapshot: the whole known world at one moment, immutable and shared.
 *
 * Rows live in pages of SLOT_PAGE slots that consecutive snapshots share:
 * publishing copies only pages that changed, and a reader finds changes by
 * comparing page pointers with the snapshot it held before, which stays right
 * when snapshots were skipped.
 *
 * Thread: any may read; the last unref may happen anywhere.
 */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "backend/base/clock.h"
#include "backend/base/err.h"
#include "backend/model/derived.h"

enum { SLOT_PAGE = 64 };

struct slot {
	const struct record *rec; /* NULL: empty */
	const struct record *sum; /* its derived record, or NULL */
	uint16_t gen;
	bool ended;		  /* gone from its source; kept an hour */
	int64_t ended_ms;	  /* world time it went */
};

struct page {
	_Atomic uint32_t refs;
	struct slot slots[SLOT_PAGE];
};

struct page *page_new(void);		   /* empty, one reference */
struct page *page_copy(const struct page *p); /* own; refs its records */
struct page *page_ref(struct page *p);
void page_unref(struct page *p);	   /* drops its records at the end */

struct table {
	struct page *const *pages; /* shared; entries never NULL; the array
				      itself is malloc'ed per snapshot */
	uint32_t page_n;
	uint32_t live, ended;	   /* rows */
};

enum source_state {
	SOURCE_OFF,	   /* not configured or switched off */
	SOURCE_CONNECTING,
	SOURCE_LOADING,	   /* first lists under way */
	SOURCE_LIVE,
	SOURCE_STALE,	   /* was live; trouble says why it is not */
	SOURCE_FAILED,	   /* never got data; trouble says why */
};
const char *source_state_name(enum source_state state);

struct source_status {
	uint8_t state;		/* enum source_state */
	int64_t good_boot_ms;	/* last good word; 0: never */
	uint32_t failures;	/* in a row */
	char trouble[256];	/* clean, one sentence; "" when well */
	uint8_t trouble_code;	/* enum err_code */
};

enum engine_mode { MODE_ADVISORY, MODE_APPROVAL, MODE_ACTIVE };
enum lead { LEAD_UNKNOWN, LEAD_NONE, LEAD_CA, LEAD_PADDOCK, LEAD_OTHER };

struct engine_status {
	uint8_t mode, lead;
	bool taking_over, handing_back;
	bool awaiting_approval;	   /* a step waits; see decision 0 */
	char leader[128];	   /* lease holder */
	int64_t loop_ms;	   /* world time of the leader's last loop */
	int64_t decided_ms;	   /* our last decision */
	/* What it knows begins here: the first decision; 0: none yet, or its
	 * memory came with the world. */
	int64_t known_ms;
	bool backoff_known;	   /* groups avoided before, by the status */
	int64_t takeover_ends_boot_ms; /* 0: none */
	char blocked[256];	   /* why it does not act, or "" */
	char next_step[256];	   /* what approval would carry out */
	bool scale_down_off;	   /* it leads, and removes nothing */
	/* While the deployed autoscaler leads: its acts beside our plans. */
	int64_t shadowed_ms;	   /* world time in which both decided */
	uint32_t shadow_acts, shadow_agreed;
	uint32_t shadow_downs, shadow_downs_agreed; /* of them scale-downs */
	char shadow[120];	   /* the same as a sentence */
};

/* It does what it decides: nobody is asked before.  Of all else it "would". */
static inline bool
engine_does(const struct engine_status *e)
{
	return e->mode == MODE_ACTIVE;
}

/* Everything the header says of where we are. */
struct place {
	char context[128], cluster[128], account[32], region[32];
	char user[128];
	bool simulated, production;
	bool may_write;		   /* context allows writing at all now */
	int64_t write_until_boot_ms; /* :write countdown; 0: no limit */
	bool aws_proven;	   /* account and region hold this cluster */
	int64_t credentials_end_ms; /* wall; 0 unknown */
};

/* Text that arrives in pieces: logs, YAML, describe, why. */
enum stream_state { STREAM_OPENING, STREAM_OPEN, STREAM_ENDED, STREAM_FAILED };

struct chunk { /* immutable once listed */
	_Atomic uint32_t refs;
	uint32_t len, lines; /* whole lines, each ended by '\n' */
	char text[];	     /* as received: clean it on the way out */
};

struct chunk *chunk_ref(struct chunk *c);
void chunk_unref(struct chunk *c); /* NULL is fine */

/* A server's words of why not, with the names of pods they are about. */
enum { STREAM_NOTE = 512 };

struct stream_view {
	uint64_t id;
	uint8_t state;
	struct chunk *const *chunks;
	uint32_t chunk_n;
	uint64_t first_line;	/* number of the first line still held */
	uint64_t dropped_lines, dropped_bytes; /* let go at the ceiling */
	char note[STREAM_NOTE];	/* why it ended or failed */
};

/* The last unref frees it with its arrays (pages, streams, chunks), each an
 * allocation of its own, and drops the references they hold. */
struct snapshot {
	_Atomic uint32_t refs;
	uint64_t seq;		/* grows by one per publication */
	struct world_clock clock;
	struct source_status source[SOURCE_COUNT];
	struct place place;
	struct engine_status engine;
	struct fleet fleet;
	struct table table[KIND_COUNT];
	struct stream_view *streams; /* few; searched */
	uint32_t stream_n;
	uint64_t loaded_kinds;	/* bit per kind: its first list is complete */
};

const struct snapshot *snapshot_ref(const struct snapshot *s);
void snapshot_unref(const struct snapshot *s); /* NULL is fine */

/* NULL when the handle is stale or none. */
const struct slot *snapshot_slot(const struct snapshot *s, struct handle h);
const void *snapshot_rec(const struct snapshot *s, struct handle h);
const void *snapshot_sum(const struct snapshot *s, struct handle h);
struct handle snapshot_handle(enum kind kind, uint32_t index, uint16_t gen);

/* Every filled slot of a kind, ended ones too:
 * for (uint32_t i = 0; (slot = snapshot_next(s, kind, &i, &h));) */
const struct slot *snapshot_next(const struct snapshot *s, enum kind kind,
				 uint32_t *cursor, struct handle *h);
/* Linear; for commands that name an object.  ns NULL: any.  name may also be
 * the record_key() of an AWS or GitLab record.  Live rows win over ended. */
struct handle snapshot_find(const struct snapshot *s, enum kind kind,
			    const char *ns, const char *name);
const struct stream_view *snapshot_stream(const struct snapshot *s,
					  uint64_t id);
enum { RECORD_KEY = 320 };
/* "ns/name" or name; AWS: name or id, "id/version" of launch templates;
 * GitLab: the number.  Writes into out. */
const char *record_key(const struct record *r, char out[static RECORD_KEY]);
bool record_has_key(const struct record *r, const char *key);
/* Name (and namespace, or "") of any record, for messages and filters. */
const char *record_name(const struct record *r);
const char *record_ns(const struct record *r);
const char *record_uid(const struct record *r); /* "" when it has none */
const char *record_rv(const struct record *r);	/* "" when it has none */

#endif
