# Paddock.  `make help` lists the targets.
#
#   make VARIANT=release|asan|ubsan|tsan|fuzz   objects under build/$(VARIANT)/
#   make V=1          show commands         make WERROR=1   warnings are errors
#   make CC= CFLAGS= LDFLAGS=               a packager's flags are kept
#
# While a part is in motion: make unit AREAS="base net" TESTS="map http" builds
# the unit program from those folders of backend/ and those test files alone;
# DIRS=vectors adds all of tests/vectors.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all run test bench soak fuzz fuzz-build asan ubsan tsan lint install
.PHONY: clean golden readme setup help unit lib tools compile_commands.json
.DEFAULT_GOAL := all

VERSION	:= 0.1.0
VARIANT	?= release
PREFIX	?= /usr/local
JOBS	?= 2
B	:= build/$(VARIANT)

# ---- flags --------------------------------------------------------------

CLANG	= $(shell command -v clang || command -v clang-14 || echo clang)
ifeq ($(VARIANT),fuzz)
override CC := $(CLANG)
endif

CFLAGS	?= -O2 -g
CSTD	:= -std=c11 -D_GNU_SOURCE
WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef \
	   -Wimplicit-fallthrough -Wno-missing-field-initializers
SAFE	:= -fno-omit-frame-pointer -fno-sanitize-recover=all

OPT.release	:= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
		   -fstack-protector-strong
# -g1: reports name functions and lines, and all compiles and links sooner.
OPT.asan	:= -O1 -g1 $(SAFE) -fsanitize=address,undefined
OPT.ubsan	:= -O1 -g1 $(SAFE) -fsanitize=undefined
OPT.tsan	:= -O1 -g1 -fno-omit-frame-pointer -fsanitize=thread
OPT.fuzz	:= -O1 -g1 $(SAFE) -fsanitize=fuzzer-no-link,address,undefined
LINK.release	:=
LINK.asan	:= -fsanitize=address,undefined
LINK.ubsan	:= -fsanitize=undefined
LINK.tsan	:= -fsanitize=thread
LINK.fuzz	:= -fsanitize=fuzzer,address,undefined

ifeq ($(filter $(VARIANT),release asan ubsan tsan fuzz),)
$(error VARIANT is one of release asan ubsan tsan fuzz, not $(VARIANT))
endif

# pkg-config runs once, and only when something is compiled: the set-up targets
# must work on a machine that does not have it yet.
pkg = $(if $(shell pkg-config --exists $(1) 2>/dev/null && echo yes),$(shell \
	pkg-config $(2) $(1)),$(error a library of '$(1)' is missing: \
	`make setup` installs what Debian calls it))
once = $(eval $(1) := $(2))$($(1))

PKG_COMMON	:= libcurl jansson yaml-0.1 expat libcrypto yajl
PKG_TUI		:= ncursesw
PKG_SIM		:= libmicrohttpd gnutls
PKG_TEST	:= cmocka vterm libssl
PKG_CFLAGS	= $(call once,PKG_CFLAGS,$(call pkg,$(PKG_COMMON) \
		  $(PKG_TUI) $(PKG_SIM),--cflags))
TEST_CFLAGS	= $(call once,TEST_CFLAGS,$(call pkg,$(PKG_TEST),--cflags))
LIBS_CONSOLE	= $(call pkg,$(PKG_COMMON) $(PKG_TUI),--libs) -lm
LIBS_SIM	= $(call pkg,$(PKG_COMMON) $(PKG_SIM),--libs) -lm
LIBS_BACKEND	= $(call pkg,$(PKG_COMMON),--libs) -lm
LIBS_TEST	= $(call pkg,$(PKG_COMMON) $(PKG_TUI) $(PKG_SIM) \
		  $(PKG_TEST),--libs) -lm

ALL_CFLAGS	= $(CFLAGS) $(CSTD) $(WARN) $(if $(WERROR),-Werror) \
		  $(OPT.$(VARIANT)) -ffp-contract=off -pthread -I. \
		  -DPADDOCK_VERSION='"$(VERSION)"' $(PKG_CFLAGS)
