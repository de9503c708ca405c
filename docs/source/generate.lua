--- Write what is made from the contract and the options: the reference pages, and the types for
-- editors. A spec compares what is there with what would be written.

local library = require "docs.source.library"
local reference = require "docs.source.reference"

local files = {
  { "docs/operations.md", reference.operations },
  { "docs/options.md", reference.options },
  { "library/hathora.lua", library.text },
}

if ... ~= "docs.source.generate" then
  for _, file in ipairs(files) do
    local handle <close> = assert(io.open(file[1], "w"))
    assert(handle:write((file[2]())))
  end
end

return files
