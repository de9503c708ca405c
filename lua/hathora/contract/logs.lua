--- What processes write.
-- @module hathora.contract.logs

return {
  scalars = {
    TailLines = { "integer", minimum = 1, maximum = 5000 },
  },

  groups = {
    logsV1 = {
      { "getLogsForProcess", "GET /logs/v1/{appId}/process/{processId}",
        "The end of a process's log, and with `follow` what is logged later.",
        query = {
          { "follow", "boolean?", "Whether to continue with what is logged from now on." },
          { "tailLines", "TailLines?", "How many of the last lines to send; 100 by default." },
        },
        success = { 200, "bytes" }, errors = "400 401 404 408 410 429 500" },
      { "downloadLogForProcess", "GET /logs/v1/{appId}/process/{processId}/download",
        "The whole log of a process that has ended.",
        success = { 200, "bytes" }, errors = "400 401 404 408 410 429" },
    },
  },
}