ALL_LDFLAGS	= $(LDFLAGS) $(LINK.$(VARIANT)) -pthread -Wl,--as-needed

Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')
# Sub-makes share a caller's job server, else run $(JOBS) at a time.
SUBMAKE	= $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# ---- sources ------------------------------------------------------------

PARTS	:= base model decode net kube aws gitlab store engine world control
SIMUSES	:= base model decode net engine world

src	= $(wildcard $(foreach d,$(1),backend/$(d)/*.c))
obj	= $(patsubst %.c,$(B)/%.o,$(1))

BACKEND_SRC	:= $(wildcard backend/*.c) $(call src,$(PARTS))
SIM_SRC		:= $(wildcard backend/sim/*.c backend/sim/*/*.c)
SIM_PART_SRC	:= $(filter-out backend/sim/main.c,$(SIM_SRC))
FRONT_SRC	:= $(filter-out tui/main.c,$(wildcard tui/*.c views/*.c \
		   keymaps/*.c))
FRONT_PART_SRC	:= $(filter-out tui/cli%.c,$(FRONT_SRC))

GEN_SCENARIOS	:= build/gen/scenarios.c
GEN_KEYMAPS	:= build/gen/keymaps.c
SCENARIO_OBJ	:= $(B)/gen/scenarios.o
KEYMAP_OBJ	:= $(B)/gen/keymaps.o

CONSOLE_OBJ	:= $(call obj,$(BACKEND_SRC) $(FRONT_SRC)) $(KEYMAP_OBJ)
SIM_OBJ		:= $(call obj,$(call src,$(SIMUSES)) $(SIM_PART_SRC)) \
		   $(SCENARIO_OBJ)

PROGRAMS	:=
ifneq ($(wildcard tui/main.c),)
PROGRAMS	+= $(B)/paddock
endif
ifneq ($(wildcard backend/sim/main.c),)
PROGRAMS	+= $(B)/paddock-sim
endif
ifeq ($(VARIANT),release)
LINKS		:= $(PROGRAMS:$(B)/%=build/%)
endif

# Test code that goes into the one unit program: every .c file of these folders.
UNIT_DIRS	:= tests/unit tests/engine tests/vectors tests/properties \
		   tests/screens tests/sim tests/tui
ifdef AREAS
UNIT_PROGRAM_SRC := $(call src,$(filter-out sim,$(AREAS))) \
		   $(if $(filter sim,$(AREAS)),$(SIM_PART_SRC)) \
		   $(if $(filter tui,$(AREAS)),$(FRONT_PART_SRC)) \
		   $(if $(filter tui control,$(AREAS)),$(wildcard backend/*.c))
UNIT_TEST_SRC	:= $(foreach t,$(TESTS),$(wildcard tests/unit/test_$(t).c)) \
		   $(if $(filter tui,$(AREAS)),$(wildcard tests/tui/*.c)) \
		   $(wildcard $(foreach d,$(DIRS),tests/$(d)/*.c))
# As an archive: helpers of other areas stay out.
UNIT_HELP_OBJ	:= $(call obj,$(filter-out tests/unit/test_%.c,$(wildcard \
		   tests/unit/*.c)))
UNIT_HELPERS	:= $(B)/libunit.a
UNIT		:= $(B)/unit-$(subst $() ,-,$(strip $(AREAS)))
else
UNIT_PROGRAM_SRC := $(BACKEND_SRC) $(SIM_PART_SRC) $(FRONT_SRC)
UNIT_TEST_SRC	:= $(wildcard $(foreach d,$(UNIT_DIRS),$(d)/*.c))
UNIT		:= $(B)/unit
endif
UNIT_OBJ	:= $(call obj,$(UNIT_PROGRAM_SRC) $(UNIT_TEST_SRC)) \
		   $(SCENARIO_OBJ) $(KEYMAP_OBJ)

BENCH_SRC	:= $(wildcard tests/bench/bench_*.c)
BENCH		:= $(patsubst tests/bench/%.c,$(B)/bench/%,$(BENCH_SRC))
FUZZ_SRC	:= $(wildcard tests/fuzz/fuzz_*.c)
FUZZ		:= $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
# Stand-alone helpers of tests (pty harness, stub servers), one file each.
TOOL_SRC	:= $(filter-out %/empty.c,$(wildcard tests/tools/*.c))
# What bench_start measures against: nothing, linked to what paddock is.
EMPTY		:= $(B)/tools/empty
TOOLS		:= $(patsubst tests/tools/%.c,$(B)/tools/%,$(TOOL_SRC))

# ---- building -----------------------------------------------------------

all: $(PROGRAMS) $(LINKS) lib

lib: $(B)/libbackend.a
unit: $(UNIT)
tools: $(TOOLS)
all lib unit tools:
	@:

$(LINKS): build/%: build/release/%
	$(Q)ln -sf release/$* $@

$(B)/paddock: $(call obj,tui/main.c) $(CONSOLE_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_CONSOLE)

$(B)/paddock-sim: $(call obj,backend/sim/main.c) $(SIM_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_SIM)

# Everything without a terminal, a server or a main().
$(B)/libbackend.a: $(call obj,$(BACKEND_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Views, screens and suites enrol by linker sets, so objects, not archives.
$(B)/libunit.a: $(UNIT_HELP_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(UNIT): $(UNIT_OBJ) $(UNIT_HELPERS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_TEST)

$(BENCH): $(B)/bench/%: $(B)/tests/bench/%.o $(CONSOLE_OBJ) \
		$(call obj,$(SIM_PART_SRC)) $(SCENARIO_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_TEST)

$(TOOLS): $(B)/tools/%: $(B)/tests/tools/%.o $(B)/libbackend.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_TEST)

$(EMPTY): $(B)/tests/tools/empty.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -pthread -Wl,--no-as-needed -o $@ $^ \
		$(LIBS_CONSOLE)

# The front end comes as an archive: a fuzz target takes what it names.
$(B)/libfront.a: $(call obj,$(FRONT_SRC)) $(KEYMAP_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# These need the views, which enrol by linker set and so never come out of an
# archive, and a fleet.
TUI_FLEET_OBJ	:= $(call obj,$(wildcard views/*.c tests/tui/world_*.c))
$(B)/fuzz/fuzz_console: $(TUI_FLEET_OBJ) $(call obj,tests/tui/monkey.c)
$(B)/fuzz/fuzz_filter: $(TUI_FLEET_OBJ)
$(B)/bench/bench_console: $(call obj,$(wildcard tests/tui/world_*.c))

# The simulated cloud, for targets that name it.
$(B)/libsim.a: $(call obj,$(SIM_PART_SRC)) $(SCENARIO_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(FUZZ): $(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/libfront.a $(B)/libsim.a \
		$(B)/libbackend.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(LIBS_TEST)

$(B)/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(B)/gen/%.o: build/gen/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Text files become C tables: {name, text, len} rows ended by a NULL name.  The
# folder is a prerequisite so that a removed file counts as a change too.
define TEXTS_AWK
function name(path) {
	sub(/^.*\//, "", path); sub(/\.[^.]*$$/, "", path); return path
}
BEGIN { print "/* Generated by make from text files. */"
	printf "#include \"%s\"\n\n#include <stddef.h>\n", header }
FNR == 1 { if (n) print "\t;"
	names[++n] = name(FILENAME)
	printf "\nstatic const char text_%d[] =\n", n }
{ gsub(/["\\?]/, "\\\\&"); printf "\t\"%s\\n\"\n", $$0 }
END { if (n) print "\t;"
	printf "\nconst struct %s %ss[] = {\n", type, type
	for (i = 1; i <= n; i++)
		printf "\t{ \"%s\", text_%d, sizeof(text_%d) - 1 },\n",
			names[i], i, i
	print "\t{ NULL, NULL, 0 },\n};" }
endef
export TEXTS_AWK

$(GEN_SCENARIOS): $(wildcard backend/sim/scenarios \
		backend/sim/scenarios/*.yaml) Makefile
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -v header=backend/sim/scenarios.h -v type=scenario_text \
		"$$TEXTS_AWK" $(filter %.yaml,$^) </dev/null >$@

$(GEN_KEYMAPS): $(wildcard keymaps keymaps/*.keys) Makefile
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -v header=keymaps/texts.h -v type=keymap_text \
		"$$TEXTS_AWK" $(filter %.keys,$^) </dev/null >$@

-include $(patsubst %.o,%.d,$(sort $(CONSOLE_OBJ) $(SIM_OBJ) $(UNIT_OBJ) $(UNIT_HELP_OBJ) \
	$(call obj,tui/main.c backend/sim/main.c $(BENCH_SRC) $(FUZZ_SRC) \
	$(TOOL_SRC))))

# ---- running ------------------------------------------------------------

# Installs what is missing (Debian and Ubuntu), or says what to install; costs
# milliseconds when nothing is.
setup:
	@sh tests/setup.sh build test

run:
	@sh tests/setup.sh build
	@$(SUBMAKE) all
	$(Q)build/paddock demo $(ARGS)

test:
	@sh tests/setup.sh build test
	@JOBS=$(JOBS) MAKE='$(MAKE_COMMAND)' sh tests/run.sh

asan ubsan tsan:
	@sh tests/setup.sh build test
	@$(SUBMAKE) VARIANT=$@ unit
	@sh tests/unit/run.sh $@

lint:
	@sh tests/setup.sh build test
	@$(SUBMAKE) all
	@sh tests/lint/run.sh

# Rewrites the screens that tests compare with; review is the diff.
golden:
	@$(SUBMAKE) unit
	$(Q)GOLDEN=1 $(UNIT) tui_screens

# Writes the README's key tables anew from the tables of the program.
readme: $(B)/paddock
	$(Q)$(B)/paddock help keys >build/keys.md
	$(Q)awk '/^<!-- end of keys -->/ { skip = 0 } !skip { print } \
		/^<!-- keys -->/ { skip = 1; print ""; \
		while ((getline line < "build/keys.md") > 0) print line; \
		print "" }' README.md >build/README.md
	$(Q)cat build/README.md >README.md

fuzz-build: $(FUZZ)

fuzz:
	@sh tests/setup.sh build test
	@$(SUBMAKE) VARIANT=fuzz fuzz-build
	@sh tests/fuzz/run.sh

bench:
	@sh tests/setup.sh build test
	@$(SUBMAKE) all $(BENCH) $(EMPTY)
	$(Q)sh tests/bench/run.sh $(BENCH) $(wildcard tests/bench/bench_*.sh)

# Campaign sizes of the generators that `make test` runs small.
soak:
	@sh tests/setup.sh build test
	@$(SUBMAKE) unit VARIANT=release
	@$(SUBMAKE) all unit VARIANT=asan
	@$(SUBMAKE) VARIANT=fuzz fuzz-build
	@SEED='$(SEED)' MINUTES='$(MINUTES)' JOBS=$(JOBS) sh tests/soak.sh

install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	$(if $(PROGRAMS),install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin)
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	$(B)/paddock help manual >build/paddock.1
	install -m 644 build/paddock.1 $(DESTDIR)$(PREFIX)/share/man/man1

clean:
	rm -rf build compile_commands.json

compile_commands.json:
	@{ echo '['; sep=; for f in $(sort $(BACKEND_SRC) $(SIM_SRC) \
	$(FRONT_SRC) $(wildcard tui/main.c)); do \
	printf '%s{"directory":"%s","file":"%s","command":"cc %s -c %s"}\n' \
	"$$sep" '$(CURDIR)' "$$f" '-std=c11 -D_GNU_SOURCE -I.' "$$f"; \
	sep=,; done; echo ']'; } >$@

help:
	@echo 'all run test bench soak fuzz asan ubsan tsan lint install clean'
	@echo 'setup unit golden readme tools lib compile_commands.json'
	@echo 'Knobs: VARIANT V=1 WERROR=1 JOBS ARGS PREFIX DESTDIR AREAS TESTS'
	@echo 'FUZZ_SECONDS SEED MINUTES'
