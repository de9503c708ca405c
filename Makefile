# hathora: build, test, install. `make help` lists the targets.

CC       ?= cc
CFLAGS   ?= -O2 -g
LUA       = lua5.4
WARNINGS  = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror=implicit-function-declaration
LUA_CFLAGS = $(shell pkg-config --cflags lua5.4)
# -z nodelete: libcurl's resolver threads must not outlive the code they run (lua_close unmaps
# a module; libcurl does not join its threads).
LIBFLAG   = -shared -Wl,-z,nodelete
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden $(WARNINGS) $(LUA_CFLAGS) $(CFLAGS)

B = build
CORE = bytes transfer reactor poller_epoll object json core
HOST_MODULES = httpd spawn poll
HOST_LIBS_httpd = -lmicrohttpd

.PHONY: all build clean
all: build
build: $(B)/lib/hathora/core.so $(HOST_MODULES:%=$(B)/lib/hathora/host/%.so) $(B)/lib/hathora/host/shim

# A module leaves Lua's own symbols open: the interpreter that loads it has them.
$(B)/lib/hathora/core.so: $(CORE:%=$(B)/obj/%.o)
	@mkdir -p $(@D)
	$(CC) $(LIBFLAG) $(CFLAGS) -o $@ $^ -lcurl -lpthread

$(B)/lib/hathora/host/%.so: $(B)/obj/host/%.o
	@mkdir -p $(@D)
	$(CC) -shared $(CFLAGS) -o $@ $^ $(HOST_LIBS_$*)

$(B)/lib/hathora/host/shim: $(B)/obj/host/shim.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -c -o $@ $<

-include $(wildcard $(B)/obj/*.d $(B)/obj/host/*.d)

clean:
	rm -rf $(B)

