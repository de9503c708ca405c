--- Makes names for players who bring none, as Hathora made them: `jittery-salmon-gull`.
-- @module hathora.host.players.names
-- @treturn string

local random = require "openssl.rand"

local function list(text)
  local words = {}
  for word in text:gmatch "%l+" do words[#words + 1] = word end
  return words
end

local parts = {
  list [[brave bright brisk calm clever curious daring eager early fancy fearless fleet gentle
    giddy glad happy honest humble jolly keen kind lively lucky merry mighty nimble patient polite
    proud quick quiet ready sharp shy silent sleepy steady swift witty zesty]],
  list [[amber aqua azure beige black blue bronze brown coral cream crimson cyan emerald gold gray
    green indigo ivory jade lavender lilac lime magenta maroon mint navy olive orange peach pink
    plum purple red rose ruby silver teal violet white yellow]],
  list [[badger bear beaver bison camel cat cobra cougar crane crow deer dolphin eagle falcon
    ferret finch fox frog gecko goose hare hawk heron horse ibis koala lemur lion lynx mole moose
    newt otter owl panda puffin raven seal swan tiger wolf]],
}

return function()
  local words = {}
  for index, choice in ipairs(parts) do words[index] = choice[random.uniform(#choice) + 1] end
  return table.concat(words, "-")
end
