local process = require "support.process"

local function succeed(command, env)
  local output, status = process.run(command, env)
  assert(status == 0, output)
  return output
end

local function filesUnder(directory)
  return succeed("cd " .. process.quote(directory) .. " && find . ! -type d | sort")
end

-- A copy of the sources, as a stranger would unpack them: building a rock there leaves no trace
-- in this folder.
local function copySources(directory)
  succeed(("mkdir %s/source && cp -r Makefile LICENSE src lua bin rockspec examples %s/source")
    :format(directory, directory))
  return directory .. "/source"
end

describe("packaging #outside", function()
  local directory

  before_each(function() directory = process.temporaryDirectory() end)
  after_each(function() process.removeDirectory(directory) end)

  local function tryModule(prefix)
    return succeed({ "lua5.4", "-e", "print(require 'hathora'._VERSION)" }, {
      LUA_PATH = ("%s/share/lua/5.4/?.lua;%s/share/lua/5.4/?/init.lua;;"):format(prefix, prefix),
      LUA_CPATH = prefix .. "/lib/lua/5.4/?.so;;",
    })
  end

  local function version()
    return process.readFile "src/version.h":match 'HATHORA_VERSION "(.-)"' .. "\n"
  end

  it("installs under PREFIX within DESTDIR, and takes all of it away again", function()
    local to = "DESTDIR=" .. directory
    succeed { "make", "-s", "install", to, "PREFIX=/opt/games" }
    local prefix = directory .. "/opt/games"
    assert.equal(version(), tryModule(prefix))
    assert.matches("Usage", succeed({ prefix .. "/bin/hathora-host", "--help" }))
    assert.matches("%./lib/lua/5.4/hathora/host/shim\n", filesUnder(prefix))
    succeed { "make", "-s", "uninstall", to, "PREFIX=/opt/games" }
    assert.equal("", filesUnder(directory))
    assert.equal("", succeed { "find", directory, "-mindepth", "1", "-name", "hathora*" })
  end)

  it("exports nothing but what Lua looks for", function()
    local modules = succeed("find " .. process.build .. "/lib -name '*.so'")
    for module in modules:gmatch "%S+" do
      for symbol in succeed { "nm", "--dynamic", "--defined-only", module }:gmatch "(%S+)\n" do
        assert.matches("^luaopen_hathora_", symbol, module)
      end
    end
  end)

  it("links no second Lua into the interpreter", function()
    local needed = succeed { "readelf", "--dynamic", process.build .. "/lib/hathora/core.so" }
    assert.matches("libcurl", needed)
    assert.not_matches("liblua", needed)
  end)

  describe("by LuaRocks", function()
    local env, shared, source

    -- What is built there once serves all.
    setup(function()
      shared = process.temporaryDirectory()
      source = copySources(shared)
    end)
    teardown(function() process.removeDirectory(shared) end)

    -- The system's own modules stand in for rocks that would have to be fetched.
    before_each(function()
      process.writeFile(directory .. "/config.lua", [[
        rocks_provided = {
          ["lua-cjson"] = "2.1.0-1", argparse = "0.7.1-1", luasocket = "3.0.0-1",
          luafilesystem = "1.8.0-1", luaossl = "20220711-0",
        }
        rocks_servers = {}
      ]])
      env = { LUAROCKS_CONFIG = directory .. "/config.lua" }
    end)

    local function luarocks(folder, tree, ...)
      return succeed(("cd %s && env MAKEFLAGS=-j2 LUAROCKS_CONFIG=%s luarocks --lua-version 5.4 "
        .. "--tree %s %s"):format(folder, env.LUAROCKS_CONFIG, directory .. "/" .. tree,
          table.concat({ ... }, " ")))
    end

    it("makes, packs, installs and removes the client", function()
      luarocks(source, "made", "make rockspec/hathora-scm-1.rockspec")
      assert.equal(version(), tryModule(directory .. "/made"))
      luarocks(source, "made", "pack hathora")
      luarocks(source, "empty", "install hathora-scm-1.linux-*.rock")
      assert.equal(version(), tryModule(directory .. "/empty"))
      luarocks(source, "empty", "remove hathora")
      assert.not_matches("hathora", filesUnder(directory .. "/empty"))
    end)

    it("makes, packs, installs and removes the host, beside the client", function()
      luarocks(source, "made", "make rockspec/hathora-scm-1.rockspec")
      luarocks(source, "made", "make rockspec/hathora-host-scm-1.rockspec")
      luarocks(source, "made", "pack hathora")
      luarocks(source, "made", "pack hathora-host")
      luarocks(source, "empty", "install hathora-scm-1.linux-*.rock")
      luarocks(source, "empty", "install hathora-host-scm-1.linux-*.rock")
      for _, name in ipairs { "hathora", "hathora-host" } do
        assert.equal(("%s %s\n"):format(name, version():gsub("\n", "")),
          succeed { directory .. "/empty/bin/" .. name, "--version" })
      end
      luarocks(source, "empty", "remove hathora-host")
      luarocks(source, "empty", "remove hathora")
      assert.not_matches("hathora", filesUnder(directory .. "/empty"))
    end)

    it("runs the specs", function()
      succeed { "cp", "-r", "spec", "docs", ".busted", source }
      local output = luarocks(source, "made",
        "test rockspec/hathora-scm-1.rockspec -- SPECS=spec/time_spec.lua")
      assert.matches("%d passed, 0 failed", output)
    end)

    it("names the packages to install where libcurl is not found", function()
      local bare = copySources(directory)
      local output, status = process.run(("cd %s && env LUAROCKS_CONFIG=%s luarocks --lua-version "
        .. "5.4 --tree %s make rockspec/hathora-scm-1.rockspec CC='gcc -nostdinc'"):format(bare,
        env.LUAROCKS_CONFIG, directory .. "/made"))
      assert.not_equal(0, status)
      for _, name in ipairs { "libcurl4-openssl-dev (Debian, Ubuntu)", "libcurl-devel (Fedora)",
        "curl-dev (Alpine)", "curl (Arch)", "curl (Homebrew)" } do
        assert.truthy(output:find(name, 1, true), output)
      end
    end)

    -- Fetches Debian's source package, with lists of its own: nothing of the system is changed.
    local fetch = [[
      cd %s && mkdir -p lists/partial &&
      echo "deb-src http://deb.debian.org/debian bookworm main" >sources.list &&
      apt() { apt-get -q -o Dir::Etc::sourcelist=$PWD/sources.list -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists=$PWD/lists -o Acquire::Retries=0 \
        -o Acquire::http::Timeout=10 "$@"; } &&
      apt update && apt --download-only source lua-cjson && tar xzf lua-cjson_*.orig.tar.gz]]

    it("resolves its dependency on lua-cjson by a rock of that", function()
      local output, status = process.run(fetch:format(directory))
      if status ~= 0 then return pending("no source of lua-cjson from Debian: " .. output) end
      process.writeFile(directory .. "/config.lua", "rocks_servers = {}")
      luarocks(directory .. "/lua-cjson-*", "made", "make *.rockspec")
      luarocks(source, "made", "make rockspec/hathora-scm-1.rockspec")
      assert.matches("lua%-cjson", luarocks(source, "made", "show --deps hathora"))
      assert.equal(version(), tryModule(directory .. "/made"))
    end)

    it("finds nothing amiss in the rockspecs", function()
      for file in process.run("ls rockspec"):gmatch "%S+" do
        luarocks(".", "none", "lint rockspec/" .. file)
      end
    end)
  end)

  -- What a Lua file sets.
  local function read(path)
    local fields = {}
    assert(loadfile(path, "t", fields))()
    return fields
  end

  it("has a rockspec of this version for each rock, and its part of the changelog", function()
    local number = version():match "%S+"
    for _, name in ipairs { "hathora", "hathora-host" } do
      local released = read(("rockspec/%s-%s-1.rockspec"):format(name, number))
      local current = read("rockspec/" .. name .. "-scm-1.rockspec")
      assert.equal(number .. "-1", released.version)
      assert.equal("v" .. number, released.source.tag)
      assert.same(current.build, released.build)
      assert.same(current.description, released.description)
      for index, dependency in ipairs(current.dependencies) do
        assert.equal(dependency:gsub("== scm%-1$", "== " .. number), released.dependencies[index])
      end
    end
    assert.truthy(process.readFile "CHANGELOG.md":find("## [" .. number .. "]", 1, true))
  end)
end)
