--- Secrets compared in a time that depends on what was given alone.
-- @module hathora.host.machine.secret

local secret = {}

--- Is a text that somebody gave the secret?
-- @tparam string given
-- @tparam string known not empty
-- @treturn boolean
function secret.isSame(given, known)
  local difference = #given ~ #known
  for index = 1, #given do
    difference = difference | given:byte(index) ~ known:byte((index - 1) % #known + 1)
  end
  return difference == 0
end

return secret
