# hathora: build, test, install. `make help` lists the targets.

LUA     = lua5.4
CFLAGS ?= -O2 -g
LIBFLAG = -shared
B       = build

# Where the headers are: given by LuaRocks, else asked of pkg-config (when a recipe runs, since
# `make setup` may only just have installed it).
LUA_FLAGS  = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell pkg-config --cflags lua5.4))
CURL_FLAGS = $(if $(CURL_INCDIR),-I$(CURL_INCDIR),$(shell pkg-config --cflags libcurl 2>&-))
CURL_LIBS  = $(if $(CURL_LIBDIR),-L$(CURL_LIBDIR)) -lcurl -lpthread
WARNINGS   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror=implicit-function-declaration
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden $(WARNINGS) -Isrc \
             $(LUA_FLAGS) $(CURL_FLAGS) $(CFLAGS)

CORE = $(patsubst src/%.c,%,$(wildcard src/reactor/*.c src/core/*.c))
# libcurl does not join its resolver threads, so lua_close must not unmap the code they run.
CORE_LDFLAGS = -Wl,-z,nodelete

HOST_MODULES = file httpd members path permissions poll proc secret sockets spawn sqlite users
HOST_LIBS_httpd = -lmicrohttpd -lgnutls -lwslay
HOST_LIBS_sqlite = -lsqlite3 -lpthread
HTTPD = http http_exchange http_socket listener http_certificate
SHIM  = $(wildcard src/host/shim/*.c) src/host/tree.c
SHIM_FLAGS = -std=c11 -D_GNU_SOURCE -Isrc $(WARNINGS) $(CFLAGS)

CORE_BUILT = $(B)/lib/hathora/core.so
HOST_BUILT = $(HOST_MODULES:%=$(B)/lib/hathora/host/%.so) \
             $(B)/lib/hathora/host/shim $(B)/lib/hathora/host/gameserver
SPEC_PRELOADED = faults
SPEC_PROGRAMS  = $(filter-out $(SPEC_PRELOADED),$(basename $(notdir $(wildcard spec/support/*.c))))
SPEC_LIBS_failing_allocator = $(shell pkg-config --libs lua5.4)
SPEC_LIBS_closing_host      = $(SPEC_LIBS_failing_allocator)
SPEC_LIBS_forking_host      = $(SPEC_LIBS_failing_allocator)
SPEC_LIBS_threading_host    = $(SPEC_LIBS_failing_allocator)
SPEC_BUILT = $(SPEC_PRELOADED:%=$(B)/spec/%.so) $(SPEC_PROGRAMS:%=$(B)/spec/%)
BENCH_BUILT = $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c))
BENCH_LIBS_floor       = $(CURL_LIBS)
BENCH_LIBS_httpd_floor = -lmicrohttpd
EXAMPLES   = $(patsubst examples/%.c,$(B)/examples/%,$(wildcard examples/*.c))
C_FILES    = $(wildcard src/*.[ch] src/*/*.[ch] src/*/*/*.[ch] spec/*/*.[ch] examples/*.c bench/*.c)

# How a program of this repository is run without being installed.
FROM_HERE = HATHORA_BUILD=$(B) LUA_CPATH="$(B)/lib/?.so;;" \
            LUA_PATH="lua/?.lua;lua/?/init.lua;spec/?.lua;bench/?.lua;?.lua;;"

.PHONY: all build core host compiled-specs setup demo demo-browser demo-swarm test specs peers \
        lint memcheck eager asan fuzz bench bench-host bench-rooms bench-swarm reference pictures \
        recording docs coverage install install-core install-host uninstall clean help FORCE

all: build

build: core host $(EXAMPLES) ## build everything into build/
core: $(CORE_BUILT)
host: $(HOST_BUILT)
compiled-specs: $(SPEC_BUILT)

# A module leaves Lua's own symbols open: the interpreter that loads it has them.
$(CORE_BUILT): $(CORE:%=$(B)/obj/src/%.o)
	@mkdir -p $(@D)
	$(CC) $(LIBFLAG) $(CORE_LDFLAGS) $(CFLAGS) -o $@ $^ $(CURL_LIBS)

$(B)/lib/hathora/host/%.so: $(B)/obj/src/host/%.o
	@mkdir -p $(@D)
	$(CC) $(LIBFLAG) $(CFLAGS) -o $@ $^ $(HOST_LIBS_$*)

$(B)/lib/hathora/host/httpd.so: $(HTTPD:%=$(B)/obj/src/host/%.o)
$(B)/lib/hathora/host/sockets.so: $(B)/obj/src/host/socket_table.o
$(B)/lib/hathora/host/proc.so: $(B)/obj/src/host/tree.o

# A library whose header is not there is named with the packages that have it, for the systems we
# know: $(call need,HEADER,DEBIAN AND UBUNTU,FEDORA,ALPINE,ARCH,HOMEBREW)
define need
	@echo '#include <$(1)>' | $(CC) $(ALL_CFLAGS) -E -x c -o /dev/null - 2>/dev/null || { \
	  echo 'The header $(1) is not found. Install $(2) (Debian, Ubuntu), $(3) (Fedora),' \
	    '$(4) (Alpine), $(5) (Arch) or $(6) (Homebrew); or, if it is in an unusual place,' \
	    'give that with CFLAGS=-I...'; exit 1; } >&2
	@mkdir -p $(@D) && touch $@
endef
$(B)/obj/has/curl:
	$(call need,curl/curl.h,libcurl4-openssl-dev,libcurl-devel,curl-dev,curl,curl)
$(B)/obj/has/microhttpd:
	$(call need,microhttpd.h,libmicrohttpd-dev,libmicrohttpd-devel,libmicrohttpd-dev,libmicrohttpd,libmicrohttpd)
$(B)/obj/has/gnutls:
	$(call need,gnutls/gnutls.h,libgnutls28-dev,gnutls-devel,gnutls-dev,gnutls,gnutls)
$(B)/obj/has/wslay:
	$(call need,wslay/wslay.h,libwslay-dev,wslay-devel,wslay-dev,wslay,wslay)
$(B)/obj/has/sqlite:
	$(call need,sqlite3.h,libsqlite3-dev,sqlite-devel,sqlite-dev,sqlite,sqlite)
$(CORE:%=$(B)/obj/src/%.o): | $(B)/obj/has/curl
$(HTTPD:%=$(B)/obj/src/host/%.o) $(B)/obj/src/host/httpd.o: | $(B)/obj/has/microhttpd \
  $(B)/obj/has/gnutls
$(B)/obj/src/host/http_socket.o: | $(B)/obj/has/wslay
$(B)/obj/src/host/sqlite.o: | $(B)/obj/has/sqlite

# It starts beside each game, so it should start soon: linked statically, and with musl, which does
# not ask what processor it is on, where that is installed for the machine that we build for.
$(B)/lib/hathora/host/shim: $(SHIM) $(wildcard src/host/shim/*.h) src/host/tree.h
	@mkdir -p $(@D)
	test "$$(musl-gcc -dumpmachine 2>&1)" = "$$($(CC) -dumpmachine)" && \
	  musl-gcc $(SHIM_FLAGS) -static -o $@ $(SHIM) 2>/dev/null || \
	  $(CC) $(SHIM_FLAGS) -static -o $@ $(SHIM) 2>/dev/null || $(CC) $(SHIM_FLAGS) -o $@ $(SHIM)

# What `hathora-host serve --demo` serves.
$(B)/lib/hathora/host/gameserver: $(B)/obj/examples/gameserver.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^

$(B)/examples/%: $(B)/obj/examples/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^

$(B)/bench/%: $(B)/obj/bench/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(BENCH_LIBS_$*)

$(B)/spec/%.so: $(B)/obj/spec/support/%.o
	@mkdir -p $(@D)
	$(CC) -shared $(CFLAGS) -o $@ $^

$(B)/spec/%: $(B)/obj/spec/support/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(SPEC_LIBS_$*)

.SECONDARY:
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)

# A list of .ci/packages is installed by `make setup-LIST`, with what building needs.
setup: ## install what building needs and is missing (Debian packages), saying what and why
	@.ci/setup build
setup-%:
	@.ci/setup build $*
# What is run is made quietly, once there is a compiler, with all processors.
MAKE_QUIETLY = echo "Building into $(B)/ ..."; $(MAKE) --no-print-directory -s -j"$$(nproc)"
MAKE_SPECS   = $(MAKE_QUIETLY) build compiled-specs

demo: setup ## see it work: a host, a game server, and a script that talks to both
	@$(MAKE_QUIETLY) build
	@examples/demo.sh

demo-browser: setup ## see a game in a browser: a page, lobbies, a game server (Node.js)
	@$(MAKE_QUIETLY) build
	@command -v node >/dev/null || .ci/setup npm
	@exec node examples/browser/demo.mjs

demo-swarm: setup-containers ## see a Swarm of three nodes work on this machine (as root)
	@$(MAKE_SPECS)
	@$(FROM_HERE) $(LUA) examples/swarm/demo.lua

test: setup-test ## set up, build and run every spec; SPECS=spec/x_spec.lua runs some
	@$(MAKE_SPECS)
	@$(MAKE) --no-print-directory specs

specs: build compiled-specs
	@HATHORA_BUILD=$(B) spec/run $(SPECS)

# What the specs hold the project against: a browser, containers where they can be started, and of
# npm's packages these. Without them the specs that need them are skipped.
PEERS = @stoplight/prism-cli@5.14.2 @hathora/cloud-sdk-typescript@2.25.6 \
        @hathora/client-sdk@1.3.1 @hathora/server-sdk@1.1.0 ws@8.18.0 esbuild@0.25.12
# What server-sdk serves web sockets by comes from GitHub alone, and no spec needs it.
PEERS_SETTINGS = {"overrides": {"uWebSockets.js": "npm:ws@8.18.0"}}
peers: setup-peers ## install what others wrote that specs compare with, so that none is skipped
	@[ "$$(id -u)" != 0 ] || .ci/setup containers
	@command -v npm >/dev/null || .ci/setup npm
	@npm ls --prefix $(B)/node $(PEERS) >/dev/null 2>&1 || { \
	  echo "Fetching from npm: $(PEERS) ..."; mkdir -p $(B)/node; \
	  [ -f $(B)/node/package.json ] || echo '$(PEERS_SETTINGS)' >$(B)/node/package.json; \
	  npm install --silent --no-audit --no-fund --prefix $(B)/node $(PEERS); }

lint: setup-lint ## check layout, warnings of both compilers, and what the checkers find
	clang-format --dry-run -Werror $(C_FILES)
	luacheck -q .
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability,performance \
	  --inline-suppr -D_GNU_SOURCE -Isrc $(filter %.c,$(C_FILES))
	@for compiler in gcc clang; do \
	  $(MAKE) --no-print-directory -s -j"$$(nproc)" B=$(B)/$$compiler CC=$$compiler \
	    CFLAGS="-O2 -g -Werror" build compiled-specs || exit 1; \
	done

memcheck: setup-memcheck setup-test ## the specs under valgrind: any error or leak fails
	@$(MAKE_SPECS)
	@HATHORA_BUILD=$(B) WRAP="valgrind --quiet --error-exitcode=99 --leak-check=full \
	  --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,possible" \
	  spec/run --exclude-tags=outside,quick $(SPECS)

eager: build compiled-specs ## the specs with Lua's collector at its most eager
	@HATHORA_BUILD=$(B) HATHORA_SPEC_COLLECTOR=eager spec/run $(SPECS)

ASAN_FLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
             -fno-sanitize-recover=undefined
# A sanitizer keeps freed memory for a while: what measures memory cannot run under it.
asan: build ## the specs with address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory B=$(B)/asan CC=gcc CFLAGS="$(ASAN_FLAGS)" build compiled-specs
	@HATHORA_BUILD=$(B)/asan WRAP="env LD_PRELOAD=$(shell gcc -print-file-name=libasan.so) \
	  ASAN_OPTIONS=detect_leaks=0" spec/run --exclude-tags=outside,memory $(SPECS)

# libFuzzer's part of clang is a package of its own.
FUZZ_SECONDS = 60
fuzz: setup ## random bytes to the JSON reader, for FUZZ_SECONDS
	@.ci/setup spec/fuzz/packages
	@$(MAKE) --no-print-directory -s B=$(B)/fuzz CC=clang \
	  CFLAGS="-O1 -g -fsanitize=fuzzer-no-link,address,undefined" $(CORE:%=$(B)/fuzz/obj/src/%.o)
	@clang -fsanitize=fuzzer,address,undefined $(ALL_CFLAGS) -o $(B)/fuzz/json spec/fuzz/json.c \
	  $(CORE:%=$(B)/fuzz/obj/src/%.o) $(CURL_LIBS) $(shell pkg-config --libs lua5.4)
	@mkdir -p $(B)/fuzz/corpus
	@ASAN_OPTIONS=detect_leaks=0 $(B)/fuzz/json -max_total_time=$(FUZZ_SECONDS) -max_len=512 \
	  -dict=spec/fuzz/json.dict -artifact_prefix=$(B)/fuzz/ $(B)/fuzz/corpus

# Types and reference pages are made from the contract, and kept: an editor and a reader of the
# repository find them without making anything.
reference: build ## write library/ and docs/operations.md, docs/options.md again
	@$(FROM_HERE) $(LUA) docs/source/generate.lua

recording: setup ## play the first commands in terminals, into docs/images/terminal.svg
	@$(MAKE_QUIETLY) build
	@mkdir -p docs/images
	@$(FROM_HERE) $(LUA) docs/source/recording.lua

pictures: setup-peers recording ## take the pictures of docs/images again
	@$(MAKE_SPECS)
	@mkdir -p docs/images
	@$(FROM_HERE) $(LUA) docs/source/pictures.lua
	@HATHORA_BUILD=$(B) HATHORA_SPEC_SCREENSHOT=docs/images/browser.png \
	  spec/run --filter='make demo.browser' spec/browser_spec.lua
	@optipng -quiet -o2 docs/images/*.png

SITE = $(B)/site
docs: setup reference ## make the site in build/docs
	@command -v npm >/dev/null || .ci/setup npm
	@mkdir -p $(SITE)
	@[ -d $(SITE)/node_modules/vitepress ] || npm install --silent --no-audit --no-fund \
	  --prefix $(SITE) vitepress@1.6.4
	@rm -rf $(SITE)/docs && cp -r docs $(SITE)/docs
	@cd $(SITE) && node_modules/.bin/vitepress build docs --outDir $(CURDIR)/build/docs
	@echo "Open build/docs/index.html, or serve it: python3 -m http.server -d build/docs"

# Of C by gcov; of Lua by luacov, which Debian 12 does not package: luarocks install luacov.
COVERED = $(B)/coverage
coverage: setup-test ## the specs once more, and how much of the code they reach
	@$(MAKE) --no-print-directory -s B=$(COVERED) CFLAGS="-O0 -g --coverage" build compiled-specs
	@find $(COVERED) -name '*.gcda' -delete; rm -f build/luacov.*
	@if $(LUA) -e 'require "luacov.runner"' 2>/dev/null; then export LUA_INIT='require "luacov"'; \
	else echo "There is no luacov: Lua is left out."; fi; \
	  HATHORA_BUILD=$(COVERED) spec/run --exclude-pattern=packaging $(SPECS)
	@if [ -f build/luacov.stats.out ]; then luacov; sed -n 's/^Total/Lua:/p' build/luacov.report.out; fi
	@gcov -n $$(find $(COVERED)/obj/src -name '*.gcda') | awk '/^File .src/ { ours = 1 } \
	  /^Lines/ && ours { split($$2, part, "[:%]"); lines += $$4; hit += $$4 * part[2] / 100; ours = 0 } \
	  END { printf "C: %.1f%% of %d lines\n", 100 * hit / lines, lines }'

# The peers are measured where they are.
bench: setup-bench ## measure the client beside bare libcurl and others; BENCH=word picks figures
	@$(MAKE_SPECS) $(BENCH_BUILT)
	@$(FROM_HERE) sh -c 'ulimit -n 20000; $(LUA) bench/run.lua $(BENCH)'

bench-host: setup-bench ## measure hathora-host: its requests, and a thousand real processes
	@$(MAKE_SPECS) $(BENCH_BUILT)
	@$(FROM_HERE) sh -c 'ulimit -n 20000; $(LUA) bench/host.lua'

bench-rooms: ## measure what ten and twenty thousand rooms cost hathora-host
	@$(MAKE_SPECS)
	@$(FROM_HERE) sh -c '$(LUA) bench/rooms.lua 10000; $(LUA) bench/rooms.lua 20000'

bench-swarm: setup-containers ## measure a Swarm of three nodes on this machine (as root)
	@$(MAKE_SPECS)
	@$(FROM_HERE) $(LUA) bench/swarm.lua

# Installing. The INST_ names are those that LuaRocks sets.
PREFIX     ?= /usr/local
INST_LUADIR = $(PREFIX)/share/lua/5.4
INST_LIBDIR = $(PREFIX)/lib/lua/5.4
INST_BINDIR = $(PREFIX)/bin
TO_LUA = $(DESTDIR)$(INST_LUADIR)
TO_LIB = $(DESTDIR)$(INST_LIBDIR)
TO_BIN = $(DESTDIR)$(INST_BINDIR)

HOST_BIN = bin/hathora-host
CORE_BIN = $(filter-out $(HOST_BIN),$(wildcard bin/*))
CORE_INSTALLED = $(patsubst lua/%,$(TO_LUA)/%,$(shell find lua/hathora -name host -prune -o \
                   -type f -print)) \
                 $(CORE_BUILT:$(B)/lib/%=$(TO_LIB)/%) $(CORE_BIN:bin/%=$(TO_BIN)/%)
HOST_INSTALLED = $(patsubst lua/%,$(TO_LUA)/%,$(shell find lua/hathora/host -type f)) \
                 $(HOST_BUILT:$(B)/lib/%=$(TO_LIB)/%) $(HOST_BIN:bin/%=$(TO_BIN)/%)

# Of each command line, what is made from its grammar; LuaRocks has no place for these.
COMMANDS = hathora hathora-host
TO_MAN = $(COMMANDS:%=$(DESTDIR)$(PREFIX)/share/man/man1/%.1)
TO_COMPLETION = $(COMMANDS:%=$(DESTDIR)$(PREFIX)/share/bash-completion/completions/%)

# Types for editors (LuaLS).
TO_LIBRARY = $(DESTDIR)$(PREFIX)/share/hathora/library/hathora.lua

install: install-core install-host $(TO_MAN) $(TO_COMPLETION) $(TO_LIBRARY) ## install under PREFIX (/usr/local); DESTDIR is honoured
install-core: $(CORE_INSTALLED)
install-host: $(HOST_INSTALLED)

$(TO_MAN): $(DESTDIR)$(PREFIX)/share/man/man1/%.1: build FORCE
	@mkdir -p $(@D)
	bin/$* --manual >$@
$(TO_COMPLETION): $(DESTDIR)$(PREFIX)/share/bash-completion/completions/%: build FORCE
	@mkdir -p $(@D)
	bin/$* --completion bash >$@
$(TO_LIBRARY): library/hathora.lua FORCE
	install -D -m 644 $< $@
$(TO_LUA)/%: lua/% FORCE
	install -D -m 644 $< $@
$(TO_LIB)/%: $(B)/lib/% FORCE
	install -D -m 755 $< $@
$(TO_BIN)/%: bin/% FORCE
	install -D -m 755 $< $@

uninstall: ## remove what install has installed
	rm -f $(CORE_INSTALLED) $(HOST_INSTALLED) $(TO_MAN) $(TO_COMPLETION) $(TO_LIBRARY)
	@for directory in $(sort $(dir $(CORE_INSTALLED) $(HOST_INSTALLED) \
	    $(TO_LIBRARY)) $(DESTDIR)$(PREFIX)/share/hathora/); do \
	  case $$directory in */hathora/*) echo $$directory;; esac; done | sort -r | \
	  xargs -r rmdir 2>/dev/null || true

clean: ## remove all that was built
	rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 14
