--- Players who log in.
-- @module hathora.contract.auth

return {
  types = {
    PlayerTokenObject = {
      { "token", "string", "The player's token, a JWT." },
    },
    NicknameObject = {
      { "nickname", "string", "The name the player chose." },
    },
    GoogleIdTokenObject = {
      { "idToken", "string", "The ID token that Google gave the player." },
    },
  },

  -- A token is not kept by the server: another one does no harm.
  groups = {
    authV1 = {
      { "loginAnonymous", "POST /auth/v1/{appId}/login/anonymous",
        "Log a player in under a name made up on the spot.", security = "none", idempotent = true,
        success = { 200, "PlayerTokenObject" }, errors = "404" },
      { "loginNickname", "POST /auth/v1/{appId}/login/nickname",
        "Log a player in under a name of their own.", security = "none", idempotent = true,
        body = "NicknameObject", success = { 200, "PlayerTokenObject" }, errors = "404" },
      { "loginGoogle", "POST /auth/v1/{appId}/login/google",
        "Log a player in by their Google account.", security = "none", idempotent = true,
        body = "GoogleIdTokenObject",
        success = { 200, "PlayerTokenObject" }, errors = "401 404" },
    },
  },
}
