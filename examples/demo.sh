#!/bin/sh
# What `make demo` runs: a host on a free port of this machine, an example game server for it to
# start, and examples/quickstart.lua against it. However it ends, nothing stays behind.
set -eu
cd "$(dirname "$0")/.."
export LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="build/lib/?.so;;"
export HATHORA_APP_ID=app-demo HATHORA_TOKEN=the-token-of-the-demo

directory=$(mktemp -d)
host='' script=''
finish() {
  for process in $script $host; do
    kill "$process" 2>/dev/null || continue
    wait "$process" || true
  done
  rm -rf "$directory"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cat >"$directory/host.lua" <<END
return {
  listen = "127.0.0.1:0",
  tokens = { "$HATHORA_TOKEN" },
  apps = {
    ["$HATHORA_APP_ID"] = { command = { "$PWD/build/examples/gameserver" }, user = "$(id -un)" },
  },
}
END
: >"$directory/out"
bin/hathora-host serve --config "$directory/host.lua" >"$directory/out" 2>"$directory/err" &
host=$!
until HATHORA_CLOUD_ENDPOINT=$(sed -n 's/.*listening on //p' "$directory/out") &&
  [ -n "$HATHORA_CLOUD_ENDPOINT" ]; do
  kill -0 "$host" 2>/dev/null || { cat "$directory/err" >&2; exit 1; }
  sleep 0.05
done
export HATHORA_CLOUD_ENDPOINT
echo "hathora-host serves $HATHORA_CLOUD_ENDPOINT; examples/quickstart.lua talks to it:"

# In the background, since a trap runs at once while the shell waits, but not while it runs.
lua5.4 examples/quickstart.lua &
script=$!
wait "$script"
script=''
echo "All of it is stopped. Next, a host that stays: bin/hathora-host serve --demo"
