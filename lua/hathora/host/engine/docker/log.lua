--- What a container wrote, kept as a file of our own, so that it is read as any game's log is. The
-- game writes to Docker, never to us: without a host, Docker keeps it.
-- @module hathora.host.engine.docker.log

local Log = {}
Log.__index = Log

-- Docker puts a head before every piece of output: the stream, three zeros, the length (POST
-- /containers/{id}/attach in its API, "stream format").
local headBytes = 8

--- Begin a log anew.
-- @tparam string path
-- @tparam integer most its ceiling: past it, the older half goes
local function new(path, most)
  local file = io.open(path, "w+b")
  if file then file:setvbuf "no" end
  return setmetatable({ path = path, file = file, most = most, size = 0, rest = "" }, Log)
end

local function write(self, text)
  if not self.file then return end
  self.size = self.size + #text
  self.file:write(text)
  if self.size <= self.most then return end
  self.file:seek("end", -(self.most // 2))
  self.file:read "L"
  local kept = self.file:read "a"
  self.file:close()
  self.file = io.open(self.path, "w+b")
  self.size = 0
  write(self, kept)
end

--- Take in what Docker sent.
function Log:take(piece)
  local text, position, out = self.rest .. piece, 1, {}
  while #text - position + 1 >= headBytes do
    local length = string.unpack(">I4", text, position + 4)
    if #text - position + 1 < headBytes + length then break end
    out[#out + 1] = text:sub(position + headBytes, position + headBytes + length - 1)
    position = position + headBytes + length
  end
  self.rest = text:sub(position)
  if out[1] then write(self, table.concat(out)) end
end

--- Let go of the file.
function Log:close()
  if self.file then self.file:close() end
  self.file = nil
end

return new
