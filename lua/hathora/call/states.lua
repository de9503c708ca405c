--- What belongs to an sdk and is nobody else's business: its state, by each object that a user
-- holds of it (the sdk, its groups) and by its client.
--
-- A state has `sdk`, `core` (the client), `options` (the user's, copied, without the security),
-- `base`, `agent` (the User-Agent), `defaults`, `rules` (for the check of a request),
-- `credentials`, `policy`, `budget`, `send` (of the user's transport), `poll`, `safe`, `watched`;
-- `simple` when a call may start without more ado; `failures`, what callbacks raised and no call
-- has reported yet.
-- @module hathora.call.states

return setmetatable({}, { __mode = "k" })
