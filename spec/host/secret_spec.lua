local secrets = require "hathora.host.secret"

describe("a secret", function()
  it("is the text that is the same, whatever its length, and no other", function()
    for _, text in ipairs { "a", "0123456789abcdef", ("x"):rep(1000), "\0\xff" } do
      assert.is_true(secrets.isSame(text, text))
      for _, other in ipairs { "", text .. text, text:sub(2), text .. "a", "b" .. text:sub(2),
        text:sub(1, -2) .. "b" } do
        assert.is_false(secrets.isSame(other, text))
      end
    end
    assert.has_error(function() secrets.isSame("a", "") end)
  end)
end)
