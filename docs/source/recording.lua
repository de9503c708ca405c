--- The recording of the documentation: a host of the example game, and the first commands against
-- it, in two terminals. `make recording` plays it anew, and writes docs/images/terminal.svg.

local screen = require "docs.source.screen"
local shell = require "docs.source.shell"

local host <close> = shell.open()
host:type "bin/hathora-host serve --demo"
host:waitFor "--wait\r\n"
shell.pause(1)

local client <close> = shell.open()
client:paste(host.text:gsub("\r", ""):match "(  export.-\n)  bin/":gsub("  export", "export"))
shell.pause(1)
client:run "bin/hathora processes create --region Tokyo --wait"
shell.pause(2)
client:run "bin/hathora rooms create --region Tokyo --wait"
local short = client.text:match "process +(%x%x%x%x)"
shell.pause(2)
client:run "bin/hathora processes list --status running"
shell.pause(2)
client:run("bin/hathora processes logs " .. short)
shell.pause(2)
client:run(("bin/hathora processes stop %s --wait --output statusValue"):format(short))
shell.pause(0.5)

local picture = screen.draw("Two terminals: hathora-host serves the example game; hathora starts a "
  .. "process, makes a room on it, lists processes, reads the log, and stops the process", {
  { title = "hathora-host", events = table.move(host.events, 1, #host.events, 1, {}) },
  { title = "another shell", events = table.move(client.events, 1, #client.events, 1, {}) },
})
local file <close> = assert(io.open("docs/images/terminal.svg", "w"))
assert(file:write(picture))
