--- The page at `GET /`: the files in `page/`, as a browser is sent them. They hold nothing of the
-- host's until the script has been given a token; what a process says of itself is only ever set
-- as text.
-- @module hathora.host.admin.page

local directory = package.searchpath("hathora.host.admin.page", package.path):gsub("%.lua$", "/")

local files = {
  { "/", "index.html", "text/html; charset=utf-8" },
  { "/page.css", "page.css", "text/css; charset=utf-8" },
  { "/page.js", "page.js", "text/javascript; charset=utf-8" },
}

for index, file in ipairs(files) do
  local opened <close> = assert(io.open(directory .. file[2], "rb"))
  files[index] = { path = file[1], contentType = file[3], text = opened:read "a" }
end

--- The page's files: a list of `{ path, contentType, text }`.
return files
